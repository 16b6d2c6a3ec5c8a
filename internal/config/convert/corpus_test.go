package convert

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/schema"
)

var syntaxes = []Syntax{HCL, YAML, JSON}

// project is a configuration in one file, beside the files that it reads.
type project struct {
	source  File
	files   map[string][]byte
	options config.Options
}

// Every file that the tests of the language read is converted to each syntax,
// from there to each syntax, and evaluates to the same objects all the way.
func TestCorpusKeepsItsObjects(t *testing.T) {
	t.Parallel()
	for name, p := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := p.objects(t, p.source)
			for _, via := range syntaxes {
				first := p.convert(t, p.source, via)
				if diff := cmp.Diff(want, p.objects(t, first)); diff != "" {
					t.Errorf("as %s other objects (-source +output):\n%s\n%s", via, diff, first.Bytes)
				}
				for _, to := range syntaxes {
					second := p.convert(t, first, to)
					if diff := cmp.Diff(want, p.objects(t, second)); diff != "" {
						t.Errorf("as %s, then %s, other objects (-source +output):\n%s\n%s", via, to, diff, second.Bytes)
					}
				}
			}
		})
	}
}

// A converted file is canonical: there and back again gives its bytes.
func TestCorpusIsStable(t *testing.T) {
	t.Parallel()
	for name, p := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, from := range []Syntax{HCL, YAML} {
				to := HCL
				if from == HCL {
					to = YAML
				}
				once := p.convert(t, p.convert(t, p.convert(t, p.source, from), to), from)
				again := p.convert(t, p.convert(t, once, to), from)
				if diff := cmp.Diff(string(once.Bytes), string(again.Bytes)); diff != "" {
					t.Errorf("%s by way of %s and back differs (-first +second):\n%s", from, to, diff)
				}
			}
			once := p.convert(t, p.source, JSON)
			if again := p.convert(t, p.convert(t, once, YAML), JSON); !bytes.Equal(once.Bytes, again.Bytes) {
				t.Errorf("json by way of yaml and back differs (-first +second):\n%s", cmp.Diff(string(once.Bytes), string(again.Bytes)))
			}
		})
	}
}

// corpus lists the good cases of the parity tests, and the examples.
func corpus(t *testing.T) map[string]project {
	t.Helper()
	list := map[string]project{}
	cases, err := filepath.Glob("../testdata/parity/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("got no cases (%v)", err)
	}
	for _, path := range cases {
		addCase(t, list, path)
	}
	examples, err := filepath.Glob("../../../examples/*/*.twin.*")
	if err != nil || len(examples) == 0 {
		t.Fatalf("got no examples (%v)", err)
	}
	for _, path := range examples {
		p := project{files: map[string][]byte{}, source: File{Name: filepath.Base(path), Bytes: readFile(t, path)}}
		dir := filepath.Dir(path)
		siblings, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		siblings = append(siblings, mustGlob(t, filepath.Join(dir, "*", "*"))...)
		for _, s := range siblings {
			if info, err := os.Stat(s); err == nil && info.Mode().IsRegular() && s != path {
				p.files[strings.TrimPrefix(s, dir+"/")] = readFile(t, s)
			}
		}
		list[filepath.Base(dir)+"/"+filepath.Base(path)] = p
	}
	return list
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// addCase adds each syntax of a case, unless evaluating it is an error.
func addCase(t *testing.T, list map[string]project, path string) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := project{files: map[string][]byte{}}
	var sources []File
	for _, f := range archive.Files {
		switch {
		case f.Name == "options.json":
			if err := json.Unmarshal(f.Data, &p.options); err != nil {
				t.Fatal(err)
			}
		case strings.HasPrefix(f.Name, "in."):
			sources = append(sources, File{"fleet.twin." + strings.TrimPrefix(f.Name, "in."), f.Data})
		case !strings.HasPrefix(f.Name, "want."):
			p.files[f.Name] = f.Data
		}
	}
	for _, s := range sources {
		p.source = s
		if p.objects(t, s) != "" {
			list[strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+s.Name] = p
		}
	}
}

func (p project) convert(t *testing.T, f File, to Syntax) File {
	t.Helper()
	out, diags := Convert([]File{f}, to)
	if diags.HasErrors() {
		t.Fatalf("%s to %s: %v\n%s", f.Name, to, diags, f.Bytes)
	}
	base, _, _ := strings.Cut(f.Name, ".")
	return File{base + ".twin." + string(to), out}
}

// objects evaluates the project with a source; empty when it has errors.
func (p project) objects(t *testing.T, source File) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range p.files {
		writeFile(t, filepath.Join(dir, name), data)
	}
	writeFile(t, filepath.Join(dir, source.Name), source.Bytes)
	c, diags := config.Load(dir, p.options)
	if diags.HasErrors() || c.Check().HasErrors() {
		return ""
	}
	var lines []string
	for o, err := range c.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		o.Origin = schema.Origin{Name: o.Origin.Name}
		line, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	slices.Sort(lines)
	return "objects:\n" + strings.Join(lines, "\n")
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
