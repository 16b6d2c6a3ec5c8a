package yamlbody

import "testing"

// A value's range is its text, from the first character to the last.
func TestRangesAreText(t *testing.T) {
	t.Parallel()
	src := "plain: some text  # comment\n" +
		"template: ${var.x}\n" +
		"folded: over\n  two lines\n\n" +
		"single: 'it''s'\n" +
		"double: \"a\\\"b\n  c \"\n" +
		"literal: |\n  one\n  two\n\n" +
		"list: [a, 'b' ]\n" +
		"map:\n  k: v\n  \"日本\": w\n" +
		"crlf: x\r\n" +
		"last: end"
	want := map[string]string{
		"plain": "some text", "template": "${var.x}", "folded": "over\n  two lines", "single": "'it''s'", "double": "\"a\\\"b\n  c \"",
		"literal": "|\n  one\n  two", "list": "[a, 'b' ]", "map": "k: v\n  \"日本\": w", "crlf": "x", "last": "end",
	}
	f, diags := Parse([]byte(src), "f.yaml")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	attrs, _ := f.Body.JustAttributes()
	for name, text := range want {
		a := attrs[name]
		if a == nil {
			t.Errorf("got no %s", name)
			continue
		}
		if got := string(a.Expr.Range().SliceBytes([]byte(src))); got != text {
			t.Errorf("%s: got %q, want %q", name, got, text)
		}
		if got := string(a.NameRange.SliceBytes([]byte(src))); got != name {
			t.Errorf("name of %s: got %q", name, got)
		}
	}
}
