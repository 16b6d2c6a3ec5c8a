package yamlbody

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		src  string
		want []string // labels; nil: not to be split
	}{
		"plain":             {"project: {p: }\ndevice:\n  a:\n    tags: { x: 1 } # why\n\n  'b c':\n    desired:\n      y: z\n      list:\n      - 1\n      - two\n", []string{"a", "b c"}},
		"around":            {"device:\n  a: {}\nlocals:\n  x: |\n    text\n", []string{"a"}},
		"expressions":       {"device:\n  a:\n    tags: { x: \"${var.x}\" }\n    desired:\n      y: ${upper(\"a\")}, ö (z)  \n      z: a:b # c\n", []string{"a"}},
		"anchor around":     {"device:\n  a: {}\n&x\nb: 1\n", nil},
		"cut expression":    {"device:\n  a:\n    status_reason: ${\"a #b\"}\n", nil},
		"a key in a value":  {"device:\n  a:\n    status_reason: x y: z\n", nil},
		"comments around":   {"# a\n\ndevice:\n    a:\n# b\n", []string{"a"}},
		"none":              {"locals: { a: 1 }\n", nil},
		"nothing below":     {"device:\nlocals: { a: 1 }\n", nil},
		"anchor":            {"device:\n  a: &x {}\n", nil},
		"alias":             {"device:\n  a:\n    tags: *x\n", nil},
		"tag":               {"device:\n  a:\n    tags: !!map {}\n", nil},
		"block scalar":      {"device:\n  a:\n    status_reason: |\n      x\n", nil},
		"two lines":         {"device:\n  a:\n    status_reason: x\n      y\n", nil},
		"two quoted lines":  {"device:\n  a:\n    status_reason: \"x\n      y\"\n", nil},
		"same label":        {"device:\n  a: {}\n  a: {}\n", nil},
		"number":            {"device:\n  1: {}\n", nil},
		"word":              {"device:\n  true: {}\n", nil},
		"ignored":           {"device:\n  x-a: {}\n", nil},
		"list of blocks":    {"device:\n  a:\n  - tags: {}\n", nil},
		"half indented":     {"device:\n   a: {}\n  b: {}\n", nil},
		"twice":             {"device:\n  a: {}\nlocals: {}\ndevice:\n  b: {}\n", nil},
		"twice, quoted":     {"device:\n  a: {}\n\"device\": {}\n", nil},
		"inside a string":   {"a: \"x\ndevice:\n  a: {}\n\"\n", nil},
		"inside brackets":   {"{ a: 1,\ndevice:\n  a: {}\n}\n", nil},
		"inside a text":     {"--- |\ndevice:\n  a: {}\n", nil},
		"an empty document": {"---\ndevice:\n  a: {}\n", nil},
		"null around":       {"~\ndevice:\n  a: {}\n", nil},
		"mistake around":    {"a: [\ndevice:\n  a: {}\n", nil},
		"merge":             {"device:\n  a:\n    <<: {}\n", nil},
		"odd number":        {"device:\n  a:\n    tags: { x: 0x1F }\n", nil},
		"tab":               {"device:\n  a:\n\t  tags: {}\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries, _, ok := Split([]byte(c.src), "f.yaml", "device")
			var got []string
			for _, e := range entries {
				got = append(got, Label([]byte(c.src[e.Start:e.End])))
			}
			if ok != (c.want != nil) {
				t.Fatalf("got %q, %v", got, ok)
			}
			if diff := cmp.Diff(c.want, got); ok && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzSplit compares the entries, parsed one by one, with those of the whole file: they
// are the same at the same places, or have mistakes too. What Plain lists are scalars.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"project: { p: }\ndevice:\n  a:\n    tags: { x: 1, y: [a, 'b'] } # why\n\n  'b c':\n    desired:\n      y: z\n      list:\n      - 1\n      - two\n",
		"device:\n  a:\n    y: ${upper(\"a\")}, \u00f6 (z)  # why\n    z: a:b # c\n",
		"device:\n  a: {}\nlocals:\n  x: |\n    text\n", "---\na: 1\n---\ndevice:\n    a:\n...\n", "device:\n  a:\n    tags: { x: 4.2.1, y: a:b }\n    x: a b\n", "a: \"x\ndevice:\n  a: {}\n\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		entries, _, ok := Split(src, "f.yaml", "device")
		if !ok {
			return
		}
		whole, diags := Parse(src, "f.yaml")
		mistakes := len(diags) > 0
		want := membersOf(whole, "device")
		for _, e := range entries {
			text := src[e.Start:e.End]
			block, found := ParseEntry(text, "f.yaml", e, "device")
			if len(found) > 0 || block == nil {
				if !mistakes {
					t.Fatalf("entry %q has mistakes that the whole file has not: %v", text, found)
				}
				return
			}
			got := block.Body.(*body).docs[0]
			spans, _ := Plain(text, nil)
			for _, s := range spans {
				if !hasScalar(got, string(text[s.Start:s.End])) {
					t.Fatalf("entry %q: there is no scalar %q", text, text[s.Start:s.End])
				}
			}
			if mistakes {
				continue
			}
			if Label(text) != block.Labels[0] || want[Label(text)] == nil {
				t.Fatalf("entry %q is not in the whole file", text)
			}
			same(t, want[Label(text)], got)
		}
		if mistakes || len(want) != len(entries) {
			t.Fatalf("got %d entries, want %d: %v", len(entries), len(want), diags)
		}
	})
}

func membersOf(f *hcl.File, key string) map[string]*node {
	list := map[string]*node{}
	for _, v := range Documents(f) {
		for _, m := range v.Members() {
			for _, e := range m.Value.Members() {
				if m.Key.Text() == key {
					list[e.Key.Text()] = e.Value.n
				}
			}
		}
	}
	return list
}

// same compares two nodes, and where they stand in the file.
func same(t *testing.T, want, got *node) {
	t.Helper()
	if want.kind != got.kind || want.value != got.value || want.rng() != got.rng() || len(want.entries) != len(got.entries) || len(want.items) != len(got.items) {
		t.Fatalf("got %v %q at %v, want %v %q at %v", got.kind, got.value, got.rng(), want.kind, want.value, want.rng())
	}
	for i := range want.entries {
		same(t, want.entries[i].key, got.entries[i].key)
		same(t, want.entries[i].value, got.entries[i].value)
	}
	for i := range want.items {
		same(t, want.items[i], got.items[i])
	}
}

func hasScalar(n *node, text string) bool {
	if n.kind != mapping && n.kind != sequence && n.value == text {
		return true
	}
	for _, e := range n.entries {
		if hasScalar(e.value, text) {
			return true
		}
	}
	for _, i := range n.items {
		if hasScalar(i, text) {
			return true
		}
	}
	return false
}
