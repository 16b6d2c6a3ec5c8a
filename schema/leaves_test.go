package schema

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every member of a document is found by its name, and by no other: the text of a key
// with its escapes may look like another name.
func TestLookupFindsNames(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.SampledFrom([]string{`"`, `\"`, `\\"`, `\`, `\\`, "\u2028", `\u2028`, "<", `\u003c`}), rapid.StringOfN(rapid.RuneFrom([]rune(`a"\u0<`)), 1, 5, -1))
		m := rapid.MapOfN(name, rapid.Map(rapid.Bool(), func(b bool) any { return b }), 0, 5).Draw(t, "members")
		doc, err := Canonical(m)
		if err != nil {
			t.Fatal(err)
		}
		asked := name.Draw(t, "asked")
		want := ""
		if v, ok := m[asked]; ok {
			want = map[any]string{true: "true", false: "false"}[v]
		}
		if got := string(Lookup(doc, Path{asked})); got != want {
			t.Fatalf("%s in %s: got %q, want %q", strings.ToValidUTF8(asked, "?"), doc, got, want)
		}
	})
}
