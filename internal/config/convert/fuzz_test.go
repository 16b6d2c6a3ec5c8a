package convert

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Whatever parses converts to every syntax, or is refused for a reason: what was
// written is always read back as the same. Nothing panics.
func FuzzConvert(f *testing.F) {
	cases, err := filepath.Glob("../testdata/parity/*.txtar")
	if err != nil || len(cases) == 0 {
		f.Fatalf("got no cases (%v)", err)
	}
	for _, path := range cases {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if from, ok := strings.CutPrefix(file.Name, "in."); ok && len(file.Data) < 4000 {
				f.Add(from, string(file.Data))
			}
		}
	}
	f.Add("hcl", "locals {\n  a = \"${~ x ~}\\n\"\n b = <<-E\n  ${x}\n\n  E\n}\n")
	f.Add("yaml", "locals: {a: &x [1, *x]}\n---\n- a\n")
	f.Fuzz(func(t *testing.T, from, src string) {
		if from != "hcl" && from != "yaml" && from != "json" {
			return
		}
		for _, to := range syntaxes {
			out, diags := Convert([]File{{"a.twin." + from, []byte(src)}}, to)
			for _, d := range diags {
				if d.Summary == "Conversion failed" && !strings.Contains(d.Detail, "Nested too deep") && len(src) < maxKey {
					t.Errorf("%s to %s: %s", from, to, d.Detail)
				}
			}
			if diags.HasErrors() {
				continue
			}
			if _, diags := Convert([]File{{"a.twin." + string(to), out}}, to); diags.HasErrors() {
				t.Errorf("%s to %s: the output is refused: %v\n%s", from, to, diags, out)
			}
		}
	})
}
