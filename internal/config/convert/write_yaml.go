package convert

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// yamlWriter writes a tree as YAML, two spaces to a level.
type yamlWriter struct{ strings.Builder }

func writeYAML(root *group) ([]byte, hcl.Diagnostics) {
	var w yamlWriter
	w.comments(root.top, 0)
	if len(root.top) > 0 && len(root.items) > 0 {
		w.WriteByte('\n')
	}
	w.body(root, 0)
	return []byte(w.String()), ignoredNames(root)
}

func (w *yamlWriter) indent(depth int) { w.WriteString(strings.Repeat("  ", depth)) }

func (w *yamlWriter) comments(list []comment, depth int) {
	for _, c := range list {
		if !c.gap {
			w.indent(depth)
			w.WriteString("#" + c.text)
		}
		w.WriteByte('\n')
	}
}

// endLine ends a line with a comment.
func (w *yamlWriter) endLine(line *comment) {
	if line != nil {
		w.WriteString(" #" + line.text)
	}
	w.WriteByte('\n')
}

func (w *yamlWriter) body(g *group, depth int) {
	for i, s := range g.sections() {
		switch {
		case s.item != nil:
			w.member(s.item, depth)
		case len(s.blocks[0].labels) > 0:
			if s.blocks[0].blank && i > 0 {
				w.WriteByte('\n')
			}
			w.indent(depth)
			w.WriteString(yamlKey(s.name) + ":\n")
			w.labels(s.blocks, 0, depth+1)
		default:
			w.bodies(s.name, s.blocks, depth, i > 0)
		}
	}
	w.comments(g.foot, depth)
}

// labels writes the mapping of one label of blocks.
func (w *yamlWriter) labels(blocks []*item, at, depth int) {
	for i, b := range branches(blocks, at) {
		if len(b.blocks[0].labels) == at+1 {
			w.bodies(b.label, b.blocks, depth, i > 0)
			continue
		}
		if b.blocks[0].blank && i > 0 {
			w.WriteByte('\n')
		}
		w.indent(depth)
		w.WriteString(yamlKey(b.label) + ":\n")
		w.labels(b.blocks, at+1, depth+1)
	}
}

// bodies writes a key with a body, or with a sequence of bodies.
func (w *yamlWriter) bodies(key string, blocks []*item, depth int, blank bool) {
	it := blocks[0]
	if it.blank && blank {
		w.WriteByte('\n')
	}
	if len(blocks) > 1 {
		w.indent(depth)
		w.WriteString(yamlKey(key) + ":\n")
		for i, it := range blocks {
			it.blank = it.blank && i > 0
			w.dash(it, depth+1)
		}
		return
	}
	w.comments(it.head, depth)
	w.indent(depth)
	w.WriteString(yamlKey(key) + ":")
	if it.body.fits() {
		w.WriteString(" " + flowBody(it.body))
		w.endLine(it.line)
		return
	}
	if len(it.body.items) == 0 {
		w.emptyWithComments("{}", it.body.foot, it.line, depth)
		return
	}
	w.endLine(it.line)
	w.body(it.body, depth+1)
}

// member writes a key with its value.
func (w *yamlWriter) member(it *item, depth int) {
	if it.blank {
		w.WriteByte('\n')
	}
	w.comments(it.head, depth)
	w.indent(depth)
	w.WriteString(yamlKey(it.name) + ":")
	w.value(it, it.line, depth)
}

// value writes the value of a key, and ends the line.
func (w *yamlWriter) value(it *item, line *comment, depth int) {
	v := it.value
	switch {
	case !v.collection():
		w.WriteString(" " + it.scalar(depth, line))
		if !strings.HasSuffix(w.String(), "\n") {
			w.endLine(line)
		}
	case v.fits():
		w.WriteString(" " + flow(v))
		w.endLine(line)
	case len(v.group.items) == 0: // comments alone, which only brackets can hold
		w.emptyWithComments(flow(v), v.group.foot, line, depth)
	default:
		w.endLine(line)
		w.collection(v, depth+1)
	}
}

func (w *yamlWriter) emptyWithComments(brackets string, foot []comment, line *comment, depth int) {
	w.WriteString(" " + brackets[:1])
	w.endLine(line)
	w.comments(foot, depth+1)
	w.indent(depth)
	w.WriteString(" " + brackets[1:] + "\n")
}

// collection writes members or items on lines of their own.
func (w *yamlWriter) collection(v *value, depth int) {
	for _, it := range v.group.items {
		if v.kind == object {
			w.member(it, depth)
		} else {
			w.dash(it, depth)
		}
	}
	w.comments(v.group.foot, depth)
}

// dash writes an item of a sequence. The comments of its own line and those
// before its first key go above, since a key stands on the line of the dash.
func (w *yamlWriter) dash(it *item, depth int) {
	if it.blank {
		w.WriteByte('\n')
	}
	g := it.group()
	if g == nil || it.oneLine() || len(g.items) == 0 {
		w.comments(it.head, depth)
		w.indent(depth)
		w.WriteByte('-')
		w.dashed(it, depth)
		return
	}
	first := g.firstWritten()
	w.comments(append(it.comments(), first.head...), depth)
	first.head, first.blank = nil, false
	var sub yamlWriter
	if it.kind == block {
		sub.body(g, depth+1)
	} else {
		sub.collection(it.value, depth+1)
	}
	w.indent(depth)
	w.WriteString("- " + strings.TrimPrefix(sub.String(), strings.Repeat("  ", depth+1)))
}

// dashed writes an item that has no keys on lines of its own.
func (w *yamlWriter) dashed(it *item, depth int) {
	switch {
	case it.kind != block:
		w.value(it, it.line, depth)
	case it.body.fits():
		w.WriteString(" " + flowBody(it.body))
		w.endLine(it.line)
	default:
		w.emptyWithComments("{}", it.body.foot, it.line, depth)
	}
}

// firstWritten is the item whose comments would come first. Those of an item of
// a sequence stand with its first key's.
func (g *group) firstWritten() *item {
	it := g.items[0]
	sub := it.group()
	if sub == nil || len(sub.items) == 0 || it.oneLine() || !g.dashes(it) {
		return it
	}
	first := sub.firstWritten()
	first.head = append(it.comments(), first.head...)
	it.head, it.line, it.blank = nil, nil, false
	return first
}

// dashes tells whether the item is written with a dash: it is an element, or
// one of several blocks of a type.
func (g *group) dashes(it *item) bool {
	if it.kind != block || len(it.labels) > 0 {
		return it.kind == element
	}
	return slices.ContainsFunc(g.items, func(other *item) bool { return other != it && other.kind == block && other.name == it.name })
}

// oneLine tells whether the item's value is written on one line.
func (it *item) oneLine() bool {
	if it.kind == block {
		return it.body.fits()
	}
	return it.value.fits()
}

// comments are the item's own.
func (it *item) comments() []comment {
	list := slices.Clip(it.head)
	if it.line != nil {
		list = append(list, *it.line)
	}
	return list
}

// flowBody writes a body on one line.
func flowBody(g *group) string {
	if len(g.items) == 0 {
		return "{}"
	}
	it := g.items[0]
	return "{" + flowText(it.name) + ": " + it.flow() + "}"
}

// flow writes a value on one line.
func flow(v *value) string { return (&item{value: v}).flow() }

func (it *item) flow() string {
	v := it.value
	switch v.kind {
	case text:
		return flowText(v.text)
	case source:
		return flowText(it.sourceText())
	case object:
		var list []string
		for _, m := range v.group.items {
			list = append(list, flowText(m.name)+": "+m.flow())
		}
		return "{" + strings.Join(list, ", ") + "}"
	case tuple:
		var list []string
		for _, m := range v.group.items {
			list = append(list, m.flow())
		}
		return "[" + strings.Join(list, ", ") + "]"
	default:
		return v.text
	}
}
