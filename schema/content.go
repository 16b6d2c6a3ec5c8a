package schema

import (
	"slices"
	"strings"
)

const desiredKey = "properties.desired"

// validateContent checks the settings of a content: keys are properties.desired
// or a path below it (FACTS §6.2), and what they write follows the rules of
// desired properties (FACTS §4.6). Nulls are refused: what the hub makes of them
// is unverified.
func validateContent(at Path, m map[string]any, required bool) []Problem {
	s := section{max: MaxDesired}
	if m != nil && len(m) == 0 && required {
		s.add(at, "Missing content", "The content is empty: it writes nothing.")
	}
	var seen []Path
	size := 0
	for _, key := range sortedKeys(m) {
		here := at.Child(key)
		path, ok := settingPath(key)
		if !ok {
			s.add(here, "Invalid content key", "%q is not %s, nor a path below it such as %s.night: content writes nothing else.", key, desiredKey, desiredKey)
			continue
		}
		for _, other := range seen {
			if path.Overlaps(other) {
				s.add(here, "Content writes twice", "%q and %q write the same properties.", key, settingKey(other))
			}
		}
		seen = append(seen, path)
		size += len(strings.Join(path, "")) + SectionSize(m[key])
		s.setting(here, path, m[key])
	}
	if size > MaxDesired {
		s.add(at, "Section too large", "The content is %d bytes by the hub's count; at most %d are allowed in one twin.", size, MaxDesired)
	}
	return s.problems
}

// settingPath is where a key of a content leads, below desired.
func settingPath(key string) (Path, bool) {
	if key == desiredKey {
		return nil, true
	}
	rest, ok := strings.CutPrefix(key, desiredKey+".")
	if !ok {
		return nil, false
	}
	p := Path(strings.Split(rest, "."))
	return p, !slices.Contains(p, "")
}

func settingKey(p Path) string {
	return strings.Join(append([]string{desiredKey}, p...), ".")
}

func (s *section) setting(here, path Path, v any) {
	for _, name := range path {
		s.key(here, name)
	}
	if at, found := findNull(here, v); found {
		s.add(at, "Null in content", "A configuration writes values. Leave the property out: whether null removes it is not known.")
		return
	}
	m, object := v.(map[string]any)
	switch {
	case len(path) > 0:
		s.value(here, v, len(path), false)
	case !object:
		s.add(here, "Invalid content", "%s is an object of properties.", desiredKey)
	default:
		s.object(here, m, 1)
	}
}

func findNull(at Path, v any) (Path, bool) {
	if v == nil {
		return at, true
	}
	m, _ := v.(map[string]any)
	for _, k := range sortedKeys(m) {
		if p, found := findNull(at.Child(k), m[k]); found {
			return p, true
		}
	}
	return nil, false
}

// Writes lists the paths of desired properties that a content writes, leaf by
// leaf.
func Writes(content map[string]any) []Path {
	var list []Path
	var collect func(at Path, v any)
	collect = func(at Path, v any) {
		m, ok := v.(map[string]any)
		if !ok || len(m) == 0 && len(at) > 0 {
			list = append(list, at)
			return
		}
		for _, k := range sortedKeys(m) {
			collect(at.Child(k), m[k])
		}
	}
	for _, key := range sortedKeys(content) {
		if p, ok := settingPath(key); ok {
			collect(p, content[key])
		}
	}
	return list
}
