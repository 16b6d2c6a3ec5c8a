package remote

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

func TestScopesAndDevices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ scope, id, name string }{
		{"ms-azure-iot-edge://gw-01-637612875240648717", "gw-01", "gw-01"},
		{"ms-azure-iot-edge://gw-01-", "gw-01", "gw-01"},
		{"ms-azure-iot-edge://-1-1", "-1", "-1"},
		{"ms-azure-iot-edge://gw", "", "ms-azure-iot-edge://gw (unknown scope)"},
		{"ms-azure-iot-edge://-1", "", "ms-azure-iot-edge://-1 (unknown scope)"},
		{"ms-azure-iot-edge://gw-x1", "", "ms-azure-iot-edge://gw-x1 (unknown scope)"},
		{"gw-1", "", "gw-1 (unknown scope)"},
		{"", "", ""},
	} {
		if got := deviceOf(tt.scope); got != tt.id {
			t.Errorf("%s: got device %q, want %q", tt.scope, got, tt.id)
		}
		if got := parentName(tt.scope); got != tt.name {
			t.Errorf("%s: got name %q, want %q", tt.scope, got, tt.name)
		}
	}
}

// gateway makes an edge device of somebody else's.
func (r *rig) gateway(id string) hub.Device {
	r.Helper()
	d := hub.Device{DeviceID: id}
	d.SetEdge(true)
	d, err := r.portal.PutDevice(r.Context(), d, "")
	if err != nil {
		r.Fatal(err)
	}
	return d
}

func parentOf(o schema.Object) string { return text(o.Doc, fieldParent) }

// A parent of a former device is told from the one that has its id now, in query
// answers and in reads, and takes one request more for each parent, not for each
// child.
func TestParentThatIsGone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.gateway("gw")
	children := []declaration{&schema.Device{ID: "c1", Parent: new("gw")}, &schema.Device{ID: "c2", Parent: new("gw")}}
	r.set(children...)
	if changes := r.plan(children...); len(changes) > 0 {
		t.Fatalf("got %d changes, want none", len(changes))
	}
	if err := r.portal.DeleteDevice(t.Context(), "gw", hub.Any); err != nil {
		t.Fatal(err)
	}
	for o, err := range r.Attached(sequence(r.live())) {
		if got := parentOf(o); err != nil || got != "gw (gone)" {
			t.Errorf("%s: got parent %q, error %v, want gw (gone)", o.Addr, got, err)
		}
	}
	now := r.gateway("gw")
	changes := r.plan(children...)
	if len(changes) != 2 {
		t.Fatalf("got %d changes, want both children", len(changes))
	}
	for addr, o := range r.run(changes) {
		wantStatus(t, o, apply.Done)
		if got := r.device(addr.ID).Scope(); got != now.Scope() {
			t.Errorf("%s: got scope %s, want %s", addr, got, now.Scope())
		}
	}
	if changes := r.plan(children...); len(changes) > 0 {
		t.Errorf("second plan: got %d changes, want none", len(changes))
	}
}

// A query answer may lack the parent that a read shows.
func TestParentIsReadOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.gateway("gw")
	r.set(&schema.Device{ID: "c1", Parent: new("gw")}, &schema.Device{ID: "c2", Parent: new("gw")})
	r.scopes.Clear()
	r.wire.forget()
	for _, id := range []string{"c1", "c2"} {
		if got := parentOf(r.object(schema.DeviceAddress(id))); got != "gw" {
			t.Errorf("%s: got parent %q, want gw", id, got)
		}
	}
	if n := len(r.wire.requests("GET", "/twins/gw")); n != 1 {
		t.Errorf("the parent was read %d times, want 1", n)
	}
}

// The parent of a new device must be an edge device when its turn comes.
func TestCreateWithoutParent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.gateway("gw")
	c := r.change(&schema.Device{ID: "c", Parent: new("gw")})
	r.identity("gw", func(d *hub.Device) { d.SetEdge(false) })
	o := r.execute(c)
	wantStatus(t, o, apply.Failed)
	if want := `its parent "gw" is no IoT Edge device of the hub`; o.Err == nil || !strings.Contains(o.Err.Error(), want) {
		t.Errorf("got %v, want %s", o.Err, want)
	}
}

// The second write of an edge device that becomes a leaf may fail: the outcome
// says what was lost.
func TestLeafIsAttachedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.gateway("gw")
	r.set(&schema.Device{ID: "d", Edge: new(true), Parent: new("gw")})
	c := r.change(&schema.Device{ID: "d", Edge: new(false), Parent: new("gw")})
	puts := 0
	r.wire.disturb(2, "PUT /devices/d", func(w http.ResponseWriter, req *http.Request, h http.Handler) {
		if puts++; puts == 2 {
			http.Error(w, "{}", http.StatusBadRequest)
			return
		}
		h.ServeHTTP(w, req)
	})
	o := r.execute(c)
	wantStatus(t, o, apply.Failed)
	if o.Err == nil || !strings.Contains(o.Err.Error(), `but is not attached to "gw"`) {
		t.Errorf("got %v, want the parent that was lost", o.Err)
	}
	r.set(&schema.Device{ID: "d", Edge: new(false), Parent: new("gw")})
	if d := r.device("d"); d.Edge() || d.Scope() != r.device("gw").Scope() {
		t.Errorf("got edge %v, scope %s, want a leaf below gw", d.Edge(), d.Scope())
	}
}

// Whatever is declared of the identity: what is not stays as it was, keys and
// scopes above all, and no other device is touched.
func TestIdentityCompleteness(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t)
		gateways := []hub.Device{r.gateway("gw1"), r.gateway("gw2")}
		r.set(&schema.Device{ID: "d"})
		r.disturbIdentity(t, gateways)
		for step := range rapid.IntRange(1, 2).Draw(t, "steps") {
			before := r.device("d")
			want := anyIdentity(t)
			if step > 0 { // what was declared before and is not now goes, which is another test's
				want = complete(want, before)
			}
			changes := r.plan(&want)
			for addr, o := range r.run(changes) {
				if o.Status != apply.Done {
					t.Fatalf("%s: got %s, %v, want done", addr, o.Status, o.Err)
				}
			}
			checkIdentity(t, before, r.device("d"), complete(want, before), map[string]string{"gw1": gateways[0].Scope(), "gw2": gateways[1].Scope()})
			if again := r.plan(&want); len(again) > 0 {
				t.Fatalf("second plan: got %+v, want nothing", again)
			}
		}
		for _, g := range gateways {
			if diff := cmp.Diff(g.ETag, r.device(g.DeviceID).ETag); diff != "" {
				t.Fatalf("%s was written: %s", g.DeviceID, diff)
			}
		}
	})
}

// disturbIdentity is somebody else who writes to the identity.
func (r *rig) disturbIdentity(t *rapid.T, gateways []hub.Device) {
	edge := rapid.Bool().Draw(t, "was edge")
	r.identity("d", func(d *hub.Device) { d.SetEdge(edge) })
	r.identity("d", func(d *hub.Device) {
		d.Status = rapid.SampledFrom([]string{"enabled", "disabled"}).Draw(t, "was")
		d.StatusReason = rapid.SampledFrom([]string{"", "theirs"}).Draw(t, "reason was")
		n := rapid.IntRange(0, len(gateways)).Draw(t, "was attached to")
		switch {
		case n == len(gateways):
		case edge:
			d.SetScopes(d.Scope(), []string{gateways[n].Scope()})
		default:
			d.SetScopes(gateways[n].Scope(), nil)
		}
	})
}

func anyIdentity(t *rapid.T) schema.Device {
	d := schema.Device{ID: "d"}
	if rapid.Bool().Draw(t, "status declared") {
		d.Status = new(rapid.SampledFrom([]string{"enabled", "disabled"}).Draw(t, "status"))
	}
	if rapid.Bool().Draw(t, "reason declared") {
		d.StatusReason = new("ours")
	}
	if rapid.Bool().Draw(t, "edge declared") {
		d.Edge = new(rapid.Bool().Draw(t, "edge"))
	}
	if rapid.Bool().Draw(t, "parent declared") {
		d.Parent = new(rapid.SampledFrom([]string{"", "gw1", "gw2"}).Draw(t, "parent"))
	}
	return d
}

// complete declares everything that is not declared as it is.
func complete(d schema.Device, live hub.Device) schema.Device {
	if d.Status == nil {
		d.Status = &live.Status
	}
	if d.StatusReason == nil {
		d.StatusReason = &live.StatusReason
	}
	edge := live.Edge()
	if d.Edge == nil {
		d.Edge = &edge
	}
	if d.Parent == nil {
		attached := live.Scope()
		if edge {
			attached = first(live.ParentScopes())
		}
		d.Parent = new(deviceOf(attached))
	}
	return d
}

func checkIdentity(t *rapid.T, before, after hub.Device, want schema.Device, scope map[string]string) {
	if after.Authentication != before.Authentication || after.Authentication.SymmetricKey.Primary == "" {
		t.Fatal("the keys are not as before")
	}
	if after.Status != *want.Status || after.StatusReason != *want.StatusReason || after.Edge() != *want.Edge {
		t.Fatalf("got %s, %q, edge %v, want %s, %q, %v", after.Status, after.StatusReason, after.Edge(), *want.Status, *want.StatusReason, *want.Edge)
	}
	parent := scope[*want.Parent]
	if got := first(after.ParentScopes()); got != parent {
		t.Fatalf("got the parent's scope %q, want %q", got, parent)
	}
	switch {
	case !*want.Edge && after.Scope() != parent:
		t.Fatalf("leaf: got scope %q, want %q", after.Scope(), parent)
	case *want.Edge && before.Edge() && after.Scope() != before.Scope():
		t.Fatalf("edge device: got scope %q, want the same %q", after.Scope(), before.Scope())
	case *want.Edge && !strings.HasPrefix(after.Scope(), scopePrefix+"d-"):
		t.Fatalf("new edge device: got scope %q", after.Scope())
	}
	if before.GenerationID != after.GenerationID {
		t.Fatal("it is another device")
	}
}
