package archtest

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const fixtureTable = `
# a comment
*          |                          | example.com/testing | test libraries have reasons
model      | !os !net                 |                     | ask the caller
model/deep |                          |                     | stay small
engine     | model example.com/heavy  | tool                | use model
tool       |                          |                     | stay small
`

func parse(t *testing.T, text string) table {
	t.Helper()
	rules, err := readTable(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// scan reads the sources of a module whose files are given as path and text.
func scan(t *testing.T, files map[string]string) []source {
	t.Helper()
	fsys := fstest.MapFS{}
	for path, text := range files {
		fsys[path] = &fstest.MapFile{Data: []byte(text)}
	}
	sources, err := readSources(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func TestCheckImports(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path, imports string
		want                []string
	}{
		{name: "standard library", path: "model/a.go", imports: `"bytes"`},
		{name: "what the row allows", path: "engine/a.go", imports: `"m.test/model"`},
		{name: "a package of an allowed module", path: "engine/a.go", imports: `"example.com/heavy/part"`},
		{
			name: "banned standard library", path: "model/a.go", imports: `"os"`,
			want: []string{"model/a.go: package model must not import os: ask the caller"},
		},
		{
			name: "below a banned path", path: "model/a.go", imports: `"net/http"`,
			want: []string{"model/a.go: package model must not import net/http: ask the caller"},
		},
		{
			name: "against the direction", path: "model/a.go", imports: `"m.test/engine"`,
			want: []string{"model/a.go: package model must not import engine: ask the caller"},
		},
		{
			name: "a package below an allowed one is another package", path: "engine/a.go", imports: `"m.test/model/deep"`,
			want: []string{"engine/a.go: package engine must not import model/deep: use model"},
		},
		{
			name: "heavy library away from home", path: "tool/a.go", imports: `"example.com/heavy"`,
			want: []string{"tool/a.go: package tool must not import example.com/heavy: stay small (example.com/heavy is at home in engine)"},
		},
		{
			name: "a module with the same beginning", path: "engine/a.go", imports: `"example.com/heavyweight"`,
			want: []string{"engine/a.go: package engine must not import example.com/heavyweight: use model"},
		},
		{
			name: "test library outside tests", path: "engine/a.go", imports: `"example.com/testing"`,
			want: []string{"engine/a.go: package engine must not import example.com/testing: use model"},
		},
		{name: "test library", path: "model/a_test.go", imports: `"example.com/testing"`},
		{name: "tests may use what is banned", path: "model/a_test.go", imports: `"os"`},
		{name: "what a row adds for tests", path: "engine/a_test.go", imports: `"m.test/tool"`},
		{name: "an external test imports its package", path: "tool/a_test.go", imports: `"m.test/tool"`},
		{
			name: "tests do not turn the direction", path: "tool/a_test.go", imports: `"m.test/engine"`,
			want: []string{"tool/a_test.go: package tool must not import engine: stay small"},
		},
	}
	rules := parse(t, fixtureTable)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sources := scan(t, map[string]string{tt.path: "package x\n\nimport " + tt.imports + "\n"})
			if d := cmp.Diff(tt.want, checkImports("m.test", rules, sources)); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
		})
	}
}

func TestCheckListed(t *testing.T) {
	t.Parallel()
	sources := scan(t, map[string]string{
		"model/a.go":          "package model\n",
		"model/deep/a.go":     "package deep\n",
		"tool/a.go":           "package tool\n",
		"new/a.go":            "package new\n",
		"new/b.go":            "package new\n",
		"new/testdata/x/a.go": "package x\n",
		"other/go.mod":        "module other\n",
		"other/a.go":          "package other\n",
		".cache/a.go":         "package cache\n",
	})
	want := []string{
		"arch.txt has a row for engine, which does not exist: remove it",
		"package new has no row in arch.txt: say what it may import, and why nothing else",
	}
	if d := cmp.Diff(want, checkListed(parse(t, fixtureTable), sources)); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
}

func TestCheckDocs(t *testing.T) {
	t.Parallel()
	sources := scan(t, map[string]string{
		"good/doc.go":         "// Package good is good.\npackage good\n",
		"good/a.go":           "package good\n",
		"command/main.go":     "// Twinset does things.\npackage main\n",
		"none/a.go":           "package none\n",
		"none/a_test.go":      "// Package none is documented in the wrong place.\npackage none\n",
		"twice/a.go":          "// Package twice is one.\npackage twice\n",
		"twice/b.go":          "// Package twice is two.\npackage twice\n",
		"name/a.go":           "// Package other is a copy.\npackage name\n",
		"onlytests/a_test.go": "package onlytests\n",
	})
	want := []string{
		`name/a.go: the package doc must begin "Package name "`,
		"package none has no package doc: say in doc.go what it is for and what it must not know",
		"package twice has a package doc in twice/a.go and in twice/b.go: keep one",
	}
	if d := cmp.Diff(want, checkDocs(sources)); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
}

func TestCheckSizes(t *testing.T) {
	t.Parallel()
	long := "package x\n" + strings.Repeat("\n", maxLines)
	sources := scan(t, map[string]string{
		"x/limit.go":     long[:len(long)-1],
		"x/long.go":      long,
		"x/known.go":     long,
		"x/long_test.go": long,
		"x/generated.go": "// Code generated by a tool. DO NOT EDIT.\n" + long,
	})
	allowed := map[string]string{"x/known.go": "one flat switch", "x/gone.go": "was long"}
	want := []string{
		"x/gone.go needs no exception from the size limit any more: remove it",
		"x/long.go has 401 lines, the limit is 400: find its second job and give it a file",
	}
	if d := cmp.Diff(want, checkSizes(sources, allowed)); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
}

func TestReadTableErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"columns", "# ok\nmodel | bytes", "line 2: got 2 columns, want 4: package | imports | in tests | why"},
		{"two rows", "a| | |x\na| | |y", "line 2: package a has two rows"},
		{"no reason", "a| | |", "line 1: package a has no reason"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := readTable(strings.NewReader(tt.text))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestUnreadableSource(t *testing.T) {
	t.Parallel()
	_, err := readSources(fstest.MapFS{"a/a.go": {Data: []byte("not Go")}})
	if err == nil || !strings.Contains(err.Error(), "parse a/a.go") {
		t.Errorf("got error %v, want one naming the file", err)
	}
}
