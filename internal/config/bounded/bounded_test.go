package bounded

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// What would overflow the stack, fill the memory or take hours is refused at
// once, where it goes wrong.
func TestRefused(t *testing.T) {
	t.Parallel()
	const n = 1_000_000
	many := func(s string) string { return strings.Repeat(s, n) }
	tests := []struct {
		name, src, summary string
		line, column       int
	}{
		{"lists", "a = " + many("["), "Nested too deep", 1, 205},
		{"objects", "a = " + many("{a="), "Nested too deep", 1, 605},
		{"blocks", many("a {\n"), "Nested too deep", 201, 3},
		{"calls", "a = " + many("f("), "Nested too deep", 1, 406},
		{"interpolations", "a = " + many(`"${`), "Nested too deep", 1, 305},
		{"minus signs", "a = " + many("-"), "Expression too long", 1, 5004},
		{"sums", "a = 1" + many("+1"), "Expression too long", 1, 10004},
		{"conditionals", "a = " + many("b?c:"), "Expression too long", 1, 10004},
		{"sums in a for expression", "a = {for k, v in x : k => 1" + many("+1\n") + "}", "Expression too long", 4998, 1},
		{"indexes", "a = b" + many("[0]"), "Expression too long", 1, 15002},
		{"references", "a = b" + many(".c"), "Expression too long", 1, 10004},
		{"directives", "a = \"" + many("%{if true}"), "Expression too long", 1, 49997},
		{"directives of a heredoc", "a = <<E\n" + many("%{if true}\n"), "Expression too long", 5001, 2},
		{"a number", "a = " + many("1"), "Number out of range", 1, 5},
		{"an exponent", "a = 1e999999999", "Number out of range", 1, 5},
		{"a small exponent", "a = 1.5E-99999", "Number out of range", 1, 5},
		{"a name", many("a") + " = 1", "Name too long", 1, 1},
		{"comments without an end", many("/* "), "Unterminated comment", 1, 1},
		{"NUL bytes", many("\x00"), "Invalid character", 1, 101},
		{"wrong quotes", many("“ "), "Invalid character", 1, 201},
		{"lines in quotes", "a = \"" + many("b\n"), "Invalid character", 101, 2},
		{"not UTF-8", "a = 1\n\xff" + many("\xff"), "Invalid character encoding", 2, 1},
		{"tokens", "a = [" + strings.Repeat(many("1,"), 3) + "]", "Configuration too large", 1, 2000003},
		{"size", strings.Repeat("#", MaxFile+1), "File too large", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			file, diags := ParseConfig([]byte(tt.src), "f.hcl", hcl.InitialPos)
			if len(diags) != 1 || diags[0].Summary != tt.summary {
				t.Fatalf("got %v, want only %q", diags, tt.summary)
			}
			if at := diags[0].Subject.Start; at.Line != tt.line || at.Column != tt.column {
				t.Errorf("got line %d column %d, want line %d column %d", at.Line, at.Column, tt.line, tt.column)
			}
			if _, diags := file.Body.JustAttributes(); diags.HasErrors() {
				t.Errorf("the body of a refused file cannot be used: %v", diags)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %s, want far less", took)
			}
		})
	}
}

// What people write is far from the limits.
func TestAccepted(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src string }{
		{"a deep value", "a = " + strings.Repeat("[", 100) + strings.Repeat("]", 100)},
		{"many elements", "a = [" + strings.Repeat("-1 * b.c[0],\n", 20_000) + "]"},
		{"many members", "a = {\n" + strings.Repeat("  b = -1 * c.d[0]\n", 20_000) + "}"},
		{"many interpolations", `a = "` + strings.Repeat("${b.c}, ", 20_000) + `"`},
		{"many directives", "a = <<E\n" + strings.Repeat("%{ if a.b ~}\nx\n%{ else }\n%{ for x in y }%{ endfor }\n%{ endif }\n", 20_000) + "E\n"},
		{"a long condition", "a = b == 0" + strings.Repeat(" || c.d == \"e\"", 1000)},
		{"comments", "# (((\n// {{{\n/* [[[ */ a = 1 /* << */ # \"${\n"},
		{"brackets in text", `a = "` + strings.Repeat("([{ $${ %%{ $ % \\\" ", 300) + `"`},
		{"brackets in a heredoc", "a = <<-EOT\n" + strings.Repeat("  ([{ \" $${ %%{ EOT\n", 300) + "  EOT\n"},
		{"nested templates", `a = "${b ? "x${"y"}" : "z"}" # "`},
		{"CRLF", "a = <<E\r\n(((\r\nE\r\nb = 1\r\n"},
		{"numbers", "a = [1e1000, 1e-1000, 1.5e+3, 0.5]"},
		{"an unfinished file", "a = ["},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := Check([]byte(tt.src), "f.hcl"); d != nil {
				t.Errorf("got %v, want it accepted", d)
			}
		})
	}
}

// A file that is parsed in pieces gives what it gives as a whole.
func TestPieces(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("\ufeff# naïve\n")
	for i := range 30_000 {
		fmt.Fprintf(&b, "device \"d-%d\" {\n  tags = { ä = <<E\nx ${a}\nE\n  }\n}\nk%d = \"%d\" # {\n", i, i, i)
	}
	src := []byte(b.String())
	got, diags := ParseConfig(src, "f.hcl", hcl.InitialPos)
	want, wantDiags := hclsyntax.ParseConfig(src, "f.hcl", hcl.InitialPos)
	if diags.HasErrors() || wantDiags.HasErrors() {
		t.Fatal(diags, wantDiags)
	}
	g, w := got.Body.(*hclsyntax.Body), want.Body.(*hclsyntax.Body)
	if len(g.Blocks) != len(w.Blocks) || len(g.Attributes) != len(w.Attributes) {
		t.Fatalf("got %d blocks and %d arguments, want %d and %d", len(g.Blocks), len(g.Attributes), len(w.Blocks), len(w.Attributes))
	}
	for i := range w.Blocks {
		if g.Blocks[i].Range() != w.Blocks[i].Range() || g.Blocks[i].Body.EndRange != w.Blocks[i].Body.EndRange {
			t.Fatalf("block %d: got %v, want %v", i, g.Blocks[i].Range(), w.Blocks[i].Range())
		}
	}
	for name := range w.Attributes {
		if g.Attributes[name].SrcRange != w.Attributes[name].SrcRange {
			t.Fatalf("%s: got %v, want %v", name, g.Attributes[name].SrcRange, w.Attributes[name].SrcRange)
		}
	}
	if g.SrcRange != w.SrcRange || g.EndRange != w.EndRange {
		t.Errorf("got %v to %v, want %v to %v", g.SrcRange, g.EndRange, w.SrcRange, w.EndRange)
	}
}

func TestPiecesFindRepeatedArguments(t *testing.T) {
	t.Parallel()
	_, diags := ParseConfig([]byte("a = 1\n"+strings.Repeat("# comment\n", pieceSize/5)+"a = 2\n"), "f.hcl", hcl.InitialPos)
	if len(diags) != 1 || diags[0].Summary != "Attribute redefined" || diags[0].Subject.Start.Line != pieceSize/5+2 {
		t.Errorf("got %v, want the second argument", diags)
	}
}

// TestMemory: the memory for a large file is that of its tree, not of its tokens.
func TestMemory(t *testing.T) {
	src := []byte(strings.Repeat("a {}\n", 200_000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file, _ := ParseConfig(src, "f.hcl", hcl.InitialPos)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := (after.HeapAlloc - before.HeapAlloc) >> 20; grown > 200 {
		t.Errorf("got %d MB of tree for a file of %d MB, want less", grown, len(src)>>20)
	}
	runtime.KeepAlive(file)
}

func TestManyMistakesAreTrimmed(t *testing.T) {
	t.Parallel()
	_, diags := ParseConfig([]byte(strings.Repeat("a = \n", 100_000)), "f.hcl", hcl.InitialPos)
	if len(diags) != MaxErrors {
		t.Errorf("got %d diagnostics, want %d", len(diags), MaxErrors)
	}
}

// Numbers stay in a range in which their text has a bearable length, however
// they are made.
func TestArithmetic(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, want string }{
		{`1e1000 * 1e10`, ""},
		{`1e999 * 1e999`, ""},
		{`"1e600000000" + 1`, ""},
		{`"-1e600000000" - 1`, ""},
		{`-"1e600000000"`, ""},
		{`1 / 1e999 / 1e999`, ""},
		{`"1e600000000" % 7`, ""},
		{`1e-1000 - 1e-1000`, "0"},
		{`-5 + 2 * 3 % 4`, "-3"},
		{`-(2)`, "-2"},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			expr, diags := ParseTemplate([]byte("${"+tt.src+"}"), "f", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			v, diags := expr.Value(nil)
			if tt.want == "" {
				if !diags.HasErrors() || !strings.Contains(diags.Error(), "a number must be between") {
					t.Errorf("got %v, want an error about the range", diags)
				}
				return
			}
			if diags.HasErrors() || v.AsBigFloat().Text('f', -1) != tt.want {
				t.Errorf("got %#v %v, want %s", v, diags, tt.want)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	double := cty.StringVal("x")
	deep := cty.True
	for range 40 {
		double = cty.TupleVal([]cty.Value{double, double})
	}
	for range MaxDepth + 1 {
		deep = cty.ObjectVal(map[string]cty.Value{"a": deep})
	}
	text := cty.StringVal(strings.Repeat("x", 1<<20))
	tests := []struct {
		name string
		v    cty.Value
		want error
	}{
		{"doubled forty times", double, errManyValues},
		{"deep", deep, errDeepValue},
		{"much text", cty.TupleVal(slicesOf(text, 513)), errLongText},
		{"infinite", cty.ListVal([]cty.Value{cty.PositiveInfinity}), errInfinite},
		{"marked", cty.TupleVal([]cty.Value{cty.PositiveInfinity}).Mark("m"), errInfinite},
		{"unknown", cty.ObjectVal(map[string]cty.Value{"a": cty.DynamicVal, "b": cty.NullVal(cty.String)}), nil},
		{"plain", cty.MapVal(map[string]cty.Value{"a": cty.NumberIntVal(1)}), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := new(Sizes).Add(tt.v); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func slicesOf(v cty.Value, n int) []cty.Value {
	list := make([]cty.Value, n)
	for i := range list {
		list[i] = v
	}
	return list
}

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	for src, ok := range map[string]bool{
		strings.Repeat("[", 100) + strings.Repeat("]", 100): true,
		strings.Repeat("[", 1_000_000):                      false,
		strings.Repeat(`{"a":`, 1_000_000):                  false,
		`"` + strings.Repeat("[", 1_000_000) + `"`:          true,
		`"\"` + strings.Repeat("[", 1_000_000) + `"`:        true,
		`{"a": 1e999999999}`:                                false,
		`{"a": "1e999999999"}`:                              true,
		strings.Repeat("1", 2000):                           false,
		`[1, 2.5e3, -1e-9]`:                                 true,
		`"`:                                                 true,
	} {
		if err := CheckJSON(src); (err == nil) != ok {
			t.Errorf("%.20s: got %v, want accepted: %t", src, err, ok)
		}
	}
}
