package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

func TestViolations(t *testing.T) {
	t.Parallel()
	const src = `
project "p" {}
policy "even" {
  condition     = parseint(object.id, 10) %% 2 == 0
  error_message = "odd"
  severity      = %q
}
device "d" { for_each = toset(["1", "2", "3"]) }
`
	tests := []struct {
		severity string
		refused  bool
		warnings int
		objects  int
	}{
		{"error", true, 0, 0},
		{"warning", false, 1, 3},
	}
	for _, tt := range tests {
		t.Run(tt.severity, func(t *testing.T) {
			t.Parallel()
			c, diags := Load(project(t, map[string]string{"a.twin.hcl": fmt.Sprintf(src, tt.severity)}), Options{})
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			objects := 0
			for _, err := range c.Objects() {
				if err == nil {
					objects++
				}
			}
			all := c.Check()
			if objects != tt.objects || len(c.Warnings()) != tt.warnings || Refused(all) != tt.refused || len(all) != 1 {
				t.Errorf("got %d objects, %d warnings, refused %v, %d diagnostics; want %+v", objects, len(c.Warnings()), Refused(all), len(all), tt)
			}
			got, ok := ViolationOf(all[0])
			if want := (Violation{Policy: "even", Object: `device.d["1"]`}); !ok || got != want {
				t.Errorf("got violation %+v (%v), want %+v", got, ok, want)
			}
		})
	}
}

func TestRefusedMeansNothingElse(t *testing.T) {
	t.Parallel()
	at := hcl.Range{}
	violated := errorAt(at, "Policy violated", "")
	violated.Extra = Violation{Policy: "p"}
	warning := errorAt(at, "Policy violated", "")
	warning.Severity, warning.Extra = hcl.DiagWarning, Violation{Policy: "p"}
	tests := []struct {
		name string
		list Diagnostics
		want bool
	}{
		{"nothing", nil, false},
		{"a violation", Diagnostics{violated}, true},
		{"a warning", Diagnostics{warning}, false},
		{"both", Diagnostics{warning, violated}, true},
		{"another error", Diagnostics{violated, errorAt(at, "Invalid id", "")}, false},
	}
	for _, tt := range tests {
		if got := Refused(tt.list); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What a policy sees of an object, as it is told in the documents.
func TestPolicySees(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"a.twin.hcl": `
project "p" {}
policy "look" {
  condition     = false
  error_message = jsonencode(object)
  severity      = "warning"
}
device "gw" {
  for_each = { a = 1 }
  id       = "gw-${each.key}"
  edge     = true
  parent   = "gw-0"
  status   = "enabled"
  tags     = { n = null, f = 0.5, big = 4503599627370495 }
  auth {
    type          = "sas"
    primary_key   = secret("env://KEY")
    secondary_key = secret("env://KEY2")
  }
}
`})
	c, _ := Load(dir, Options{})
	diags := c.Check()
	if len(diags) != 1 {
		t.Fatal(diags)
	}
	got, _, _ := strings.Cut(diags[0].Detail, "\n")
	want := `{"address":"device.gw-a","auth":{"type":"sas"},"block":"device.gw[\"a\"]","desired":{},"device_id":"gw-a","edge":true,"id":"gw-a","kind":"device","name":"gw","parent":"gw-0","status":"enabled","status_reason":null,"tags":{"big":4503599627370495,"f":0.5,"n":null}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"a.twin.hcl": `
project "p" {}
variable "t" {
  default   = "hush-hush"
  sensitive = true
}
output "b" {
  value       = [1, upper("x")]
  description = "Two."
}
output "a" {
  value     = { t = var.t }
  sensitive = true
}
`})
	c, diags := Load(dir, Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var got []string
	for _, o := range c.Outputs() {
		got = append(got, fmt.Sprint(o.Name, " ", o.Description, " ", o.Sensitive, " ", Show(o.Value)))
	}
	want := []string{`a  true (sensitive value)`, `b Two. false [1, "X"]`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if text, diags := c.Evaluate("output.b[0] + 1"); text != "2" || diags.HasErrors() {
		t.Errorf("got %s (%v), want 2", text, diags)
	}
}

func TestVariableByValue(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"a.twin.hcl": "project \"p\" {}\nvariable \"n\" { type = number }\ndevice \"d\" { tags = { n = var.n } }\n"})
	at := hcl.Range{Filename: "x.test", Start: hcl.Pos{Line: 3, Column: 1, Byte: 20}, End: hcl.Pos{Line: 3, Column: 2, Byte: 21}}
	given := func(name string, v cty.Value) Options {
		return Options{Vars: []VarInput{{Name: "n", Expr: "1"}, {Name: name, Value: v, NameRange: at, ValueRange: at}}}
	}
	c, diags := Load(dir, given("n", cty.StringVal("5")))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if diff := cmp.Diff([]string{`a.twin.hcl device.d {"tags":{"n":5}}`}, names(t, c)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	for name, o := range map[string]Options{"wrong type": given("n", cty.EmptyObjectVal), "undeclared": given("m", cty.True)} {
		if _, diags := Load(dir, o); !strings.Contains(diags.Error(), "x.test:3,1") {
			t.Errorf("%s: got %v, want it at the given place", name, diags)
		}
	}
}
