package testfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const project = `
project "p" {}
environment "dev" { hub = "emulator" }
variable "n" {
  type    = number
  default = 1
  validation {
    condition     = var.n > 0
    error_message = "Too few."
  }
}
variable "any" { default = null }
variable "pin" {
  default   = "0000"
  sensitive = true
}
locals { many = range(5) }
device "d" {
  for_each = { for i in range(var.n) : "d${i}" => i }
  tags     = { i = each.value }
}
`

// write makes a project with one test file and loads the test.
func write(t *testing.T, name, src string) (dir string, set *Set, diags config.Diagnostics) {
	t.Helper()
	dir = t.TempDir()
	for file, text := range map[string]string{"p.twin.hcl": project, name: src} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, diags = Load(dir, []string{name})
	return dir, set, diags
}

// judge evaluates a run and judges it without a plan.
func judge(t *testing.T, dir string, r *Run) []string {
	t.Helper()
	p, failures, err := r.Evaluate(dir, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Judge(p, Facts{Objects: p.Objects}, failures)
	if err != nil {
		t.Fatal(err)
	}
	return lines(v.Failures)
}

func lines(diags config.Diagnostics) []string {
	var list []string
	for _, d := range diags {
		place := ""
		if d.Subject != nil {
			place = d.Subject.String() + ": "
		}
		list = append(list, place+d.Summary+": "+d.Detail)
	}
	return list
}

func TestIsTestFile(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a.twintest.hcl": true, "a.twintest.yaml": true, "a.twintest.yml": true, "a.twintest.json": true,
		".twintest.hcl": false, ".a.twintest.hcl": false, "a.twin.hcl": false, "a.twintest.hcl.bak": false,
	} {
		if got := IsTestFile(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// The three syntaxes say the same.
func TestSyntaxes(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"a.twintest.hcl": `
variables { n = 2 }
seed {
  device "x" {
    status  = "disabled"
    tags    = { a = 1 }
    desired = { b = [true] }
    owner   = "o/dev"
    module "m" {}
  }
}
run "first" {
  command   = plan
  variables = { any = { k = ["v"] } }
  plan_options {
    adopt         = true
    allow_deletes = 3
    targets       = ["device.d"]
  }
  seed {
    device "y" {}
  }
  assert {
    condition     = var.any.k[0] == "v" && length(objects) == 2
    error_message = "no"
  }
}
run "second" {
  environment     = "dev"
  expect_failures = ["var.n"]
}
`,
		"a.twintest.yaml": `
variables: {n: 2}
seed:
  device:
    x:
      status: disabled
      tags: {a: 1}
      desired: {b: [true]}
      owner: o/dev
      module: {m: {}}
run:
  first:
    command: plan
    variables: {any: {k: [v]}}
    plan_options: {adopt: true, allow_deletes: 3, targets: [device.d]}
    seed: {device: {y: {}}}
    assert:
      condition: ${var.any.k[0] == "v" && length(objects) == 2}
      error_message: no
  second:
    environment: dev
    expect_failures: [var.n]
`,
		"a.twintest.json": `{"variables": {"n": 2},
"seed": {"device": {"x": {"status": "disabled", "tags": {"a": 1}, "desired": {"b": [true]}, "owner": "o/dev", "module": {"m": {}}}}},
"run": {"first": {"command": "plan", "variables": {"any": {"k": ["v"]}},
  "plan_options": {"adopt": true, "allow_deletes": 3, "targets": ["device.d"]}, "seed": {"device": {"y": {}}},
  "assert": {"condition": "${var.any.k[0] == \"v\" && length(objects) == 2}", "error_message": "no"}},
 "second": {"environment": "dev", "expect_failures": ["var.n"]}}}`,
	} {
		t.Run(filepath.Ext(name), func(t *testing.T) {
			t.Parallel()
			dir, set, diags := write(t, name, src)
			if len(diags) > 0 {
				t.Fatal(lines(diags))
			}
			want := &File{
				Name: name,
				Seed: []Twin{
					{
						Addr: schema.DeviceAddress("x"), Status: "disabled", Desired: schema.Doc(`{"b":[true]}`),
						Tags: schema.Doc(`{"a":1,"twinset":{"o/dev":{"c":true,"d":"b","h":"HASH","i":"status","t":"a","v":1}}}`),
					},
					{Addr: schema.ModuleAddress("x", "m")},
				},
				Runs: []*Run{
					{
						Name: "first", Command: Plan, Fresh: true, Seed: []Twin{{Addr: schema.DeviceAddress("y"), Status: "enabled"}},
						Options: Options{Adopt: true, AllowDeletes: 3, Targets: []string{"device.d"}},
					},
					{Name: "second", Command: Apply, Environment: "dev"},
				},
			}
			if diff := cmp.Diff(want, set.Files[0], cmpopts.IgnoreUnexported(Run{}, Twin{}), cmp.Comparer(equalButHash)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got := judge(t, dir, set.Files[0].Runs[0]); len(got) > 0 {
				t.Errorf("got %q, want no failure", got)
			}
		})
	}
}

// equalButHash compares documents whose digest is another package's matter.
func equalButHash(a, b schema.Doc) bool {
	before, after, ok := strings.Cut(string(a), "HASH")
	if !ok {
		return string(a) == string(b) || strings.Contains(string(b), "HASH") && equalButHash(b, a)
	}
	return strings.HasPrefix(string(b), before) && strings.HasSuffix(string(b), after)
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	assertion := `assert { 
condition = true 
error_message = "x" 
}`
	for _, tt := range []struct{ name, src, want string }{
		{"no run", ``, `No runs`},
		{"no assertion", `run "a" { command = evaluate }`, `Nothing to test`},
		{"command", "run \"a\" {\ncommand = aply\n}", `not "aply". Did you mean "apply"?`},
		{"twice", `run "a" {}` + "\n" + `run "a" {}`, `Duplicate run`},
		{"seed without hub", "run \"a\" {\ncommand = evaluate\nseed {}\n" + assertion + "\n}", `Hub in a run without one`},
		{"options without hub", "run \"a\" {\ncommand = evaluate\nplan_options {}\n" + assertion + "\n}", `Hub in a run without one`},
		{"options twice", "run \"a\" {\nplan_options {}\nplan_options {}\n}", `only one plan_options`},
		{"plan without plan", "run \"a\" {\ncommand = evaluate\nassert {\ncondition = plan.create == 0\nerror_message = \"\"\n}\n}", `No plan in this run`},
		{"hub without apply", "run \"a\" {\ncommand = plan\nassert {\ncondition = length(hub) == 0\nerror_message = \"\"\n}\n}", `No hub in this run`},
		{"name", "run \"a\" {\nassert {\ncondition = object == 0\nerror_message = \"\"\n}\n}", `Did you mean "objects"?`},
		{"variables no object", "run \"a\" {\nvariables = 1\n}", `a value for each variable`},
		{"variable twice", "run \"a\" {\nvariables = { n = 1 }\nvariables { n = 1 }\n}", `Duplicate variable`},
		{"variable name", "run \"a\" {\nvariables = { \"a b\" = 1 }\n}", `is not the name of a variable`},
		{"secret", "run \"a\" {\nvariables = { n = secret(\"env://X\") }\n}", `Secret in a test`},
		{"seed twice", "seed {\ndevice \"x\" {}\n}\nseed {\ndevice \"x\" {}\n}\nrun \"a\" {}", `Duplicate seed`},
		{"seed for_each", "seed {\ndevice \"x\" { for_each = [\"a\"] }\n}\nrun \"a\" {}", `Invalid for_each`},
		{"seed each", "seed {\ndevice \"x\" {\nfor_each = toset([\"a\", \"b\"])\ntags = { a = each.valu }\n}\n}\nrun \"a\" {}", `Unsupported attribute`},
		{"seed auth", "seed {\ndevice \"x\" {\nauth { type = \"x509_thumbprint\" }\n}\n}\nrun \"a\" {}", `Missing thumbprint`},
		{"seed auth twice", "seed {\ndevice \"x\" {\nauth { type = \"sas\" }\nauth { type = \"sas\" }\n}\n}\nrun \"a\" {}", `only one auth block`},
		{"seed reported", "seed {\ndevice \"x\" { reported = 1 }\n}\nrun \"a\" {}", `Incorrect value type`},
		{"expectation", "run \"a\" { expect_failures = [1 + {}] }", `Invalid operand`},
		{"seed id", "seed {\ndevice \"x y\" {}\n}\nrun \"a\" {}", `Invalid id`},
		{"seed owner", "seed {\ndevice \"x\" { owner = \"a.b\" }\n}\nrun \"a\" {}", `device.x cannot be on a hub: owner "a.b" must not`},
		{"seed mark", "seed {\ndevice \"x\" { tags = { twinset = {} } }\n}\nrun \"a\" {}", `Reserved tag`},
		{"seed file outside", "seed { file = \"../x\" }\nrun \"a\" {}", `leads out of the project`},
		{"seed file no twin", "seed { file = \"p.twin.hcl\" }\nrun \"a\" {}", `p.twin.hcl: line 2: it is not a twin in JSON`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, diags := write(t, "a.twintest.hcl", tt.src)
			if got := lines(diags); len(got) != 1 || !strings.Contains(got[0], tt.want) {
				t.Errorf("got %q, want only %q", got, tt.want)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, src string
		want      []string // parts of the failures
	}{
		{"holds", `variables { n = 3 }
assert {
  condition = length(objects) == 3 && objects["device.d[\"d2\"]"].tags.i == 2 && objects["device.d[\"d0\"]"].auth == null
  error_message = ""
}`, nil},
		{"both sides", `assert {
  condition = length(objects) > var.n + 1
  error_message = "${length(objects)} is few"
}`, []string{"1 is few\n\n  length(objects) is 1\n  var.n + 1 is 2"}},
		{"types", `assert {
  condition = tolist(["a"]) == ["a"]
  error_message = "."
}`, []string{"the sides are of different types, list of string and tuple, and so never equal: convert one, as with tolist()"}},
		{"members", `variables { n = 6 }
assert {
  condition = alltrue([for k, o in objects : o.tags.i < 2 if o.id != "d5"])
  error_message = "."
}`, []string{"  for \"device.d[\\\"d2\\\"]\":\n    o.tags.i is 2\n  for \"device.d[\\\"d3\\\"]\":\n    o.tags.i is 3\n  for \"device.d[\\\"d4\\\"]\":\n    o.tags.i is 4"}},
		{"sensitive", `assert {
  condition = var.pin == "1234"
  error_message = "pin ${var.pin}"
}`, []string{"(sensitive value)\n\n  var.pin is (sensitive value)"}},
		{"absent attribute", `assert {
  condition = objects["device.d[\"d0\"]"].tag.i == 1
  error_message = "."
}`, []string{`has no "tag". Did you mean "tags"?`}},
		{"no bool", `assert {
  condition = 1
  error_message = "."
}`, []string{"its value is of type number"}},
		{"wrong value", `variables { n = "x" }`, []string{`a.twintest.hcl:3,17-20: Invalid value for variable`}},
		{"undeclared", `variables { nn = 1 }`, []string{`a.twintest.hcl:3,13-15: Value for undeclared variable: No variable is named "nn", but a.twintest.hcl gives`}},
		{"expected by reference", `variables { n = 0 }
expect_failures = [var.n]`, nil},
		{"expected by address", `variables { n = 0 }
expect_failures = ["var.n"]`, nil},
		{"expected by summary", `variables { n = 0 }
expect_failures = ["Invalid value for variable"]`, nil},
		{"expected another", `variables { n = 0 }
expect_failures = ["var.no"]`, []string{"Too few.", `The run expects a failure "var.no", by its summary or by an address. What failed:` + "\n  Invalid value for variable"}},
		{"environment", `environment = "prod"
expect_failures = ["Unknown environment"]`, nil},
		{"null and templates", `variables { any = { a = null, b = "$${x} %%{y}" } }
assert {
  condition = var.any.a == null && var.any.b == "$${x} %%{y}"
  error_message = "."
}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src := tt.src
			if !strings.Contains(src, "assert {") && !strings.Contains(src, "expect_failures") {
				src += "\nexpect_failures = []"
			}
			dir, set, diags := write(t, "a.twintest.hcl", "run \"r\" {\ncommand = evaluate\n"+src+"\n}\n")
			if len(diags) > 0 {
				t.Fatal(lines(diags))
			}
			got := judge(t, dir, set.Files[0].Runs[0])
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i := range got {
				if !strings.Contains(got[i], tt.want[i]) {
					t.Errorf("got %s\nwant %s", got[i], tt.want[i])
				}
			}
		})
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, address string
		want          bool
	}{
		{`In device.a["x"] (each.key = "x").`, "device.a", true},
		{`In device.a["x"].`, `device.a["x"]`, true},
		{"device.a.module.m", "device.a", true},
		{"device.ab and device.a", "device.a", true},
		{"device.ab", "device.a", false},
		{"my-device.a", "device.a", false},
		{"x.device.a", "device.a", false},
		{"", "device.a", false},
	} {
		if got := mentions(tt.text, tt.address); got != tt.want {
			t.Errorf("%q in %q: got %v, want %v", tt.address, tt.text, got, tt.want)
		}
	}
}

// A plan is refused by its changes, or else as a whole.
func TestRefusals(t *testing.T) {
	t.Parallel()
	r := &Run{}
	refused := plan.Change{Addr: schema.DeviceAddress("x"), Notices: []plan.Notice{{Text: "note"}, {Refusal: true, Text: "foreign"}}}
	for _, tt := range []struct {
		name string
		plan PlanFacts
		want []string
	}{
		{"change", PlanFacts{Summary: plan.Summary{Refused: []string{"1 of the changes"}}, Changes: []plan.Change{refused}}, []string{"Plan refused: device.x: foreign"}},
		{"whole", PlanFacts{Summary: plan.Summary{Refused: []string{"too many"}}}, []string{"Plan refused: too many"}},
		{"none", PlanFacts{}, nil},
	} {
		var got []string
		for _, f := range r.Refusals(tt.plan) {
			got = append(got, lines(config.Diagnostics{f.diag})...)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

// A line that a device and an undeclared object share is kept for both.
func TestPlanValueKeepsBoth(t *testing.T) {
	t.Parallel()
	p := PlanFacts{Changes: []plan.Change{
		{Action: plan.Create, Addr: schema.DeviceAddress("b"), Origin: schema.Origin{Name: "device.a"}, Leaves: []plan.Leaf{{Path: schema.Path{"auth", "primary_key"}, Secret: "env://K"}}},
		{Action: plan.Delete, Addr: schema.DeviceAddress("a")},
	}}
	v, err := p.value()
	if err != nil {
		t.Fatal(err)
	}
	changes := v.GetAttr("changes")
	if got := changes.GetAttr("device.a (on the hub)").GetAttr("action").AsString(); got != "delete" {
		t.Errorf("got %s, want delete", got)
	}
	leaf := changes.GetAttr("device.a").GetAttr("leaves").GetAttr("auth.primary_key")
	if got := leaf.GetAttr("secret").AsString(); got != "env://K" || !leaf.GetAttr("after").IsNull() {
		t.Errorf("got %s, %v, want the reference and no value", got, leaf.GetAttr("after"))
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("a.twintest.hcl", "run \"a\" {\nassert {\ncondition = objects == 1\nerror_message = \"\"\n}\n}")
	f.Add("a.twintest.yaml", "run: {a: {variables: {n: 1}, seed: {device: {x: {tags: {a: 1}}}}}}")
	f.Add("a.twintest.json", `{"run": {"a": {"expect_failures": ["x"]}}}`)
	f.Fuzz(func(t *testing.T, name, src string) {
		if !IsTestFile(name) || filepath.Base(name) != name || strings.ContainsRune(name, 0) || len(name) > 200 {
			return
		}
		_, set, diags := write(t, name, src)
		if set == nil || !diags.HasErrors() && len(set.Files) != 1 {
			t.Errorf("got %d files without an error", len(set.Files))
		}
		for _, d := range diags {
			if d.Subject != nil && d.Subject.End.Byte > len(src) {
				t.Errorf("%s is outside of the file", d.Subject)
			}
		}
	})
}
