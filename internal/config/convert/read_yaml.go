package convert

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/yamlbody"
)

// yamlReader makes the tree of a YAML or JSON file.
type yamlReader struct {
	name       string
	src        []byte
	seen       map[yamlbody.Value]bool
	spans      []span // of scalars
	labelNotes []labelNote
	copying    int // aliases around the value that is being read
	diags      hcl.Diagnostics
}

// span is where a scalar stands.
type span struct {
	start, end int
	block      bool
}

// readYAML reads a file that the parser has accepted, and whose keys the grammar
// knows.
func readYAML(name string, src []byte, f *hcl.File, g *config.Grammar) (*group, hcl.Diagnostics) {
	r := &yamlReader{name: name, src: src, seen: map[yamlbody.Value]bool{}}
	root := &group{start: 0, end: len(src)}
	docs := yamlbody.Documents(f)
	for i, doc := range docs {
		if i == 0 && doc.Flow() {
			root.column = -1
		}
		r.bodyInto(root, doc, g)
	}
	if len(docs) > 1 {
		o, _ := docs[1].Span()
		r.warn(rangeAt(name, src, o), "Documents merged", fmt.Sprintf("The %d documents of the file became one.", len(docs)))
	}
	root.ascend(0)
	attach(root, src, r.comments())
	r.takeLabelNotes()
	root.takeNotes()
	return root, r.diags
}

func (r *yamlReader) warn(at hcl.Range, summary, detail string) {
	r.diags = append(r.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: &at})
}

// aliased says that a value is a copy, but for what is inside of one.
func (r *yamlReader) aliased(at hcl.Range) {
	if r.copying > 0 {
		return
	}
	r.warn(at, "Alias written out", "The value is an alias of an anchor elsewhere. The output holds a copy of it.")
}

// nowhere says that the group is a copy, which has no place in the source.
func (g *group) nowhere() { g.start, g.end, g.column = 0, 0, -1 }

// ascend puts the items of copies where the last item before them begins, so
// that items are in the order of the source.
func (g *group) ascend(from int) int {
	for _, it := range g.items {
		if it.start < from {
			it.start, it.lead, it.end = from, from, max(it.end, from)
		}
		from = it.start
		if sub := it.group(); sub != nil {
			from = sub.ascend(from)
		}
	}
	return from
}

// once tells whether the value is met for the first time. A later time is an
// alias, whose place is elsewhere.
func (r *yamlReader) once(v yamlbody.Value) bool {
	if r.seen[v] {
		return false
	}
	r.seen[v] = true
	if k := v.Kind(); k != yamlbody.Mapping && k != yamlbody.Sequence {
		start, end := v.Span()
		r.spans = append(r.spans, span{start, end, v.Block()})
	}
	return true
}

// newGroup is the group of a collection.
func (r *yamlReader) newGroup(v yamlbody.Value) *group {
	start, end := v.Span()
	g := &group{start: start, end: end, column: -1}
	g.oneLine = !bytes.ContainsRune(r.src[start:end], '\n') && v.Flow()
	if !v.Flow() {
		g.column = start - (bytes.LastIndexByte(r.src[:start], '\n') + 1)
	}
	return g
}

func (r *yamlReader) body(v yamlbody.Value, g *config.Grammar) *group {
	list := r.newGroup(v)
	r.bodyInto(list, v, g)
	return list
}

func (r *yamlReader) bodyInto(list *group, v yamlbody.Value, g *config.Grammar) {
	r.once(v)
	for _, m := range v.Members() {
		name := m.Key.Text()
		sub := g.Blocks[name]
		switch {
		case yamlbody.Ignored(name):
			it := r.item(holder, m)
			it.value = r.raw(m.Value)
			list.items = append(list.items, it)
		case sub != nil:
			r.once(m.Key)
			start, _ := m.Key.Span()
			u := unpacker{yamlReader: r, list: list, grammar: sub, name: name, depth: g.Labels(name), lead: start}
			u.unpack(m.Key, m.Value, nil)
		default:
			it := r.item(argument, m)
			it.static = g.Static[name] && m.Value.Kind() == yamlbody.Text
			if it.static {
				it.value = r.static(m.Value)
			} else {
				it.value = r.value(m.Value)
			}
			it.end = max(it.end, it.value.end)
			list.items = append(list.items, it)
		}
	}
}

// item is a member without its value.
func (r *yamlReader) item(kind itemKind, m yamlbody.Member) *item {
	r.once(m.Key)
	start, end := m.Key.Span()
	if !r.seen[m.Value] {
		_, end = m.Value.Span()
		end = max(start, end)
	} else {
		r.aliased(m.Key.Range())
	}
	return &item{kind: kind, name: m.Key.Text(), start: start, lead: start, end: end, at: m.Key.Range()}
}

// unpacker makes blocks of the value of a key.
type unpacker struct {
	*yamlReader
	list    *group
	grammar *config.Grammar
	name    string
	depth   int
	lead    int // start of the block type, until the first block has it
}

func (u *unpacker) unpack(key, v yamlbody.Value, labels []string) {
	if len(labels) == u.depth {
		u.bodies(key, v, labels)
		return
	}
	r := u.yamlReader
	r.once(v)
	for _, m := range v.Members() {
		name := m.Key.Text()
		r.once(m.Key)
		if name == "//" {
			note := r.item(holder, m)
			note.value = r.raw(m.Value)
			r.labelNotes = append(r.labelNotes, labelNote{list: u.list, index: len(u.list.items), name: u.name, labels: labels, item: note})
			continue
		}
		if yamlbody.Ignored(name) {
			r.raw(m.Value)
			r.warn(m.Key.Range(), "Key dropped", fmt.Sprintf("The key %q among labels is ignored by the language and was left out.", name))
			continue
		}
		u.unpack(m.Key, m.Value, append(slices.Clip(labels), name))
	}
}

// bodies adds a block, or one for each item of a sequence.
func (u *unpacker) bodies(key, v yamlbody.Value, labels []string) {
	if v.Kind() != yamlbody.Sequence {
		start, _ := key.Span()
		u.add(key, v, labels, start)
		return
	}
	u.once(v)
	start, _ := key.Span()
	u.lead = min(u.lead, start)
	for _, b := range v.Items() {
		start, _ := b.Span()
		u.add(key, b, labels, start)
	}
}

func (u *unpacker) add(key, v yamlbody.Value, labels []string, start int) {
	alias := u.seen[v]
	if alias {
		u.aliased(key.Range())
		start = 0
	}
	if alias {
		u.copying++
		defer func() { u.copying-- }()
	}
	it := &item{kind: block, name: u.name, labels: labels, at: key.Range(), start: start, body: u.body(v, u.grammar)}
	it.lead = min(u.lead, start)
	_, it.end = key.Span()
	if alias {
		it.body.nowhere()
	} else {
		_, end := v.Span()
		it.end = max(it.end, end)
	}
	u.list.items = append(u.list.items, it)
	u.lead = math.MaxInt
}

// rangeAt is an empty range in a file.
func rangeAt(name string, src []byte, o int) hcl.Range {
	line := bytes.Count(src[:o], []byte("\n")) + 1
	p := hcl.Pos{Line: line, Column: o - bytes.LastIndexByte(src[:o], '\n'), Byte: o}
	return hcl.Range{Filename: name, Start: p, End: p}
}
