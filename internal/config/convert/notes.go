package convert

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// JSON has no comments. They are kept under the key "//", which the language
// ignores in bodies and among labels:
//
//	"//": "a line"           stands above what comes next
//	"//": ["two", "lines"]   the same; null is an empty line
//	"//": {"hub": "…"}       stands at the end of the line of the key hub
//	"//": {"hub": ["…"]}     stands above the key hub
//	"//": {"": ["…"]}        stands after the last key
//	"//": {"//": ["…"]}      stands at the top
const (
	noteKey = "//"
	endKey  = ""
)

// labelNote is a "//" key among labels.
type labelNote struct {
	list   *group
	index  int // of the block that comes next
	name   string
	labels []string
	item   *item
}

// takeNotes turns the holders named "//" of a body and below into comments.
// Those of another shape stay.
func (g *group) takeNotes() {
	kept := g.items[:0:0]
	for i, it := range g.items {
		if it.kind == holder && it.name == noteKey && g.takeNote(it, g.items[i+1:], g.byName) {
			continue
		}
		kept = append(kept, it)
		if it.kind == block {
			it.body.takeNotes()
			it.body.lowerTop()
		}
	}
	g.items = kept
}

// lowerTop gives what stands at the top of a block to its first item.
func (g *group) lowerTop() {
	if len(g.items) > 0 {
		g.items[0].head = append(g.top, g.items[0].head...)
	} else {
		g.foot = append(g.top, g.foot...)
	}
	g.top = nil
}

// byName is the item of a body with the name.
func (g *group) byName(name string) *item {
	i := slices.IndexFunc(g.items, func(it *item) bool { return it.name == name && len(it.labels) == 0 })
	if i < 0 {
		return nil
	}
	return g.items[i]
}

// takeNote gives the comments that a note holds to items; rest is what comes
// after it.
func (g *group) takeNote(note *item, rest []*item, find func(string) *item) bool {
	if note.value.kind != object {
		lines, ok := noteLines(note.value, note.at)
		if ok && len(rest) > 0 {
			rest[0].head = append(lines, rest[0].head...)
		} else if ok {
			g.foot = append(g.foot, lines...)
		}
		return ok
	}
	for _, m := range note.value.group.items {
		if _, ok := noteLines(m.value, m.at); !ok || m.name != endKey && m.name != noteKey && find(m.name) == nil {
			return false
		}
	}
	for _, m := range note.value.group.items {
		lines, _ := noteLines(m.value, m.at)
		switch m.name {
		case endKey:
			g.foot = append(g.foot, lines...)
		case noteKey:
			g.top = append(g.top, lines...)
		default:
			find(m.name).takeLines(lines, m.value.kind == text)
		}
	}
	return true
}

// takeLines takes comments above the item, or at the end of its line.
func (it *item) takeLines(lines []comment, line bool) {
	if line && len(lines) == 1 && it.line == nil {
		it.line = &lines[0]
		return
	}
	it.head = append(it.head, lines...)
}

// noteLines is the text of a note, by line.
func noteLines(v *value, at hcl.Range) ([]comment, bool) {
	switch v.kind {
	case text:
		var list []comment
		for l := range strings.SplitSeq(v.text, "\n") {
			list = append(list, newComment(l, at))
		}
		return list, true
	case tuple:
		var list []comment
		for _, it := range v.group.items {
			switch {
			case it.value.kind == scalar && it.value.text == "null":
				list = append(list, comment{gap: true, at: at})
			case it.value.kind == text:
				list = append(list, newComment(it.value.text, at))
			default:
				return nil, false
			}
		}
		return list, true
	default:
		return nil, false
	}
}

// noteText is a comment as a note holds it.
func noteText(c comment) string {
	if len(c.text) > 1 && c.text[0] == ' ' && c.text[1] != ' ' && !strings.ContainsAny(c.text[1:2], "#!\t") {
		return c.text[1:]
	}
	return c.text
}

// takeLabelNotes gives the comments of notes among labels to blocks.
func (r *yamlReader) takeLabelNotes() {
	for _, n := range r.labelNotes {
		depth := len(n.labels)
		below := func(it *item) bool {
			return it.kind == block && it.name == n.name && len(it.labels) > depth && slices.Equal(it.labels[:depth], n.labels)
		}
		find := func(label string) *item {
			i := slices.IndexFunc(n.list.items, func(it *item) bool { return below(it) && it.labels[depth] == label })
			if i < 0 {
				return nil
			}
			return n.list.items[i]
		}
		if !n.list.takeNote(n.item, n.list.items[n.index:], find) {
			r.warn(n.item.at, "Key dropped", `The key "//" holds something else than comments and was left out.`)
		}
	}
}
