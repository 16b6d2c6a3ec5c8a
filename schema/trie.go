package schema

import (
	"slices"
	"strings"
)

// Fields is a set of paths as the mark records it: a tree of names. A path in
// the set is a leaf of the tree; Whole makes everything below a name part of
// the set.
type Fields struct {
	names map[string]*Fields
	Whole bool
}

// Add puts a path into the set.
func (f *Fields) Add(p Path) {
	for _, name := range p {
		if f.names == nil {
			f.names = map[string]*Fields{}
		}
		next := f.names[name]
		if next == nil {
			next = &Fields{}
			f.names[name] = next
		}
		f = next
	}
}

// Empty tells whether nothing is in the set.
func (f *Fields) Empty() bool { return f == nil || len(f.names) == 0 && !f.Whole }

// Has tells whether the path is in the set, alone or within a whole subtree.
func (f *Fields) Has(p Path) bool {
	for _, name := range p {
		if f == nil {
			return false
		}
		if f.Whole {
			return true
		}
		f = f.names[name]
	}
	return f != nil && (f.Whole || len(f.names) == 0)
}

// Overlapping returns a recorded path that holds p or is held by it.
func (f *Fields) Overlapping(p Path) (Path, bool) {
	at := f
	for i, name := range p {
		if at == nil {
			return nil, false
		}
		if at.Whole || (i > 0 && len(at.names) == 0) {
			return p[:i], true
		}
		at = at.names[name]
	}
	if at == nil {
		return nil, false
	}
	for len(at.names) > 0 {
		name := slices.Sorted(keysOf(at.names))[0]
		p, at = p.Child(name), at.names[name]
	}
	return p, true
}

func keysOf(m map[string]*Fields) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Paths lists the recorded paths in order; the path of a whole subtree ends in
// "*".
func (f *Fields) Paths() []Path {
	var list []Path
	f.walk(nil, func(p Path) { list = append(list, slices.Clone(p)) })
	return list
}

func (f *Fields) walk(at Path, visit func(Path)) {
	if f == nil {
		return
	}
	if f.Whole {
		visit(append(at, "*"))
		return
	}
	if len(f.names) == 0 && len(at) > 0 {
		visit(at)
	}
	for _, name := range slices.Sorted(keysOf(f.names)) {
		f.names[name].walk(append(at, name), visit)
	}
}

// String is the text in the mark: names in order, members in parentheses,
// `( ) , \ *` escaped with a backslash; a whole subtree is name(*).
func (f *Fields) String() string {
	var b strings.Builder
	f.write(&b)
	return b.String()
}

func (f *Fields) write(b *strings.Builder) {
	for i, name := range slices.Sorted(keysOf(f.names)) {
		if i > 0 {
			b.WriteByte(',')
		}
		escapeName(b, name)
		switch sub := f.names[name]; {
		case sub.Whole:
			b.WriteString("(*)")
		case len(sub.names) > 0:
			b.WriteByte('(')
			sub.write(b)
			b.WriteByte(')')
		}
	}
}

func escapeName(b *strings.Builder, name string) {
	for i := range len(name) {
		if strings.IndexByte(`(),\*`, name[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(name[i])
	}
}

// ParseFields reads the text of a mark. Anything that String does not write is
// refused: a mark that somebody edited must not be guessed at.
func ParseFields(s string) (*Fields, bool) {
	root := &Fields{}
	if s == "" {
		return root, true
	}
	p := fieldsParser{s: s}
	if !p.list(root, 0) || p.i != len(s) {
		return nil, false
	}
	return root, root.String() == s
}

type fieldsParser struct {
	s string
	i int
}

func (p *fieldsParser) list(f *Fields, depth int) bool {
	if depth > 4*MaxDepth {
		return false
	}
	for {
		name, ok := p.name()
		if !ok {
			return false
		}
		sub := &Fields{}
		if f.names == nil {
			f.names = map[string]*Fields{}
		}
		f.names[name] = sub
		if p.accept('(') && !p.members(sub, depth) {
			return false
		}
		if !p.accept(',') {
			return true
		}
	}
}

func (p *fieldsParser) members(f *Fields, depth int) bool {
	if p.accept('*') {
		f.Whole = true
		return p.accept(')')
	}
	return p.list(f, depth+1) && p.accept(')')
}

func (p *fieldsParser) accept(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *fieldsParser) name() (string, bool) {
	var b []byte
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		if c == '\\' {
			if p.i++; p.i == len(p.s) {
				return "", false
			}
			b = append(b, p.s[p.i])
			continue
		}
		if strings.IndexByte("(),*", c) >= 0 {
			break
		}
		b = append(b, c)
	}
	return string(b), len(b) > 0
}

// without is a copy of the tree, which stands at a path, less the given paths.
func (f *Fields) without(at Path, gone PathSet) *Fields {
	next := &Fields{Whole: f.Whole}
	for name, sub := range f.names {
		p := at.Child(name)
		if gone.Covers(p) {
			continue
		}
		kept := sub.without(p, gone)
		if len(sub.names) > 0 && kept.Empty() {
			continue
		}
		if next.names == nil {
			next.names = map[string]*Fields{}
		}
		next.names[name] = kept
	}
	return next
}

// collapse turns the deepest subtrees into whole ones, level by level, until the
// text fits. It tells whether it had to.
func (f *Fields) collapse(limit int) bool {
	done := false
	for len(f.String()) > limit {
		depth := f.depth()
		if depth < 2 {
			return done
		}
		f.collapseAt(depth - 1)
		done = true
	}
	return done
}

// depth is the number of levels of names.
func (f *Fields) depth() int {
	deepest := 0
	for _, sub := range f.names {
		deepest = max(deepest, 1+sub.depth())
	}
	return deepest
}

func (f *Fields) collapseAt(level int) {
	for _, sub := range f.names {
		switch {
		case level > 1:
			sub.collapseAt(level - 1)
		case len(sub.names) > 0:
			sub.names, sub.Whole = nil, true
		}
	}
}
