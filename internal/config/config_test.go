package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/schema"
)

// project writes files into a directory of the test's own.
func project(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		writeFile(t, filepath.Join(dir, name), []byte(text))
	}
	return dir
}

const threeEnvironments = `
project "p" { owner = "team" }
environment "dev" { hub = "emulator" }
environment "prod" {
  hub         = "contoso.azure-devices.net"
  protect     = true
  parallelism = 4
  limits {
    delete_percent = 0
    delete_count   = 10
  }
}
`

func TestEnvironment(t *testing.T) {
	t.Parallel()
	zero, ten := 0, 10
	prod := Environment{Name: "prod", Hub: "contoso.azure-devices.net", Protect: true, Parallelism: 4, Limits: &Limits{&zero, &ten}}
	tests := []struct {
		name, src, choose string
		want              Environment
		err               string
	}{
		{"chosen", threeEnvironments, "prod", prod, ""},
		{"none chosen of several", threeEnvironments, "", Environment{}, "several environments are declared: dev, prod; choose one with --env"},
		{"unknown", threeEnvironments, "pord", Environment{}, `no environment is named "pord", did you mean "prod"? (declared: dev, prod)`},
		{"the default", threeEnvironments + `environment "x" {` + "\n  hub = \"h\"\n  default = true\n}\n", "", Environment{Name: "x", Hub: "h"}, ""},
		{"its size", `project "p" {}` + "\nenvironment \"x\" {\n  hub = \"h\"\n  limits {\n    sku = \"S2\"\n    units = 3\n  }\n}\n", "", Environment{Name: "x", Hub: "h", Limits: &Limits{}, Size: quota.Hub{SKU: "S2", Units: 3}}, ""},
		{"its place in Azure", `project "p" {}` + "\nenvironment \"x\" {\n  hub = \"h\"\n  subscription = \"s\"\n  resource_group = \"g\"\n}\n", "", Environment{Name: "x", Hub: "h", Subscription: "s", ResourceGroup: "g"}, ""},
		{"the only one", `project "p" {}` + "\nenvironment \"x\" { hub = \"h\" }\n", "", Environment{Name: "x", Hub: "h"}, ""},
		{"none", `project "p" {}`, "", Environment{}, "no environment is declared; add an environment block that names the hub"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, diags := Load(project(t, map[string]string{"a.twin.hcl": tt.src}), Options{Environment: tt.choose})
			if diags.HasErrors() != (tt.name == "unknown") {
				t.Fatalf("got diagnostics %v", diags)
			}
			got, err := c.Environment()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
			if msg := errorText(err); msg != tt.err {
				t.Errorf("got error %q, want %q", msg, tt.err)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestProjectOwner(t *testing.T) {
	t.Parallel()
	c, _ := Load(project(t, map[string]string{"a.twin.hcl": threeEnvironments}), Options{})
	if got, want := c.Project(), (Project{Name: "p", Owner: "team"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	c, _ = Load(project(t, map[string]string{"a.twin.yaml": "project: {q: }\n"}), Options{})
	if got, want := c.Project(), (Project{Name: "q", Owner: "q"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFilesOfAllSyntaxesMerge(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"a.twin.hcl":         "project \"p\" {}\nlocals {\n  site = \"a\"\n}\n",
		"b.twin.yaml":        "device: {y: {tags: {site: \"${local.site}\"}}}\n",
		"c.twin.json":        `{"device": {"j": {"tags": {"site": "${local.site}"}}}}`,
		"d.twin.yml":         "profile: {p: {}}\n",
		".hidden.twin.hcl":   "nonsense {",
		"other.hcl":          "nonsense {",
		"sub/inner.twin.hcl": "nonsense {",
	})
	c, diags := Load(dir, Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var got []string
	for o, err := range c.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Addr.String()+" "+string(o.Doc)+" "+o.Origin.File)
	}
	want := []string{`device.y {"tags":{"site":"a"}} b.twin.yaml`, `device.j {"tags":{"site":"a"}} c.twin.json`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestObjectsStopsAndReportsEverything(t *testing.T) {
	t.Parallel()
	c, diags := Load(project(t, map[string]string{"a.twin.hcl": `
project "p" {}
device "d" {
  for_each = toset(["a", "b c", "d", "e f"])
}
device "z" { status = "on" }
`}), Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var ids []string
	var last error
	for o, err := range c.Objects() {
		if err != nil {
			last = err
			continue
		}
		ids = append(ids, o.Addr.ID)
	}
	if diff := cmp.Diff([]string{"a"}, ids); diff != "" {
		t.Errorf("objects before the mistake (-want +got):\n%s", diff)
	}
	var found *DiagnosticsError
	if !errors.As(last, &found) || len(found.Diagnostics) != 2 {
		t.Fatalf("got %v, want both mistakes as diagnostics", last)
	}
}

func TestObjectsCanBeLeft(t *testing.T) {
	t.Parallel()
	c, _ := Load(project(t, map[string]string{"a.twin.hcl": "project \"p\" {}\ndevice \"d\" { for_each = toset([\"a\", \"b\"]) }\n"}), Options{})
	n := 0
	for _, err := range c.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		break
	}
	if n != 1 {
		t.Errorf("got %d objects, want 1", n)
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	c, _ := Load(project(t, map[string]string{"a.twin.hcl": "project \"p\" {}\n\ndevice \"d d\" {\n  for_each = { k = 1 }\n  module \"m\" {}\n}\n"}), Options{})
	var got []schema.Origin
	for o, err := range c.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Origin)
	}
	want := []schema.Origin{
		{File: "a.twin.hcl", Line: 3, Column: 1, Name: `device["d d"]["k"]`},
		{File: "a.twin.hcl", Line: 5, Column: 3, Name: `device["d d"]["k"].module.m`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
}

func TestFilesStayInsideTheProject(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside.csv")
	writeFile(t, outside, []byte("id\nx\n"))
	dir := project(t, map[string]string{"a.twin.hcl": "project \"p\" {}\nlocals {\n  x = file(\"link.csv\")\n}\n"})
	if err := os.Symlink(outside, filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	_, diags := Load(dir, Options{})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, "escapes") {
		t.Errorf("got %v, want the link refused", diags)
	}
	if len(diags) == 1 && strings.Contains(diags[0].Detail, dir) {
		t.Errorf("got %q, want no path of this machine in it", diags[0].Detail)
	}
}

func TestVarFileMayBeOutside(t *testing.T) {
	t.Parallel()
	vars := project(t, map[string]string{"x.vars.yaml": "site: far\n"})
	dir := project(t, map[string]string{"a.twin.hcl": "project \"p\" {}\nvariable \"site\" {}\ndevice \"d\" { tags = { site = var.site } }\n"})
	c, diags := Load(dir, Options{Vars: []VarInput{{File: filepath.Join(vars, "x.vars.yaml")}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for o, err := range c.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(o.Doc), `{"tags":{"site":"far"}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSensitiveValuesAreNotShown(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2"
	dir := project(t, map[string]string{"a.twin.hcl": `
project "p" {}
variable "pw" {
  type      = string
  sensitive = true
}
variable "n" {
  type      = list(number)
  sensitive = true
}
locals {
  a = tonumber(var.pw)
  b = regex("^[0-9]+$", var.pw)
  c = { x = 1 }[var.pw]
  d = parseint(var.pw, 10)
}
device "d" { tags = { a = format("%d", var.pw) } }
`})
	c, _ := Load(dir, Options{Vars: []VarInput{{Name: "pw", Expr: secret}, {Name: "n", Expr: secret}}})
	diags := c.Check()
	if !diags.HasErrors() {
		t.Fatal("got no errors, want several")
	}
	report, err := DiagnosticsJSON(c.Files(), diags)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{diagnosticText(t, c.Files(), diags), string(report)} {
		if strings.Contains(text, secret) {
			t.Errorf("the sensitive value is in the messages:\n%s", text)
		}
	}
}

func TestNoFiles(t *testing.T) {
	t.Parallel()
	_, diags := Load(t.TempDir(), Options{})
	if len(diags) != 1 || diags[0].Summary != "No configuration files" {
		t.Errorf("got %v, want a message that there are no files", diags)
	}
	_, diags = Load(filepath.Join(t.TempDir(), "nope"), Options{})
	if len(diags) != 1 || diags[0].Summary != "Cannot read the project" {
		t.Errorf("got %v, want a message that the directory cannot be read", diags)
	}
}

func TestIsConfigFile(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"a.twin.hcl": true, "a.twin.yaml": true, "a.twin.yml": true, "a.twin.json": true,
		".a.twin.hcl": false, ".twin.hcl": false, "a.hcl": false, "a.twin.hcl.bak": false, "atwin.hcl": false,
	}
	for name, want := range tests {
		if got := IsConfigFile(name); got != want {
			t.Errorf("IsConfigFile(%q): got %v, want %v", name, got, want)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	got, diags := Format("a.twin.hcl", []byte("device \"d\" {\nid=\"x\" # why\n  status   =\"enabled\"\n}\n"))
	if want := "device \"d\" {\n  id     = \"x\" # why\n  status = \"enabled\"\n}\n"; string(got) != want || diags.HasErrors() {
		t.Errorf("got %q (%v), want %q", got, diags, want)
	}
	src := []byte("a:   1\n\n\nb: 2\n")
	if got, diags := Format("a.twin.yaml", src); string(got) != string(src) || diags.HasErrors() {
		t.Errorf("got %q (%v), want it unchanged", got, diags)
	}
	if got, diags := Format("a.twin.json", []byte("{,}")); string(got) != "{,}" || !diags.HasErrors() {
		t.Errorf("got %q (%v), want an error", got, diags)
	}
}
