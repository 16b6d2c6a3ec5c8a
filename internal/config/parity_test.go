package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/schema"
)

var update = flag.Bool("update", false, "rewrite the expectations of the parity corpus")

// A case of the corpus holds the same project as in.hcl, in.yaml and in.json,
// beside the files that it reads. All must give the objects of want.ndjson, and
// diagnostics with the same summaries; their texts are in want.hcl.diag and so on.
func TestParity(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/parity/*.txtar")
	if err != nil || len(cases) < 60 {
		t.Fatalf("got %d cases (%v), want at least 60", len(cases), err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runParity(t, path)
		})
	}
}

func runParity(t *testing.T, path string) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]byte{}
	want := map[string]string{}
	for _, f := range archive.Files {
		if strings.HasPrefix(f.Name, "want.") {
			want[f.Name] = string(f.Data)
			continue
		}
		in[f.Name] = f.Data
	}
	got := map[string]string{}
	summaries := map[string][]string{}
	for _, ext := range []string{"hcl", "yaml", "json"} {
		src, ok := in["in."+ext]
		if !ok {
			continue
		}
		objects, diags, text := loadCase(t, in, ext, src, 0)
		if previous, ok := got["want.ndjson"]; ok && previous != objects {
			t.Errorf("objects of %s differ from those of the other syntaxes:\n%s", ext, cmp.Diff(previous, objects))
		}
		got["want.ndjson"] = objects
		if text != "" {
			got["want."+ext+".diag"] = text
		}
		summaries[ext] = diags
	}
	for _, ext := range []string{"hcl", "yaml"} {
		src, ok := in["in."+ext]
		if !ok {
			continue
		}
		objects, _, text := loadCase(t, in, ext, src, 1)
		want := got["want."+ext+".diag"]
		if ext == "yaml" { // blocks around a place are known of more places
			text, want = aroundPlace.ReplaceAllString(text, "$1:"), aroundPlace.ReplaceAllString(want, "$1:")
		}
		if got["want.ndjson"] != objects || want != text {
			t.Errorf("read block by block, the %s file differs:\n%s%s", ext, cmp.Diff(got["want.ndjson"], objects), cmp.Diff(want, text))
		}
	}
	for ext, list := range summaries {
		if _, free := in["syntaxes-differ"]; !free && !slices.Equal(list, summaries["hcl"]) {
			t.Errorf("got diagnostics %q in %s, want those of HCL: %q", list, ext, summaries["hcl"])
		}
	}
	if got["want.ndjson"] == "" {
		delete(got, "want.ndjson")
	}
	if *update {
		rewrite(t, path, archive, got)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got differs from want (-want +got):\n%s", diff)
	}
}

// aroundPlace is the end of the line that tells a place, with the block around it.
var aroundPlace = regexp.MustCompile(`(?m)^(  on .*, column \d+), in .*:$`)

// loadCase evaluates one syntax of a case in a directory of its own.
func loadCase(t *testing.T, in map[string][]byte, ext string, src []byte, splitAbove int) (objects string, summaries []string, text string) {
	t.Helper()
	dir := t.TempDir()
	o := Options{splitAbove: splitAbove}
	for name, data := range in {
		switch {
		case name == "options.json":
			if err := json.Unmarshal(data, &o); err != nil {
				t.Fatal(err)
			}
		case !strings.HasPrefix(name, "in."):
			writeFile(t, filepath.Join(dir, name), data)
		}
	}
	writeFile(t, filepath.Join(dir, "fleet.twin."+ext), src)
	c, loaded := Load(dir, o)
	diags := c.Check()
	if loaded.HasErrors() && !diags.HasErrors() {
		t.Errorf("got errors from Load that Check does not repeat: %v", loaded)
	}
	var b bytes.Buffer
	if err := WriteDiagnostics(&b, c.Files(), diags, 0, false); err != nil {
		t.Fatal(err)
	}
	for _, d := range diags {
		summaries = append(summaries, d.Summary)
	}
	slices.Sort(summaries)
	if diags.HasErrors() {
		return "", summaries, b.String()
	}
	return objectLines(t, c), summaries, b.String()
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// objectLines writes the objects in order of address, without places, which
// differ by syntax.
func objectLines(t *testing.T, c *Config) string {
	t.Helper()
	var list []schema.Object
	for o, err := range c.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	var b strings.Builder
	for _, o := range list {
		line, err := json.Marshal(struct {
			Name      string
			Addr      string
			Doc       schema.Doc
			Initial   schema.Doc        `json:",omitempty"`
			Secrets   []schema.Secret   `json:",omitempty"`
			Lifecycle *schema.Lifecycle `json:",omitempty"`
		}{o.Origin.Name, o.Addr.String(), o.Doc, o.Initial, o.Secrets, o.Lifecycle})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func rewrite(t *testing.T, path string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want.") })
	for _, name := range []string{"want.ndjson", "want.hcl.diag", "want.yaml.diag", "want.json.diag"} {
		if text, ok := got[name]; ok {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// diagnosticText is what a person sees.
func diagnosticText(t *testing.T, files map[string]*hcl.File, diags hcl.Diagnostics) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteDiagnostics(&b, files, diags, 0, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
