package emulator

import "slices"

// wish is what configurations want to find in the desired properties of a twin. The zero wish wants nothing.
type wish struct {
	root  node // leaves carry the author
	whole bool // and nothing else may be there
}

func (w *wish) empty() bool { return w.root.kind == absent }

// set adds a setting. What stood at its path before is replaced.
func (w *wish) set(s setting) {
	if len(s.path) == 0 {
		w.root = s.value
		return
	}
	w.root = replaced(w.root, s.path, s.value)
}

// replaced returns n with another value at a path, making objects on the way.
func replaced(n node, path []string, value node) node {
	if len(path) == 0 {
		return value
	}
	out := node{kind: object}
	if n.kind == object {
		out.kids = slices.Clone(n.kids)
	}
	if i := out.find(path[0]); i >= 0 {
		out.kids[i].value = replaced(out.kids[i].value, path[1:], value)
		return out
	}
	out.kids = append(out.kids, member{path[0], replaced(node{}, path[1:], value)})
	return out
}

// with returns the wish with another one, of less than the whole, on top of it.
func (w wish) with(top wish) wish {
	switch {
	case top.empty():
		return w
	case w.empty():
		return top
	}
	return wish{merge(w.root, top.root, stamp{}), w.whole}
}

// missing returns the write that makes the wish come true, and whether one is needed. A value counts as there only when
// the configuration wrote it itself: so one that takes over from another, or from a client, shows as the author, and
// nothing is written twice.
func (w wish) missing(live node) (twinWrite, bool) {
	if w.empty() {
		return twinWrite{}, false
	}
	patch, any := lacking(&live, &w.root)
	if w.whole {
		return twinWrite{desired: &w.root, clearDesired: true}, any || more(&live, &w.root)
	}
	return twinWrite{desired: &patch}, any
}

// lacking returns the part of want that live does not have.
func lacking(live, want *node) (part node, any bool) {
	if want.isLeaf() {
		return *want, !want.isIn(live)
	}
	if live.kind != object {
		return *want, true
	}
	part.kind = object
	for _, m := range want.kids {
		value, any := m.value, true
		if i := live.find(m.name); i >= 0 {
			value, any = lacking(&live.kids[i].value, &m.value)
		}
		if any {
			part.kids = append(part.kids, member{m.name, value})
		}
	}
	return part, len(part.kids) > 0
}

// more reports members of live that want does not have. Nothing of want is lacking.
func more(live, want *node) bool {
	if want.kind != object {
		return false
	}
	if len(live.kids) > len(want.kids) {
		return true
	}
	for i := range want.kids {
		at := live.find(want.kids[i].name)
		if at >= 0 && more(&live.kids[at].value, &want.kids[i].value) {
			return true
		}
	}
	return false
}

// isLeaf reports a value that metadata names an author for: whatever is not an object with members.
func (n *node) isLeaf() bool { return n.kind != object || len(n.kids) == 0 }

// isIn reports that live is the leaf, by the same author. An empty object is in every object.
func (n *node) isIn(live *node) bool {
	if n.kind == object {
		return live.kind == object
	}
	return n.by.wrote(live.by) && equalValues(n, live)
}

func equalValues(a, b *node) bool {
	return a.kind == b.kind && a.text == b.text && slices.EqualFunc(a.kids, b.kids, func(x, y member) bool {
		return x.name == y.name && equalValues(&x.value, &y.value)
	})
}

// authored returns the value with an author for its leaves.
func authored(n node, by *author) node {
	if n.isLeaf() {
		n.by = by
		return n
	}
	n.kids = slices.Clone(n.kids)
	for i := range n.kids {
		n.kids[i].value = authored(n.kids[i].value, by)
	}
	return n
}
