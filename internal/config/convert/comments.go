package convert

import (
	"bytes"
	"sort"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// remark is a comment with its place in the source.
type remark struct {
	lines      []comment
	start, end int
	own        bool // nothing stands before it on its line
	column     int  // from 0
}

// attacher gives every remark to an item or a group.
type attacher struct {
	src    []byte
	breaks []int // offset of each line
	root   *group
	order  []*place
}

// place is an item with its way up.
type place struct {
	*item
	group  *group
	parent *place
	depth  int
}

// attach gives remarks, in order, to the items that they stand at, and marks the
// items that come after an empty line.
func attach(root *group, src []byte, remarks []remark) {
	a := &attacher{src: src, root: root, breaks: []int{0}}
	for i, c := range src {
		if c == '\n' {
			a.breaks = append(a.breaks, i+1)
		}
	}
	a.collect(root, nil, 0)
	first := map[*item]int{}
	last := map[*item]int{}
	for _, r := range remarks {
		next := a.remark(r)
		if next == nil {
			continue
		}
		if _, ok := first[next]; !ok {
			first[next] = r.start
		} else if a.line(r.start) > a.line(last[next])+1 {
			next.head = append(next.head, comment{gap: true})
		}
		next.head = append(next.head, r.lines...)
		last[next] = r.end
	}
	for _, p := range a.order {
		from := p.lead
		if o, ok := first[p.item]; ok {
			from = min(o, from)
			key := p.lead
			if key < o {
				key = p.start
			}
			if a.line(key) > a.line(last[p.item])+1 {
				p.head = append(p.head, comment{gap: true})
			}
		}
		p.blank = p.item != p.group.items[0] && a.emptyBefore(from)
	}
	splitTop(root)
}

func (a *attacher) collect(g *group, parent *place, depth int) {
	for _, it := range g.items {
		p := &place{item: it, group: g, parent: parent, depth: depth}
		a.order = append(a.order, p)
		if sub := it.group(); sub != nil {
			a.collect(sub, p, depth+1)
		}
	}
}

// line is the number of the line that holds the byte, from 0.
func (a *attacher) line(o int) int {
	return sort.SearchInts(a.breaks, o+1) - 1
}

func (a *attacher) emptyBefore(o int) bool {
	n := a.line(o)
	return n > 0 && len(bytes.TrimSpace(a.src[a.breaks[n-1]:a.breaks[n]])) == 0
}

// remark places one remark. It returns the item that it belongs above, or nil
// when it was placed otherwise.
func (a *attacher) remark(r remark) *item {
	if !r.own {
		if p := a.onLine(r.start); p != nil {
			return p.trailing(a, r)
		}
	}
	i := sort.Search(len(a.order), func(i int) bool { return a.order[i].start > r.start })
	var next, prev *place
	if i < len(a.order) {
		next = a.order[i]
	}
	if i > 0 {
		prev = a.order[i-1]
	}
	if g := a.ending(r, prev, next); g != nil {
		g.foot = append(g.foot, r.lines...)
		return nil
	}
	return next.item
}

// ending is the group at whose end the remark stands; nil when the next item is
// what it is about.
func (a *attacher) ending(r remark, prev, next *place) *group {
	inner := a.enclosing(prev, func(g *group) bool { return g.column < 0 && g.start <= r.start && r.start < g.end })
	if inner == nil {
		inner = a.root
	}
	if next != nil && next.start >= inner.end {
		next = nil
	}
	if inner.column < 0 && inner != a.root || a.root.column < 0 {
		for p := next; p != nil; p = p.parent {
			if p.group == inner {
				return nil
			}
		}
		return inner
	}
	if next == nil {
		if g := a.enclosing(prev, func(g *group) bool { return g.column >= 0 && g.column <= r.column }); g != nil {
			return g
		}
		return inner
	}
	if r.start > next.lead || next.parent == prev || r.column <= next.group.column {
		return nil
	}
	return a.enclosing(prev, func(g *group) bool { return g.column <= r.column && g.column > next.group.column })
}

// enclosing is the innermost group around the place, or in it, that will do.
func (a *attacher) enclosing(p *place, ok func(*group) bool) *group {
	for ; p != nil; p = p.parent {
		if sub := p.item.group(); sub != nil && ok(sub) {
			return sub
		}
		if ok(p.group) {
			return p.group
		}
	}
	return nil
}

// onLine is the item that a remark at the end of a line is about: the outermost
// that the line holds, else the innermost that begins there, else the outermost
// that ends there.
func (a *attacher) onLine(o int) *place {
	n := a.line(o)
	i := sort.Search(len(a.order), func(i int) bool { return a.order[i].start > o }) - 1
	if i < 0 {
		return nil
	}
	// What ends here and began above is the last item or around it.
	var whole, open, closed *place
	for p := a.order[i]; p != nil; p = p.parent {
		if p.end <= o && a.line(p.start) < n && a.line(max(p.end-1, p.start)) == n {
			closed = p
		}
	}
	for ; i >= 0 && a.line(a.order[i].start) == n; i-- {
		p := a.order[i]
		switch {
		case p.end > o && open == nil:
			open = p
		case p.end <= o && (whole == nil || p.depth < whole.depth):
			whole = p
		}
	}
	for _, p := range []*place{whole, open, closed} {
		if p != nil {
			return p
		}
	}
	return nil
}

// trailing takes a remark at the end of one of the item's lines.
func (p *place) trailing(a *attacher, r remark) *item {
	sub := p.item.group()
	switch {
	case sub != nil && a.line(p.start) < a.line(r.start):
		sub.foot = append(sub.foot, r.lines...)
	case p.line == nil && len(r.lines) == 1:
		p.line = &r.lines[0]
	default:
		return p.item
	}
	return nil
}

// splitTop takes what stands at the top of a file, apart from its first item,
// from that item. A line that tells editors the schema belongs to the file.
func splitTop(root *group) {
	if len(root.items) == 0 {
		return
	}
	first := root.items[0]
	n := 0
	for i, c := range first.head {
		if c.gap {
			root.top, first.head = first.head[:i], first.head[i+1:]
			return
		}
		if strings.HasPrefix(strings.TrimSpace(c.text), "yaml-language-server:") {
			n = i + 1
		}
	}
	root.top, first.head = first.head[:n], first.head[n:]
}

// comments lists the comments of the file, but for those inside values that
// keep their source text.
func (r *hclReader) comments(root *group) []remark {
	var inside [][2]int
	root.walk(0, func(_ *group, it *item, _ int) {
		if it.value != nil && !it.value.collection() {
			inside = append(inside, [2]int{it.value.start, it.value.end})
		}
	})
	var list []remark
	for _, t := range r.tokens {
		o := t.Range.Start.Byte
		if t.Type != hclsyntax.TokenComment {
			continue
		}
		i := sort.Search(len(inside), func(i int) bool { return inside[i][1] > o })
		if i < len(inside) && inside[i][0] <= o {
			continue
		}
		from := bytes.LastIndexByte(r.src[:o], '\n') + 1
		list = append(list, remark{
			lines: commentLines(string(t.Bytes), t.Range), start: o, end: o + len(bytes.TrimRight(t.Bytes, "\r\n")) - 1,
			own: len(bytes.TrimSpace(r.src[from:o])) == 0, column: o - from,
		})
	}
	return list
}

// commentLines takes the markers from a comment of HCL.
func commentLines(s string, at hcl.Range) []comment {
	s = strings.TrimRight(s, "\r\n")
	if !strings.HasPrefix(s, "/*") {
		return []comment{newComment(strings.TrimPrefix(strings.TrimPrefix(s, "#"), "//"), at)}
	}
	var list []comment
	for i, l := range strings.Split(strings.TrimSuffix(s[2:], "*/"), "\n") {
		if i > 0 {
			l = " " + strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(l), "*"), " ")
		}
		list = append(list, newComment(l, at))
	}
	if n := len(list); n > 1 && list[n-1].text == "" {
		list = list[:n-1]
	}
	if len(list) > 1 && list[0].text == "" {
		list = list[1:]
	}
	return list
}

// newComment keeps what follows the marker, with a space before words, but for
// control characters: YAML has no form for them in a comment.
func newComment(s string, at hcl.Range) comment {
	s = strings.TrimRight(strings.Map(withoutControl, s), " \t")
	if s != "" && !strings.ContainsAny(s[:1], " #!\t") {
		s = " " + s
	}
	return comment{text: s, at: at}
}

func withoutControl(r rune) rune {
	if unicode.IsControl(r) && r != '\t' || r == '\ufeff' || r == '\ufffe' || r == '\uffff' {
		return -1
	}
	return r
}
