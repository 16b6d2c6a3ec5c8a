package testfile

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/twinset/twinset/internal/config"
)

// Every row says what it is for, and has a type that editors can be told.
func TestGrammarIsDocumented(t *testing.T) {
	t.Parallel()
	var visit func(path string, d *config.BlockDef)
	visit = func(path string, d *config.BlockDef) {
		if d.Doc == "" && d != fileBlock {
			t.Errorf("block %s has no documentation", path)
		}
		for _, a := range d.Args {
			if a.Doc == "" || a.Type == "" {
				t.Errorf("argument %s.%s has no documentation or no type", path, a.Name)
			}
		}
		for _, b := range d.Blocks {
			visit(path+"."+b.Type, b)
		}
	}
	visit("", fileBlock)
}

func TestJSONSchema(t *testing.T) {
	t.Parallel()
	text, err := JSONSchema()
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
	for _, tt := range []struct {
		name, text string
		valid      bool
	}{
		{"run", "run: {a: {command: plan, assert: {condition: '${true}', error_message: x}}}", true},
		{"variables", "environment: dev\nvariables: {sites: [a]}\nrun: {a: {variables: '${var.x}', expect_failures: [var.x]}}", true},
		{"seeds", "seed: [{file: hub.ndjson}, {device: {a: {owner: f/dev, module: {m: {desired: {n: 3}}}}}}]\nrun: {a: {plan_options: {allow_deletes: 3}}}", true},
		{"every sample of the chapter", chapterSamples(t), true},
		{"unknown command", "run: {a: {command: destroy}}", false},
		{"condition without a message", "run: {a: {assert: {condition: true}}}", false},
		{"variables as text", "variables: text", false},
		{"unknown argument of a seed", "seed: {device: {d: {auth: x}}}", false},
		{"run without a name", "run: [{command: plan}]", false},
	} {
		var v any
		if err := yaml.Unmarshal([]byte(tt.text), &v); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if err := s.Validate(v); (err == nil) != tt.valid {
			t.Errorf("%s: got %v, want valid %v", tt.name, err, tt.valid)
		}
	}
}

// chapterSamples is the YAML that the chapter about tests shows, one file.
func chapterSamples(t *testing.T) string {
	t.Helper()
	chapter, err := os.ReadFile("../../../docs/language/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?ms)^```yaml file=\\S+twintest.yaml\n(.*?)^```$").FindSubmatch(chapter)
	if found == nil {
		t.Fatal("the chapter shows no test file in YAML")
	}
	return string(found[1])
}
