package schema

import "slices"

// splitIgnored parts a declared document: the leaves that match an ignore
// pattern, which are part of a create and left alone afterwards, and the rest.
// The given maps may be shared between objects and are not changed.
func splitIgnored(m map[string]any, patterns []string) (Doc, map[string]any, error) {
	if len(patterns) == 0 {
		return nil, m, nil
	}
	paths := make([]Path, len(patterns))
	for i, text := range patterns {
		paths[i] = ParsePath(text)
	}
	rest := cloneValue(m).(map[string]any)
	initial := takeMatching(nil, rest, paths)
	if initial == nil {
		return nil, rest, nil
	}
	doc, err := Canonical(initial)
	return doc, rest, err
}

func cloneValue(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	c := make(map[string]any, len(m))
	for k, e := range m {
		c[k] = cloneValue(e)
	}
	return c
}

func takeMatching(at Path, m map[string]any, patterns []Path) map[string]any {
	var taken map[string]any
	for _, k := range sortedKeys(m) {
		v, p := m[k], at.Child(k)
		if !matchesAny(p, patterns) {
			sub, ok := v.(map[string]any)
			if !ok {
				continue
			}
			if v = takeMatching(p, sub, patterns); len(v.(map[string]any)) == 0 {
				continue
			}
			if len(sub) == 0 {
				delete(m, k)
			}
		} else {
			delete(m, k)
		}
		if v == nil {
			continue // a tombstone creates nothing
		}
		if taken == nil {
			taken = map[string]any{}
		}
		taken[k] = v
	}
	return taken
}

func matchesAny(p Path, patterns []Path) bool {
	return slices.ContainsFunc(patterns, p.Matches)
}

// Ignored tells whether the lifecycle leaves a path alone.
func (l *Lifecycle) Ignored(p Path) bool {
	if l == nil {
		return false
	}
	for _, text := range l.Ignore {
		if p.Matches(ParsePath(text)) {
			return true
		}
	}
	return false
}
