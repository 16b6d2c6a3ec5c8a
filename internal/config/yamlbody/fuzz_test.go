package yamlbody

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"gopkg.in/yaml.v3"
)

// FuzzYAMLBody: no input makes the reader panic, and every range that it hands
// out lies inside the file.
func FuzzYAMLBody(f *testing.F) {
	for _, seed := range []string{
		"a: 1\nb: ${x.y}\n", "device:\n  a: {id: 'x', tags: {b: [1, null]}}\n", "a: &x [1]\nb: *x\n",
		"a: |\n  one ${x}\n  two\n", "a: >-\n  one\n  ${x\n", "a: \"\\u00e9${x}\\n\"\n", "a: 'it''s ${x}'\n", "---\na: 1\n---\nb: 2\n",
		"a: {b: ${c}}\n", "a: b: c\n", "<<: {a: 1}\n", "a: !!binary x\n", "1: 2\n", "a: 0x1F\n", "a: [\n", "{\"a\": \"\\ud83d\\ude00${x}\"}", "\xef\xbb\xbfa: 1\r\nb: 2\r\n", "a: \"${x ~ y}\"\n\n", "'${k}': v\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 4096 {
			return
		}
		for name, parse := range map[string]func([]byte, string) (*hcl.File, hcl.Diagnostics){"yaml": Parse, "json": ParseJSON} {
			file, diags := parse(src, name)
			checkRanges(t, src, diags)
			attrs, diags := file.Body.JustAttributes()
			checkRanges(t, src, diags)
			ctx := &hcl.EvalContext{Variables: map[string]cty.Value{"x": cty.StringVal("v")}}
			for _, a := range attrs {
				checkRange(t, src, a.Range)
				checkRange(t, src, a.NameRange)
				checkRange(t, src, a.Expr.Range())
				for _, ref := range a.Expr.Variables() {
					checkRange(t, src, ref.SourceRange())
				}
				_, diags := a.Expr.Value(ctx)
				checkRanges(t, src, diags)
				_, _ = hcl.ExprCall(a.Expr)
				_, _ = hcl.AbsTraversalForExpr(a.Expr)
			}
			content, diags := file.Body.Content(&hcl.BodySchema{
				Attributes: []hcl.AttributeSchema{{Name: "a", Required: true}},
				Blocks:     []hcl.BlockHeaderSchema{{Type: "device", LabelNames: []string{"name"}}, {Type: "b"}},
			})
			checkRanges(t, src, diags)
			for _, b := range content.Blocks {
				checkRange(t, src, b.DefRange)
			}
		}
	})
}

func checkRanges(t *testing.T, src []byte, diags hcl.Diagnostics) {
	t.Helper()
	for _, d := range diags {
		if d.Subject == nil {
			t.Fatalf("diagnostic without a place: %s", d)
		}
		checkRange(t, src, *d.Subject)
	}
}

func checkRange(t *testing.T, src []byte, r hcl.Range) {
	t.Helper()
	if r.Start.Byte < 0 || r.End.Byte < r.Start.Byte || r.End.Byte > len(src) || r.Start.Line < 1 || r.Start.Column < 1 {
		t.Fatalf("range %v (bytes %d to %d) is outside the file of %d bytes", r, r.Start.Byte, r.End.Byte, len(src))
	}
}

// TestPositionsAgreeWithHCL: what our index says about a byte is what HCL says.
func TestPositionsAgreeWithHCL(t *testing.T) {
	t.Parallel()
	src := []byte("a: 1\r\nnäive: 👩‍👩‍👧 x\n\nend")
	s := newSource("f", src)
	if got, want := s.pos(len(src)), (hcl.Pos{Line: 4, Column: 4, Byte: len(src)}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := s.pos(len("a: 1\r\nnäive: 👩‍👩‍👧 ")); got.Line != 2 || got.Column != 10 {
		t.Errorf("got line %d column %d, want line 2 column 10", got.Line, got.Column)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(src[:len("a: 1\r\nnäive: 👩‍👩‍👧 x\n")], &doc); err != nil {
		t.Fatal(err)
	}
	v := doc.Content[0].Content[3]
	if got := s.offset(v.Line, v.Column); got != len("a: 1\r\nnäive: ") {
		t.Errorf("got offset %d of the value, want %d", got, len("a: 1\r\nnäive: "))
	}
}
