package remote

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Taking back costs one read for each object, one more for the modules of a device
// that was created, one for all configurations, and none for what was deleted.
func TestAgainReads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gadgetBefore)
	did := func(action plan.Action, a schema.Address) plan.Change { return plan.Change{Action: action, Addr: a} }
	done := []plan.Change{
		did(plan.Create, gadget),
		did(plan.Update, gadget),
		did(plan.Update, schema.DeviceAddress("gone")),
		did(plan.Delete, schema.DeviceAddress("deleted")),
		did(plan.Delete, schema.ConfigurationAddress("one")),
		did(plan.Update, schema.DeploymentAddress("two")),
	}
	var got []bool
	for a, err := range r.Again(t.Context(), sequence(done)) {
		if err != nil {
			t.Fatal(err)
		}
		if i := len(got); !cmp.Equal(a.Done, done[i]) {
			t.Errorf("%d: got %s, want %s", i, a.Done.Name(), done[i].Name())
		}
		got = append(got, a.Now.Live != nil)
	}
	if want := []bool{true, true, false, false, false, false}; !slices.Equal(got, want) {
		t.Errorf("live: got %v, want %v", got, want)
	}
	for path, want := range map[string]int{"/twins/d": 2, "/twins/gone": 1, "/devices/d/modules": 1, "/twins/deleted": 0, "/configurations": 1} {
		if n := len(r.wire.requests("GET", path)); n != want {
			t.Errorf("GET %s: got %d requests, want %d", path, n, want)
		}
	}
}
