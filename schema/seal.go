package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Seal completes a desired object with the mark that its owner must find on the
// hub: the document gets tags.twinset.<owner>. With it, [Covers] answers in one
// walk whether a live object is settled: every value as declared, and the same
// set of owned fields recorded as are declared now.
func Seal(o Object, owner string) (Object, error) {
	m, _ := MarkOf(o)
	return sealWith(o, owner, m.expectation(o.Lifecycle))
}

// sealWith completes an object with the mark that is expected.
func sealWith(o Object, owner string, expect Doc) (Object, error) {
	sealed, err := withMark(o.Doc, owner, expect)
	if err != nil {
		return Object{}, fmt.Errorf("%s: %w", o.Name(), err)
	}
	if err := checkTagSize(o, sealed, expect); err != nil {
		return Object{}, err
	}
	o.Doc = sealed
	return o, nil
}

// MarkOf is the mark of a declared object, Created left open. Shortened tells
// that the list of fields was too long and holds whole subtrees.
func MarkOf(o Object) (m *Mark, shortened bool) {
	m = &Mark{Identity: &Fields{}, Tags: &Fields{}, Desired: &Fields{}}
	if o.Lifecycle != nil {
		m.Protected, m.OnRemove = o.Lifecycle.PreventDestroy, o.Lifecycle.OnRemove
	}
	m.Keys = keysDigest(o)
	m.Manifest = DigestManifest(Lookup(o.Doc, Path{MemberManifest}))
	WalkLeaves(o.Doc, func(p Path, v Doc) {
		if v[0] != 'n' {
			f, rest := m.facet(p)
			f.Add(rest)
		}
	})
	m.Digest = digestLeaves(o.Doc, func(Path) bool { return true })
	shortened = m.Desired.collapse(MaxMarkText / 2)
	return m, m.Tags.collapse(MaxMarkText/2) || shortened
}

// keysDigest stands for the explicitly given symmetric keys, and for the passwords of
// registries: the hub shows no keys in twins, and passwords are not looked at, so a
// change is seen by their digest.
func keysDigest(o Object) string {
	var text []byte
	for _, s := range o.Secrets {
		if s.IsKey() {
			text = append(append(text, s.Digest...), '\n')
		}
	}
	for _, s := range o.Passwords {
		text = append(append(text, s.Digest...), '\n')
	}
	if len(text) == 0 {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:5])
}

// IsKey tells whether the secret is a symmetric key: written, never read back.
func (s Secret) IsKey() bool {
	name := s.Path[len(s.Path)-1]
	return name == primaryKey || name == secondaryKey
}

// DigestSecret is the digest of a secret's value, bound to where it is used so
// that equal values cannot be told from each other's digests.
func DigestSecret(addr Address, p Path, value string) string {
	sum := sha256.Sum256([]byte("twinset\x00" + addr.String() + "\x00" + p.String() + "\x00" + value))
	return hex.EncodeToString(sum[:5])
}

// withMark splices an owner's mark into tags. Text is copied, not decoded.
func withMark(d Doc, owner string, mark Doc) (Doc, error) {
	if err := CheckOwner(owner); err != nil {
		return nil, err
	}
	member := append(AppendString(nil, owner), ':')
	tag := append(append(append([]byte{'{'}, member...), mark...), '}')
	tags := Lookup(d, Path{"tags"})
	if len(tags) == 0 {
		tags = Doc("{}")
	}
	return SetMember(d, "tags", SetMember(tags, ReservedTag, tag)), nil
}

// SetString returns the document with a string set two levels deep at most, as
// fields of the auth block are.
func SetString(d Doc, p Path, value string) (Doc, error) {
	text := AppendString(nil, value)
	switch len(p) {
	case 1:
		return SetMember(d, p[0], text), nil
	case 2:
		inner := Lookup(d, p[:1])
		if len(inner) == 0 {
			inner = Doc("{}")
		}
		return SetMember(d, p[0], SetMember(inner, p[1], text)), nil
	default:
		return nil, fmt.Errorf("set %s: path of %d names", p, len(p))
	}
}

// SetMember returns the object, or a new one when it is empty, with one member set;
// keys are kept in order.
func SetMember(d Doc, key string, value []byte) Doc {
	quoted := AppendString(nil, key)
	inner := string(quoted[1 : len(quoted)-1])
	out := make([]byte, 0, len(d)+len(quoted)+len(value)+2)
	out = append(out, '{')
	put := func(k, v []byte) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(append(out, '"'), k...), '"', ':'), v...)
	}
	c := cursor{b: d}
	c.open()
	done := false
	for k, ok := c.key(); ok; k, ok = c.key() {
		v := c.value()
		if !done && string(k) >= inner {
			put([]byte(inner), value)
			done = true
		}
		if string(k) != inner {
			put(k, v)
		}
	}
	if !done {
		put([]byte(inner), value)
	}
	return append(out, '}')
}

// SetIn is SetMember for a member at a path. What stands in its way gives way to
// objects.
func SetIn(d Doc, p Path, value []byte) Doc {
	if len(p) == 0 {
		return value
	}
	sub := Lookup(d, p[:1])
	if len(sub) > 0 && sub[0] != '{' {
		sub = nil
	}
	return SetMember(d, p[0], SetIn(sub, p[1:], value))
}

// checkTagSize refuses marks that the hub would refuse. Only documents that may
// be near a limit are measured exactly.
func checkTagSize(o Object, sealed, expect Doc) error {
	if len(expect) < MaxString && len(sealed) < MaxTags {
		return nil
	}
	tags, err := Lookup(sealed, Path{"tags"}).Map()
	if err != nil {
		return fmt.Errorf("%s: %w", o.Name(), err)
	}
	if size := SectionSize(tags); size > MaxTags {
		return fmt.Errorf("%s: tags are %d bytes with the ownership mark of %d; the hub allows %d", o.Name(), size, len(expect), MaxTags)
	}
	m, _ := MarkOf(o)
	for _, f := range []*Fields{m.Desired, m.Tags} {
		if text := f.String(); len(text) > MaxString {
			return fmt.Errorf("%s: the list of owned fields is %d bytes; the hub allows values of %d: nest the properties so that subtrees can be recorded as a whole", o.Name(), len(text), MaxString)
		}
	}
	return nil
}
