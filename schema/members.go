package schema

import "slices"

// EachMember calls f with every member of an object in JSON text: its name,
// unescaped, and the text of its value. Both are parts of text or of a buffer
// that the next call reuses. Of members that inside names, and that are objects,
// the members come in their place, under both names with a dot between them. It
// stops at the first error, and reports text that is no object.
func EachMember(text []byte, f func(name, value []byte) error, inside ...string) error {
	return visit(text, visitor{f: f}, inside)
}

// EachMemberUnchecked is EachMember for text of which little is used: of objects and
// arrays it looks for the end only, and whoever takes one checks the rest.
func EachMemberUnchecked(text []byte, f func(name, value []byte) error, inside ...string) error {
	return visit(text, visitor{f: f, unchecked: true}, inside)
}

// EachItemUnchecked calls f with the text of every item of an array in JSON text. It
// stops at the first error, and reports text that is no array. Of items that are objects
// or arrays it looks for the end only, and whoever takes one checks the rest.
func EachItemUnchecked(text []byte, f func(value []byte) error) error {
	s := scanner{src: text}
	s.space()
	if s.peek() != '[' {
		return s.unexpected("an array")
	}
	err := s.array(func() error {
		start := s.pos
		if err := s.skipUnchecked(); err != nil {
			return err
		}
		return f(s.src[start:s.pos])
	})
	if err != nil {
		return err
	}
	return s.end()
}

// visitor hands members to a function.
type visitor struct {
	scanner
	f         func(name, value []byte) error
	unchecked bool   // of objects and arrays only the end is looked for
	path      []byte // of the member, when it is one inside
}

func visit(text []byte, v visitor, inside []string) error {
	v.src = text
	v.space()
	if v.peek() != '{' {
		return v.unexpected("an object")
	}
	if err := v.members(nil, inside); err != nil {
		return err
	}
	return v.end()
}

func (v *visitor) members(outer []byte, inside []string) error {
	return v.object(func(key []byte) error {
		name, err := unquoted(key)
		if err != nil {
			return err
		}
		if v.peek() == '{' && slices.Contains(inside, string(name)) {
			return v.members(name, nil)
		}
		start := v.pos
		if err := v.skipValue(); err != nil {
			return err
		}
		if outer != nil {
			v.path = append(append(append(v.path[:0], outer...), '.'), name...)
			name = v.path
		}
		return v.f(name, v.src[start:v.pos])
	})
}

// skipValue moves behind the value of a member.
func (v *visitor) skipValue() error {
	if v.unchecked {
		return v.skipUnchecked()
	}
	return v.skip(1)
}
