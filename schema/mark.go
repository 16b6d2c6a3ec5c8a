package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Mark is what the reserved tag records of one owner on one twin: which fields
// it owns and what it last wrote there. It holds no time, commit or version of
// the tool, or no plan would ever be empty.
//
//	"tags": {"twinset": {"plant-fleet/prod": {"v":1, "c":true, "t":"env,site", "d":"telemetry(interval_s)", "h":"5f3a9c21d0"}}}
type Mark struct {
	Created   bool    // c: this owner created the identity and may remove it
	Protected bool    // p: lifecycle.prevent_destroy was set when the object was last written
	OnRemove  string  // r: lifecycle.on_remove when the object was last written; empty when it was not set
	Identity  *Fields // i: owned identity fields: edge, parent, status, status_reason, auth(…), manifest
	Tags      *Fields // t: owned tags
	Desired   *Fields // d: owned desired properties
	Digest    string  // h: digest of the owned values
	Keys      string  // k: digest of explicitly given symmetric keys
	Manifest  string  // m: digest of the device's own manifest, which stands in other twins than the mark
}

// MaxMarkText is the size in bytes above which the field lists of a mark are
// shortened to whole subtrees.
const MaxMarkText = 1536

// Owns tells whether a field is recorded as this owner's.
func (m *Mark) Owns(p Path) bool {
	if m == nil || len(p) == 0 {
		return false
	}
	f, rest := m.facet(p)
	return len(rest) > 0 && f.Has(rest)
}

// Overlapping returns an owned path that holds p or is held by it.
func (m *Mark) Overlapping(p Path) (Path, bool) {
	if m == nil || len(p) == 0 {
		return nil, false
	}
	f, rest := m.facet(p)
	if f.Empty() {
		return nil, false
	}
	found, ok := f.Overlapping(rest)
	if !ok {
		return nil, false
	}
	if len(rest) == len(p) {
		return found, true
	}
	return append(Path{p[0]}, found...), true
}

// OwnsAllBelow tells whether a path is recorded as a whole subtree: of that, the path
// in [Mark.Owned] ends in "*", which may be a name as well.
func (m *Mark) OwnsAllBelow(p Path) bool {
	if m == nil || len(p) == 0 {
		return false
	}
	f, rest := m.facet(p)
	for _, name := range rest {
		if f == nil {
			return false
		}
		f = f.names[name]
	}
	return f != nil && f.Whole
}

// Owned lists the owned paths.
func (m *Mark) Owned() []Path {
	var list []Path
	if m == nil {
		return nil
	}
	list = append(list, m.Identity.Paths()...)
	for name, f := range map[string]*Fields{"desired": m.Desired, "tags": m.Tags} {
		for _, p := range f.Paths() {
			list = append(list, append(Path{name}, p...))
		}
	}
	return NewPathSet(list...).Sorted()
}

func (m *Mark) facet(p Path) (*Fields, Path) {
	switch p[0] {
	case "tags":
		return m.Tags, p[1:]
	case "desired":
		return m.Desired, p[1:]
	default:
		return m.Identity, p
	}
}

// Without returns the mark with some paths given up, as a move of ownership
// needs it. The digest is that of what remains in the live document.
func (m *Mark) Without(gone PathSet, live Doc) *Mark {
	next := &Mark{Created: m.Created, Protected: m.Protected, OnRemove: m.OnRemove, Keys: m.Keys, Manifest: m.Manifest}
	next.Identity = m.Identity.without(nil, gone)
	next.Tags = m.Tags.without(Path{"tags"}, gone)
	next.Desired = m.Desired.without(Path{"desired"}, gone)
	if gone.Covers(Path{MemberManifest}) {
		next.Manifest = ""
	}
	next.Digest = DigestOwned(live, next)
	return next
}

// With returns the mark with some paths added, and the digest of a document that
// the object will have.
func (m *Mark) With(doc Doc, paths ...Path) *Mark {
	next := m.Without(nil, doc)
	for _, p := range paths {
		f, rest := next.facet(p)
		f.Add(rest)
	}
	next.Digest = DigestOwned(doc, next)
	return next
}

// Tag is the mark as the reserved tag's member, canonical. Absent members are
// left out.
func (m *Mark) Tag() Doc {
	v := m.members()
	if m.Created {
		v["c"] = true
	}
	for name, e := range v {
		if e == nil {
			delete(v, name)
		}
	}
	return mustCanonical(v)
}

// MarkMembers lists every member that a mark may have on the wire. A patch merges,
// so a writer sends null for those that a mark leaves out.
func MarkMembers() []string { return []string{"c", "d", "h", "i", "k", "m", "p", "r", "t", "v"} }

// expectation is the mark as part of a sealed desired document: what it does not
// have is a tombstone, and who created the identity is left open, unless it is to
// be this owner's from now on, or somebody else's.
func (m *Mark) expectation(lc *Lifecycle) Doc {
	v := m.members()
	switch {
	case lc.TwinOnly():
		v["c"] = nil
	case lc != nil && lc.Claim:
		v["c"] = true
	}
	return mustCanonical(v)
}

// members is the mark on the wire but for c, with null for what is absent.
func (m *Mark) members() map[string]any {
	v := map[string]any{"v": json.Number("1"), "h": m.Digest, "p": nil}
	if m.Protected {
		v["p"] = true
	}
	for name, text := range map[string]string{"i": m.Identity.String(), "t": m.Tags.String(), "d": m.Desired.String(), "k": m.Keys, "m": m.Manifest, "r": m.OnRemove} {
		v[name] = nil
		if text != "" {
			v[name] = text
		}
	}
	return v
}

// mustCanonical is for values that this package made of JSON types.
func mustCanonical(v any) Doc {
	doc, err := Canonical(v)
	if err != nil {
		panic(err)
	}
	return doc
}

// ParseMark reads one owner's member of the reserved tag.
func ParseMark(doc Doc) (*Mark, error) {
	var w struct {
		Version   int    `json:"v"`
		Created   bool   `json:"c"`
		Protected bool   `json:"p"`
		OnRemove  string `json:"r"`
		Identity  string `json:"i"`
		Tags      string `json:"t"`
		Desired   string `json:"d"`
		Digest    string `json:"h"`
		Keys      string `json:"k"`
		Manifest  string `json:"m"`
	}
	if err := json.Unmarshal(doc, &w); err != nil {
		return nil, errors.New("mark is not an object of the known shape")
	}
	if w.Version != 1 {
		return nil, fmt.Errorf("mark has version %d; this version of twinset knows 1", w.Version)
	}
	m := &Mark{Created: w.Created, Protected: w.Protected, OnRemove: w.OnRemove, Digest: w.Digest, Keys: w.Keys, Manifest: w.Manifest}
	for _, f := range []struct {
		into **Fields
		text string
	}{{&m.Identity, w.Identity}, {&m.Tags, w.Tags}, {&m.Desired, w.Desired}} {
		fields, ok := ParseFields(f.text)
		if !ok {
			return nil, fmt.Errorf("field list %q of the mark is not well formed", f.text)
		}
		*f.into = fields
	}
	return m, nil
}

// Marks reads every owner's mark of a live document. A mark that cannot be read
// is left out and reported: its object counts as unowned, which errs on the side
// of never removing anything.
func Marks(live Doc) (map[string]*Mark, []string) {
	tag := Lookup(live, Path{"tags", ReservedTag})
	if len(tag) == 0 || tag[0] != '{' {
		return nil, nil
	}
	marks := map[string]*Mark{}
	var damaged []string
	c := cursor{b: tag}
	c.open()
	for k, ok := c.key(); ok; k, ok = c.key() {
		owner := unquoteKey(k)
		m, err := ParseMark(Doc(c.value()))
		if err != nil {
			damaged = append(damaged, fmt.Sprintf("%s: %v", owner, err))
			continue
		}
		marks[owner] = m
	}
	return marks, damaged
}

// CheckOwner tells why a text cannot name an owner: it becomes a key of a tag
// (FACTS §4.6).
func CheckOwner(owner string) error {
	if owner == "" {
		return errors.New("owner is empty")
	}
	if i := strings.IndexFunc(owner, func(r rune) bool { return badKeyRune(r) || unicode.IsSpace(r) }); i >= 0 {
		return fmt.Errorf("owner %q must not hold control characters, '.', '$', '#' or spaces", owner)
	}
	return nil
}

// digestBytes is the size of the digest of leaves.
const digestBytes = 5

// digestLeaves is the 40-bit digest of leaves, in hex. The manifest of a device is
// not among them: it cannot be seen where the mark is.
func digestLeaves(d Doc, include func(Path) bool) string {
	h := sha256.New()
	WalkLeaves(d, func(p Path, v Doc) {
		if v[0] == 'n' || string(v) == "{}" || p[0] == MemberManifest || !include(p) {
			return
		}
		for _, name := range p {
			h.Write([]byte(name))
			h.Write([]byte{0})
		}
		h.Write(v)
		h.Write([]byte{'\n'})
	})
	return hex.EncodeToString(h.Sum(nil)[:digestBytes])
}

// DigestOwned is the digest of the live values of the fields that a mark
// records. It equals the mark's own while nobody else has changed them.
func DigestOwned(live Doc, m *Mark) string { return digestLeaves(live, m.Owns) }
