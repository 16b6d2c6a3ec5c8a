package yamlbody

import (
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// Whatever style the encoder picks, each letter of a value must be found in the
// file where its offset says.
func TestAlignFindsEveryLetter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOfN(rapid.RuneFrom([]rune("abcé日'\"\\: \n\t#${}")), 0, 40, -1).Draw(t, "value")
		st := rapid.SampledFrom([]yaml.Style{0, yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle, yaml.LiteralStyle, yaml.FoldedStyle}).Draw(t, "style")
		pad := rapid.SampledFrom([]string{"k", "näme"}).Draw(t, "key")
		src, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Value: pad},
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Style: st},
			{Kind: yaml.ScalarNode, Value: "z"},
			{Kind: yaml.ScalarNode, Value: "end"},
		}})
		if err != nil {
			return // not encodable in this style
		}
		docs, err := decode(src)
		if err != nil || len(docs) != 1 {
			return // the encoder wrote what the parser refuses
		}
		y := docs[0].Content[0].Content[1]
		s := newSource("f", src)
		start := s.offset(y.Line, y.Column)
		at, end := align(src, start, scalarStyle(y.Style), y.Value)
		if len(at) != len(y.Value)+1 || end > len(src) {
			t.Fatalf("got %d offsets, want %d; end %d of %d", len(at), len(y.Value)+1, end, len(src))
		}
		last := start
		for i, o := range at {
			if o < last || o > end {
				t.Fatalf("value %q source %q: offset %d of byte %d is outside %d..%d", y.Value, src, o, i, last, end)
			}
			last = o
			if i < len(y.Value) && y.Value[i] >= 'a' && y.Value[i] <= 'c' && src[o] != y.Value[i] {
				t.Fatalf("value %q source %q: byte %d is %q, want %q", y.Value, src, i, src[o], y.Value[i])
			}
		}
	})
}

func TestAlignStyles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, src, find string
	}{
		{"plain", "a: one X two\n", "X"},
		{"plain over lines", "a: one\n  two\n\n  X three\n", "X"},
		{"single", "a: 'it''s X'\n", "X"},
		{"double", `a: "\u00e9\t\x41\"X"` + "\n", "X"},
		{"double over lines", "a: \"one\n   two \\\n   X\"\n", "X"},
		{"literal", "a: |\n  one\n\n    two\n  X\n", "X"},
		{"literal with indicator", "a: |2-\n    one\n  X\n", "X"},
		{"literal with header comment", "a: |  # why\n  X\n", "X"},
		{"folded", "a: >-\n  one\n  two\n\n  three\n    more\n  X\n", "X"},
		{"folded from an indented line", "a: >\n\n   one\n  \n   X\n", "X"},
		{"carriage returns", "a: |\r\n  one\r\n  X\r\n", "X"},
		{"anchor and tag", "a: &n !!str  X\n", "X"},
		{"after non-ASCII", "ä: 'ünï X'\n", "X"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, diags := Parse([]byte(tt.src), "f")
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			n := f.Body.(*body).docs[0].entries[0].value
			at, _ := align(n.src.b, n.start, n.style, n.value)
			for i := range n.value {
				if n.value[i] == 'X' && tt.src[at[i]] != 'X' {
					t.Errorf("got %q at offset %d, want X", tt.src[at[i]:], at[i])
				}
			}
		})
	}
}
