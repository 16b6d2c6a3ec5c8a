package remote

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// household is a device of ours with modules of many people.
func household(t *testing.T) *rig {
	r := newRig(t)
	r.set(&schema.Device{ID: "gw"}, &schema.Module{DeviceID: "gw", ID: "ours"}, &schema.Module{DeviceID: "gw", ID: "shared"}, &schema.Module{DeviceID: "gw", ID: "later"})
	for _, id := range []string{"adopted", "theirs"} {
		if _, err := r.portal.PutModule(t.Context(), hub.Module{DeviceID: "gw", ModuleID: id}, ""); err != nil {
			t.Fatal(err)
		}
	}
	r.setAs(plan.Policy{Owner: owner, Adopt: true}, &schema.Device{ID: "gw"}, &schema.Module{DeviceID: "gw", ID: "ours"},
		&schema.Module{DeviceID: "gw", ID: "shared"}, &schema.Module{DeviceID: "gw", ID: "later"},
		&schema.Module{DeviceID: "gw", ID: "adopted", Tags: map[string]any{"a": "b"}})
	r.setAs(plan.Policy{Owner: other, Adopt: true}, &schema.Module{DeviceID: "gw", ID: "shared", Tags: map[string]any{"theirs": "too"}})
	r.patch(schema.ModuleAddress("gw", "later"), `{"twinset":{"`+other+`":{"v":2}}}`, "")
	r.identity("gw", func(d *hub.Device) { d.Extra["capabilities"] = json.RawMessage(`{"iotEdge":true}`) })
	return r
}

// foreign are the modules that stand in the way of removing the device.
var foreign = []string{"adopted", "later", "shared", "theirs"}

func TestConfirmListsForeignModules(t *testing.T) {
	t.Parallel()
	for _, status := range []string{schema.StatusEnabled, schema.StatusDisabled} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			r := household(t)
			r.identity("gw", func(d *hub.Device) { d.Status = status })
			got := r.confirmed(ghost(schema.DeviceAddress("gw")))
			if len(got) != 1 || got[0].Live == nil {
				t.Fatalf("got %+v, want the live device", got)
			}
			slices.Sort(got[0].Live.Foreign)
			if !slices.Equal(got[0].Live.Foreign, foreign) {
				t.Errorf("got %v, want %v", got[0].Live.Foreign, foreign)
			}
			// With SAS the registry does not list modules of a disabled device.
			asked := len(r.wire.requests("POST", "/devices/query")) > 0
			if asked != (status == schema.StatusDisabled) {
				t.Errorf("the index was asked: got %v", asked)
			}
		})
	}
}

func TestConfirmAsksForForeignModulesOfRemovedDevicesOnly(t *testing.T) {
	t.Parallel()
	r := household(t)
	r.confirmed(declared(schema.DeviceAddress("gw")), ghost(schema.ModuleAddress("gw", "ours")))
	want := []string{"GET /twins/gw", "GET /twins/gw/modules/ours"}
	if got := r.wire.lines(); len(got) != len(want) || !slices.Contains(got, want[0]) || !slices.Contains(got, want[1]) {
		t.Errorf("requests: got %v, want %v", got, want)
	}
}

func TestForeignModulesInTheIndexOnly(t *testing.T) {
	t.Parallel()
	r := household(t)
	r.identity("gw", func(d *hub.Device) { d.Status = schema.StatusDisabled })
	r.wire.disturb(1, "POST /devices/query", answered(`[{"deviceId":"gw","moduleId":"ghost"},{"deviceId":"gw","moduleId":"$edgeHub"},{"deviceId":"gw","moduleId":"theirs"}]`))
	got, err := r.foreignModules(t.Context(), "gw")
	if err != nil || !slices.Equal(got, []string{"theirs"}) {
		t.Errorf("got %v, %v, want what is still there", got, err)
	}
}

func TestForeignModulesQuotesTheID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := `it's`
	if _, err := r.portal.PutDevice(t.Context(), hub.Device{DeviceID: id, Status: "enabled"}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := r.portal.PutModule(t.Context(), hub.Module{DeviceID: id, ModuleID: "m"}, ""); err != nil {
		t.Fatal(err)
	}
	r.identity(id, func(d *hub.Device) { d.Status = schema.StatusDisabled })
	if got, err := r.foreignModules(t.Context(), id); err != nil || !slices.Equal(got, []string{"m"}) {
		t.Errorf("got %v, %v, want [m]", got, err)
	}
}

func TestForeignModulesErrors(t *testing.T) {
	t.Parallel()
	r := household(t)
	for _, at := range []string{"GET /devices/gw/modules", "GET /twins/gw/modules/theirs"} {
		r.wire.disturb(1, at, refused(http.StatusBadRequest, "ArgumentInvalid", ""))
		if got, err := r.foreignModules(t.Context(), "gw"); err == nil {
			t.Errorf("%s refused: got %v and no error", at, got)
		}
	}
	r.wire.disturb(1, "GET /devices/gw/modules", answered(`[{"deviceId":"gw","moduleId":""}]`))
	if _, err := r.foreignModules(t.Context(), "gw"); err == nil {
		t.Error("a module without id: got no error")
	}
	if got, err := r.foreignModules(t.Context(), "nobody"); len(got) > 0 || err != nil {
		t.Errorf("missing device: got %v, %v, want nothing", got, err)
	}
}

// A plan made before a module appeared does not take it along.
func TestRemoveKeepsDevicesWithForeignModules(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "gw"})
	c := r.change()
	if _, err := r.portal.PutModule(t.Context(), hub.Module{DeviceID: "gw", ModuleID: "theirs"}, ""); err != nil {
		t.Fatal(err)
	}
	o := r.execute(c)
	wantStatus(t, o, apply.Conflict)
	if len(r.wire.requests("DELETE", "/devices/gw")) > 0 || o.Err == nil {
		t.Errorf("got %v after %v, want no DELETE", o.Err, r.wire.lines())
	}
	r.object(schema.ModuleAddress("gw", "theirs"))
}
