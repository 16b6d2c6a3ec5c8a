package config

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config/bounded"
	"github.com/twinset/twinset/internal/config/yamlbody"
)

// FuzzTemplate: no template makes evaluation panic, alone or inside YAML in any
// style, and every place lies inside the text.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"a ${x} b", "${upper(x)}", "%{ if x == \"v\" ~} a %{ else } b %{ endif }", "%{ for k, v in m }${k}=${v},%{ endfor }", "$${x} %%{", "${", "${x", "${x ~ y}", "a\n  ${nope}\n",
		"${format(\"%05d\", 1)}", "${[for v in l : v if v > 1]}", "${{ a = x }.a}", "${l[*]}", "${m[\"a\"]}", "${<<E\n${x}\nE\n}", "${templatestring(\"x\", {})}", "${1e5 * -2 / 3 % 4}", "é${x}é",
	} {
		f.Add(seed)
	}
	ctx := &hcl.EvalContext{Functions: functions(newDirectory(f.TempDir())), Variables: map[string]cty.Value{
		"x": cty.StringVal("v"),
		"l": cty.ListVal([]cty.Value{cty.NumberIntVal(1), cty.NumberIntVal(2)}),
		"m": cty.ObjectVal(map[string]cty.Value{"a": cty.True, "b": cty.NullVal(cty.String)}),
	}}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1000 {
			return
		}
		expr, diags := bounded.ParseTemplate([]byte(src), "t", hcl.InitialPos)
		_, more := expr.Value(ctx)
		inside(t, len(src), append(diags, more...))
		_, _ = render("t", src, ctx)
		for _, text := range []string{
			"a: '" + strings.ReplaceAll(src, "'", "''") + "'\n",
			"a: " + strconv.Quote(src) + "\n",
			"a: |\n  " + strings.ReplaceAll(src, "\n", "\n  ") + "\n",
			"a: >\n  " + strings.ReplaceAll(src, "\n", "\n  ") + "\n",
		} {
			file, diags := yamlbody.Parse([]byte(text), "t")
			inside(t, len(text), diags)
			attrs, diags := file.Body.JustAttributes()
			inside(t, len(text), diags)
			for _, a := range attrs {
				_, diags := a.Expr.Value(ctx)
				inside(t, len(text), diags)
			}
		}
	})
}

func inside(t *testing.T, size int, diags hcl.Diagnostics) {
	t.Helper()
	for _, d := range diags {
		if d.Subject == nil || d.Subject.Start.Byte < 0 || d.Subject.End.Byte < d.Subject.Start.Byte || d.Subject.End.Byte > size {
			t.Errorf("%s: the place %v is not inside of %d bytes", d.Summary, d.Subject, size)
		}
	}
}

var inLine = regexp.MustCompile(`^line (\d+) of t\.csv: `)

// FuzzCSV: no table makes reading panic, a mistake is in a line that there is,
// and reading row by row gives the rows that reading at once gives.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"id,a\nx,1\ny,2\n", "\ufeffid\r\nx\r\n", "id,a\n\"x\",\"1\n2\"\n", "id,id\nx,y\n", "id\n", "", "a,b\n1\n", "id,a\nx,\"\n", "id,a\nx,1\nx,2\n", "id;a\nx;1\n", "id,\xff\nx,1\n", "id,a\n,1\n", "id\nx\n\n\ny\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4096 {
			return
		}
		dir := newDirectory(project(t, map[string]string{"t.csv": src}))
		table := functions(dir)
		at := table["csvmap"]
		lines := strings.Count(src, "\n") + strings.Count(src, "\r") + 1
		v, err := at.Call([]cty.Value{cty.StringVal("t.csv"), cty.StringVal("id")})
		if err != nil {
			if m := inLine.FindStringSubmatch(err.Error()); m != nil {
				if n, _ := strconv.Atoi(m[1]); n < 1 || n > lines {
					t.Errorf("got %q, of a file with %d lines", err, lines)
				}
			}
			return
		}
		all, err := table["csvdecode"].Call([]cty.Value{cty.StringVal(src)})
		if err != nil {
			t.Fatalf("csvdecode refuses what csvmap reads: %v", err)
		}
		if got, want := v.LengthInt(), all.LengthInt(); got != want {
			t.Fatalf("got %d rows, want %d", got, want)
		}
		for it := all.ElementIterator(); it.Next(); {
			_, row := it.Element()
			if got := v.GetAttr(row.GetAttr("id").AsString()); !got.RawEquals(row) {
				t.Errorf("got row %#v, want %#v", got, row)
			}
		}
	})
}
