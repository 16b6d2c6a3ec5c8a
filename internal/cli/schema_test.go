package cli

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// printed is a schema as the command prints it, checked against its meta-schema.
func printed(t *testing.T, of string) *jsonschema.Schema {
	t.Helper()
	env, out, errs := testEnv("schema", "--of", of)
	if code := Run(t.Context(), env); code != exitOK {
		t.Fatalf("schema --of %s: exit code %d, %s", of, code, errs)
	}
	doc, err := jsonschema.UnmarshalJSON(out)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// parts reads parts of all golden files of another package.
func parts(t *testing.T, pattern, name string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	var list []string
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if f.Name == name {
				list = append(list, string(f.Data))
			}
		}
	}
	return list
}

func TestPlanSchemaAcceptsGoldens(t *testing.T) {
	t.Parallel()
	whole, line := printed(t, "plan"), printed(t, "plan-file")
	shown := parts(t, "../render/testdata/*.txtar", "json")
	for _, text := range shown {
		if err := whole.Validate(parsed(t, text)); err != nil {
			t.Errorf("%v in %s", err, text)
		}
	}
	changes := 0
	for _, part := range append(parts(t, "../../plan/testdata/cases/*.txtar", "plan"), parts(t, "../render/testdata/*.txtar", "changes")...) {
		for text := range strings.Lines(part) {
			if !strings.HasPrefix(text, `{"action"`) {
				continue
			}
			changes++
			if err := line.Validate(parsed(t, text)); err != nil {
				t.Errorf("%v in %s", err, text)
			}
		}
	}
	if len(shown) < 4 || changes < 30 {
		t.Errorf("got %d plans and %d changes, want at least 4 and 30", len(shown), changes)
	}
}

// lifeOfProject takes a project through creates, updates, deletes and targets,
// and hands over each plan file and what show --json makes of it.
func lifeOfProject(t *testing.T, visit func(step, file, shown string)) {
	t.Helper()
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		env, out, errs := testEnv(append([]string{"-C", dir}, args...)...)
		env.LookupEnv = func(name string) (string, bool) {
			if name == "THUMBPRINT" {
				return strings.Repeat("ab", 20), true
			}
			return "", false
		}
		if code := Run(t.Context(), env); code != exitOK {
			t.Fatalf("%v: got exit code %d: %s", args, code, errs)
		}
		return out.String()
	}
	const whole = `device "d" {
  auth {
    type               = "x509_thumbprint"
    primary_thumbprint = secret("env://THUMBPRINT")
  }
  tags    = { site = "a" }
  desired = { deep = { list = [1, "x", { y = true }] } }
  module "m" { desired = { n = 1.5 } }
}
device "old" { for_each = toset(["k:1", "k2"]) }`
	for _, step := range []struct {
		name, devices string
		options       []string
	}{
		{"create", whole, nil},
		{"nothing", whole, nil},
		{"update and delete", `device "d" {
  auth { type = "sas" }
  status  = "enabled"
  desired = { deep = null, other = "x" }
}`, nil},
		{"targets", `device "d" { desired = { other = "y" } }`, []string{"--target", "device.d"}},
		{"destroy", "", []string{"--destroy"}},
	} {
		text := "project \"p\" {}\nenvironment \"dev\" { hub = \"emulator\" }\n" + step.devices
		if err := os.WriteFile(filepath.Join(dir, "fleet.twin.hcl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "p.plan")
		run(append([]string{"plan", "--out", file}, step.options...)...)
		visit(step.name, file, run("show", "--json", file))
		run("apply", file)
	}
}

// Plans of real runs are valid, and an unknown member anywhere in them is not.
func TestPlanSchemaIsExact(t *testing.T) {
	t.Parallel()
	whole, line := printed(t, "plan"), printed(t, "plan-file")
	refusals := 0
	exact := func(step string, s *jsonschema.Schema, v any) {
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", step, err)
		}
		everyObject(v, "", func(path string, m map[string]any) {
			m["unknown_member"] = "x"
			refusals++
			if s.Validate(v) == nil {
				t.Errorf("%s: an unknown member of %s is accepted", step, path)
			}
			delete(m, "unknown_member")
		})
	}
	lifeOfProject(t, func(step, file, shown string) {
		exact(step, whole, parsed(t, shown))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(text)) {
			exact(step, line, parsed(t, l))
		}
	})
	if refusals < 50 {
		t.Errorf("got %d objects, want at least 50", refusals)
	}
}

// everyObject visits the objects whose members are fixed: not the values of a
// configuration.
func everyObject(v any, path string, visit func(string, map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			everyObject(item, path, visit)
		}
	case map[string]any:
		visit(path, v)
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains([]string{"before", "after", "before_sensitive", "after_sensitive", "mark", "mark_before", "taken"}, k) {
				everyObject(v[k], path+"."+k, visit)
			}
		}
	}
}

// The definitions name the members of the structs, all of them and no others.
func TestPlanSchemaFollowsStructs(t *testing.T) {
	t.Parallel()
	var root struct {
		Defs map[string]struct {
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.NewDecoder(bytes.NewReader(planDefinitions)).Decode(&root); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"header": plan.Header{}, "change": plan.Change{}, "summary": plan.Summary{}, "counts": plan.Counts{}, "leaf": plan.Leaf{}, "notice": plan.Notice{},
		"address": schema.Address{}, "origin": schema.Origin{}, "etags": schema.ETags{}, "secret": schema.Secret{},
	} {
		var want []string
		for f := range reflect.TypeOf(v).Fields() {
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "" {
				want = append(want, tag)
			}
		}
		got := slices.Sorted(maps.Keys(root.Defs[name].Properties))
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: members differ (-struct +schema):\n%s", name, diff)
		}
	}
}

func TestPlanSchemaRefuses(t *testing.T) {
	t.Parallel()
	line := printed(t, "plan-file")
	for name, text := range map[string]string{
		"another format":            `{"twinset_plan":2,"tool":"x","project":"p","environment":"e","owner":"p/e","hub":"h"}`,
		"unknown action":            `{"action":"replace","address":{"kind":"device","id":"d"}}`,
		"module without its id":     `{"action":"create","address":{"kind":"module","id":"d"}}`,
		"device with a module id":   `{"action":"create","address":{"kind":"device","id":"d","module":"m"}}`,
		"secret with its value":     `{"action":"create","address":{"kind":"device","id":"d"},"leaves":[{"path":"auth.primary_key","after":"x","secret":"env://K"}]}`,
		"digest that is none":       `{"trailer":{"changes":1,"sha256":"x","created":"2026-01-02T03:04:05Z"}}`,
		"time that is none":         `{"trailer":{"changes":1,"sha256":"` + strings.Repeat("0", 64) + `","created":"today"}}`,
		"negative count":            `{"summary":{"counts":{"create":-1,"update":0,"delete":0,"drift":0}}}`,
		"summary without its drift": `{"summary":{"counts":{"create":1,"update":0,"delete":0}}}`,
	} {
		if line.Validate(parsed(t, text)) == nil {
			t.Errorf("%s: is accepted", name)
		}
	}
}

func TestSchemaUsage(t *testing.T) {
	t.Parallel()
	env, _, errs := testEnv("schema", "--of", "hub")
	if code := Run(t.Context(), env); code != exitError || errs.String() != "Error: --of hub: it is one of config, tests, plan, plan-file\n" {
		t.Errorf("got exit code %d, %q", code, errs)
	}
}
