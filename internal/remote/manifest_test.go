package remote

import (
	"strings"
	"testing"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/schema"
)

// gateway is an edge device that runs a module with a setting.
func gateway(n string) *schema.Device {
	edge := true
	section := func(m map[string]any) map[string]any { return map[string]any{"properties.desired": m} }
	return &schema.Device{ID: "gw", Edge: &edge, Manifest: map[string]any{
		"$edgeAgent": section(map[string]any{
			"schemaVersion": "1.1", "systemModules": map[string]any{},
			"modules": map[string]any{"m": map[string]any{"settings": map[string]any{"image": "m:" + n}}},
		}),
		"m": section(map[string]any{"n": number(n)}),
	}}
}

const (
	applyPath = "/devices/gw/applyConfigurationContent"
	postApply = "POST " + applyPath
)

func TestManifestIsWrittenWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gateway("1"))
	wantStatus(t, r.execute(r.change(gateway("2"))), apply.Done)
	want := `{"modulesContent":{"$edgeAgent":{"properties.desired":{"modules":{"m":{"settings":{"image":"m:2"}}},"schemaVersion":"1.1","systemModules":{}}},` +
		`"m":{"properties.desired":{"n":2}}}}`
	if got := r.body("POST", applyPath); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := r.wire.requests("PATCH", "/twins/gw"); len(got) != 1 {
		t.Errorf("got %d patches of the device, want one for the mark", len(got))
	}
	if again := r.plan(gateway("2")); len(again) > 0 {
		t.Errorf("second plan: got %+v, want nothing", again)
	}
}

// A manifest has no ETag: the modules are looked at before it is written.
func TestManifestThatChangedIsAConflict(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gateway("1"))
	c := r.change(gateway("2"))
	r.patch(schema.ModuleAddress("gw", "m"), "", `{"n":7}`)
	o := r.execute(c)
	wantStatus(t, o, apply.Conflict)
	if len(o.Fields) != 1 || o.Fields[0].Path.String() != schema.MemberManifest {
		t.Errorf("got %+v, want the manifest", o.Fields)
	}
	if n := len(r.wire.requests("POST", applyPath)); n != 0 {
		t.Errorf("%d manifests were written", n)
	}
}

// A write of which the answer was lost is found to be carried out.
func TestManifestIsThereAlready(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gateway("1"))
	c := r.change(gateway("2"))
	r.wire.disturb(1, postApply, lost)
	wantStatus(t, r.execute(c), apply.Failed)
	wantStatus(t, r.execute(r.change(gateway("2"))), apply.Done)
	if again := r.plan(gateway("2")); len(again) > 0 {
		t.Errorf("plan: got %+v, want nothing", again)
	}
}

// What was created without its manifest is said to be, and mended by the next plan.
func TestManifestOfANewDevice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.change(gateway("1"))
	r.wire.disturb(1, postApply, refused(400, "ArgumentInvalid", "no"))
	o := r.execute(c)
	wantStatus(t, o, apply.Failed)
	if !strings.Contains(o.Err.Error(), "it was created, but its manifest could not be written") {
		t.Errorf("got %v", o.Err)
	}
	wantStatus(t, r.execute(r.change(gateway("1"))), apply.Done)
	if again := r.plan(gateway("1")); len(again) > 0 {
		t.Errorf("plan: got %+v, want nothing", again)
	}
}

// Passwords of registries that somebody put there do not get into a plan.
func TestManifestHidesCredentials(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gateway("1"))
	r.patch(schema.ModuleAddress("gw", "$edgeAgent"), "", `{"runtime":{"settings":{"registryCredentials":{"r":{"password":"made-up"}}}}}`)
	c := r.change(gateway("1"))
	l, ok := manifestOf(c)
	if !ok || strings.Contains(string(l.Before), "made-up") || !strings.Contains(string(l.Before), "registryCredentials") {
		t.Errorf("got %s", l.Before)
	}
	wantStatus(t, r.execute(c), apply.Done)
}

// Modules that came with a manifest do not keep a device from being deleted.
func TestManifestModulesAreNotForeign(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "other"}, gateway("1"))
	c := r.change(&schema.Device{ID: "other"})
	if c.Refused() {
		t.Errorf("refused: %+v", c.Notices)
	}
	wantStatus(t, r.execute(c), apply.Done)
}
