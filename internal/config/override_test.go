package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIsOverride(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"override.twin.hcl": true, "dev_override.twin.yaml": true, "x_override.twin.json": true, "_override.twin.yml": true,
		"fleet.twin.hcl": false, "overrides.twin.hcl": false, "myoverride.twin.hcl": false, "override.x.twin.hcl": false,
	} {
		if got := isOverride(name); got != want {
			t.Errorf("isOverride(%q): got %v, want %v", name, got, want)
		}
	}
}

// The constraint of an override file is the only one that counts.
func TestOverrideRequiredVersion(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a_override.twin.hcl", "z_override.twin.hcl"} {
		dir := project(t, map[string]string{
			"fleet.twin.hcl": "project \"p\" { required_version = \">= 9\" }\n",
			name:             "project \"p\" { required_version = \">= 1\" }\n",
		})
		if _, diags := Load(dir, Options{Version: "1.2.0"}); diags.HasErrors() {
			t.Errorf("%s: got %v, want no error", name, diags)
		}
		if _, diags := Load(dir, Options{Version: "0.9.0"}); !strings.Contains(diags.Error(), name+":1,") {
			t.Errorf("%s: got %v, want an error there", name, diags)
		}
	}
}

// An override of an environment whose required argument only the override has.
func TestOverrideMakesComplete(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"fleet.twin.yaml":    "project: {p: }\nenvironment: {dev: {}}\n",
		"override.twin.json": `{"environment": {"dev": {"hub": "emulator", "limits": {"delete_count": 3}}}}`,
	})
	c, diags := Load(dir, Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	three := 3
	got, err := c.Environment()
	want := Environment{Name: "dev", Hub: "emulator", Limits: &Limits{DeleteCount: &three}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("environment (-want +got), %v:\n%s", err, diff)
	}
}

// The object stays where it is declared; its values are where they are written.
func TestOverridePlaces(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"fleet.twin.hcl":    "project \"p\" {}\ndevice \"d\" {\n  tags = { a = 1 }\n}\n",
		"override.twin.hcl": "\n\ndevice \"d\" {\n  tags = { b = 2 }\n}\n",
	})
	for _, splitAbove := range []int{0, 1} {
		c, diags := Load(dir, Options{splitAbove: splitAbove})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for o, err := range c.Objects() {
			if err != nil {
				t.Fatal(err)
			}
			if o.Origin.File != "fleet.twin.hcl" || o.Origin.Line != 2 || string(o.Doc) != `{"tags":{"b":2}}` {
				t.Errorf("got %s from %s:%d, want the tag b from fleet.twin.hcl:2", o.Doc, o.Origin.File, o.Origin.Line)
			}
		}
		writeFile(t, dir+"/z_override.twin.hcl", []byte("device \"d\" {\n  tags = { \"b.c\" = 2 }\n}\n"))
		c, _ = Load(dir, Options{splitAbove: splitAbove})
		if got := c.Check().Error(); !strings.Contains(got, "z_override.twin.hcl:2,") {
			t.Errorf("got %s, want it in the override file", got)
		}
		writeFile(t, dir+"/z_override.twin.hcl", nil)
	}
}
