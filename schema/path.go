package schema

import (
	"slices"
	"strings"
)

// Path leads to a member of a document: {"desired", "telemetry", "interval_s"}.
// Names in twins cannot hold a dot (FACTS §4.6); in the names of labels and
// metrics, which can, the dotted text has a backslash before it.
type Path []string

// ParsePath splits dotted text.
func ParsePath(s string) Path {
	switch {
	case s == "":
		return nil
	case !strings.Contains(s, `\`):
		return strings.Split(s, ".")
	}
	p := Path{""}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '.':
			p = append(p, "")
			continue
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		p[len(p)-1] += s[i : i+1]
	}
	return p
}

var pathEscapes = strings.NewReplacer(`\`, `\\`, ".", `\.`)

// String is the dotted text.
func (p Path) String() string {
	for i, name := range p {
		if strings.ContainsAny(name, `.\`) {
			escaped := slices.Clone(p)
			for j := i; j < len(p); j++ {
				escaped[j] = pathEscapes.Replace(p[j])
			}
			return strings.Join(escaped, ".")
		}
	}
	return strings.Join(p, ".")
}

// MarshalText writes the dotted text into plan files.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads dotted text.
func (p *Path) UnmarshalText(text []byte) error {
	*p = ParsePath(string(text))
	return nil
}

// Child is the path one name deeper. It never shares memory with p.
func (p Path) Child(name string) Path { return append(slices.Clip(p), name) }

// HasPrefix tells whether q is p or an ancestor of p.
func (p Path) HasPrefix(q Path) bool {
	return len(p) >= len(q) && slices.Equal(p[:len(q)], q)
}

// Overlaps tells whether one of the paths holds the other.
func (p Path) Overlaps(q Path) bool { return p.HasPrefix(q) || q.HasPrefix(p) }

// Matches tells whether a pattern covers the path: the pattern's names equal
// the path's first names, "*" standing for any one name. A pattern covers
// everything below it.
func (p Path) Matches(pattern Path) bool {
	if len(p) < len(pattern) {
		return false
	}
	for i, name := range pattern {
		if name != "*" && name != p[i] {
			return false
		}
	}
	return true
}

// PathSet is a set of paths. The zero value is empty and cannot be added to;
// use make or [NewPathSet].
type PathSet map[string]Path

// NewPathSet collects paths.
func NewPathSet(paths ...Path) PathSet {
	s := make(PathSet, len(paths))
	for _, p := range paths {
		s.Add(p)
	}
	return s
}

func pathKey(p Path) string { return strings.Join(p, "\x00") }

// Add puts a path into the set.
func (s PathSet) Add(p Path) { s[pathKey(p)] = p }

// Has tells whether exactly this path is in the set.
func (s PathSet) Has(p Path) bool {
	_, ok := s[pathKey(p)]
	return ok
}

// Covers tells whether the path or an ancestor of it is in the set.
func (s PathSet) Covers(p Path) bool {
	for n := len(p); n > 0; n-- {
		if s.Has(p[:n]) {
			return true
		}
	}
	return false
}

// Overlapping returns a member of the set that holds p or is held by it.
func (s PathSet) Overlapping(p Path) (Path, bool) {
	for _, q := range s.Sorted() {
		if p.Overlaps(q) {
			return q, true
		}
	}
	return nil, false
}

// Sorted lists the paths in order, name by name.
func (s PathSet) Sorted() []Path {
	list := make([]Path, 0, len(s))
	for _, p := range s {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Path) int { return slices.Compare(a, b) })
	return list
}
