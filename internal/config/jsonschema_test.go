package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"
)

// compiled is a schema text, checked against the meta-schema of its draft.
func compiled(t *testing.T, text []byte, err error) *jsonschema.Schema {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func configSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := JSONSchema()
	return compiled(t, text, err)
}

// documents are the values that a YAML or JSON file holds, as an editor sees them.
func documents(t *testing.T, text string) []any {
	t.Helper()
	if v, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
		return []any{v}
	}
	var list []any
	for d := yaml.NewDecoder(strings.NewReader(text)); ; {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, withoutDates(v))
	}
}

// withoutDates undoes yaml.v3's reading of dates, which are strings to editors
// and to us.
func withoutDates(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case []any:
		for i := range v {
			v[i] = withoutDates(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withoutDates(v[k])
		}
	}
	return v
}

func problem(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	for _, doc := range documents(t, text) {
		if err := s.Validate(doc); err != nil {
			return err
		}
	}
	return nil
}

// What the decoder accepts is valid: every good case of the corpus, in both
// syntaxes.
func TestJSONSchemaAcceptsCorpus(t *testing.T) {
	t.Parallel()
	s := configSchema(t)
	cases, err := filepath.Glob("testdata/parity/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, path := range cases {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want.ndjson" }) {
			continue
		}
		for _, f := range archive.Files {
			if f.Name != "in.yaml" && f.Name != "in.json" {
				continue
			}
			checked++
			if err := problem(t, s, string(f.Data)); err != nil {
				t.Errorf("%s of %s: %v", f.Name, path, err)
			}
		}
	}
	if checked < 20 {
		t.Errorf("got %d files of good cases, want at least 20", checked)
	}
}

func TestJSONSchemaAcceptsExamples(t *testing.T) {
	t.Parallel()
	s := configSchema(t)
	checked := 0
	err := filepath.WalkDir("../../examples", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !IsConfigFile(e.Name()) || filepath.Ext(path) == ".hcl" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		checked++
		if err := problem(t, s, string(text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil || checked == 0 {
		t.Errorf("got %d examples, %v", checked, err)
	}
}

func TestJSONSchema(t *testing.T) {
	t.Parallel()
	s := configSchema(t)
	for _, tt := range []struct {
		name, text string
		valid      bool
	}{
		{"empty file", "", true},
		{"null document", "~", true},
		{"null body", "device: {d: }", true},
		{"sequence of bodies", "variable: {v: {validation: [{condition: '${true}', error_message: x}, {condition: true, error_message: y}]}}", true},
		{"expression for a number", "environment: {e: {hub: emulator, parallelism: '${1 + 1}'}}", true},
		{"directive in a string", "device: {d: {status: '%{ if true }enabled%{ endif }'}}", true},
		{"number in a string", "environment: {e: {hub: emulator, parallelism: '4'}}", true},
		{"number for a string", "device: {d: {id: 17}}", true},
		{"null argument", "device: {d: {status: null, tags: null}}", true},
		{"ignored keys", "x-anchors: [1]\n//: note\ndevice: {x-template: 5, //: note, d: {x-note: 1, //: note}}", true},
		{"type as source text", "variable: {v: {type: 'list(object({a = string}))'}}", true},
		{"anything as a default", "variable: {a: {default: 1}, b: {default: [x]}, c: {default: null}}", true},
		{"anything in locals", "locals: {a: 1, b: {c: [~]}}", true},

		{"unknown block", "devices: {d: }", false},
		{"unknown argument", "device: {d: {tag: {a: 1}}}", false},
		{"unknown argument of a nested block", "device: {d: {module: {m: {auth: {type: sas, key: x}}}}}", false},
		{"block without its label", "device: [{id: d}]", false},
		{"null for labels", "device:", false},
		{"scalar for a body", "device: {d: yes}", false},
		{"sequence in a sequence", "locals: [[{a: 1}]]", false},
		{"scalar document", "text", false},
		{"sequence document", "- device", false},
		{"missing argument", "environment: {e: {protect: true}}", false},
		{"null for a required argument", "environment: {e: {hub: null}}", false},
		{"text for a number", "environment: {e: {hub: emulator, parallelism: many}}", false},
		{"old word for a boolean", "environment: {e: {hub: emulator, protect: yes}}", false},
		{"text for a list", "device: {d: {profiles: sensor}}", false},
		{"list for an object", "device: {d: {tags: [a]}}", false},
		{"text for an object", "device: {d: {desired: a}}", false},
		{"object in a list", "device: {d: {profiles: [{a: 1}]}}", false},
		{"value that cannot be", "device: {d: {status: on}}", false},
		{"two single blocks", "device: {d: {auth: [{type: sas}, {type: sas}]}}", false},
		{"type that is none", "variable: {v: {type: text}}", false},
		{"type as an expression", "variable: {v: {type: '${list(string)}'}}", false},
	} {
		if err := problem(t, s, tt.text); (err == nil) != tt.valid {
			t.Errorf("%s: got %v, want valid %v", tt.name, err, tt.valid)
		}
	}
}

// Every row has its place: what is reserved is refused, with the reason; the rest
// says what it is for.
func TestJSONSchemaHoldsEveryRow(t *testing.T) {
	t.Parallel()
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var root jsonSchema
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	described := func(what string, s *jsonSchema, doc string) {
		switch {
		case s == nil:
			t.Errorf("%s is missing", what)
		case !strings.HasPrefix(s.Description, doc):
			t.Errorf("%s: got the description %q, want %q", what, s.Description, doc)
		}
	}
	known := map[string]bool{}
	for _, name := range []string{"string", "number", "bool", "list", "object", "type", "address", "any"} {
		known[name] = true
	}
	done := map[*blockDef]bool{}
	var visit func(path string, d *blockDef, s *jsonSchema)
	visit = func(path string, d *blockDef, s *jsonSchema) {
		done[d] = true
		for _, a := range d.Args {
			described(path+"."+a.Name, s.Properties[a.Name], a.Doc)
			if !known[a.Type] {
				t.Errorf("%s.%s: the type %q has no schema", path, a.Name, a.Type)
			}
		}
		for _, b := range d.Blocks {
			described(path+"."+b.Type, s.Properties[b.Type], b.Doc)
			def := root.Defs[b.Type]
			if qualified := root.Defs[d.Type+"."+b.Type]; qualified != nil {
				def = qualified
			}
			if done[b] {
				continue
			}
			if def == nil {
				t.Errorf("%s.%s has no definition", path, b.Type)
				continue
			}
			visit(path+"."+b.Type, b, def)
		}
	}
	visit("", fileDef, &root)
}
