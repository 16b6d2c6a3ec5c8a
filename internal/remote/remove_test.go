package remote

import (
	"net/http"
	"testing"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

func TestRemove(t *testing.T) {
	t.Parallel()
	device, module := schema.DeviceAddress("d"), schema.ModuleAddress("d", "m")
	path := map[schema.Address]string{device: "/devices/d", module: "/devices/d/modules/m"}
	for _, tt := range []struct {
		name   string
		before func(r *rig, a schema.Address)
		want   apply.Status
		sent   int // DELETE requests
	}{
		{"as planned", func(*rig, schema.Address) {}, apply.Done, 1},
		{"gone", func(r *rig, a schema.Address) { r.drop(a) }, apply.Already, 0},
		{"gone at the last moment", func(r *rig, a schema.Address) {
			r.wire.disturb(1, "DELETE "+path[a], after(func() { r.drop(a) }))
		}, apply.Already, 1},
		{"values changed", func(r *rig, a schema.Address) { r.patch(a, `{"site":"b"}`, `{"x":2}`) }, apply.Done, 1},
		{"mark changed", func(r *rig, a schema.Address) { r.patch(a, `{"twinset":{"`+owner+`":{"h":"0000000000"}}}`, "") }, apply.Conflict, 0},
		{"mark gone", func(r *rig, a schema.Address) { r.patch(a, `{"twinset":{"`+owner+`":null}}`, "") }, apply.Conflict, 0},
		{"another owner", func(r *rig, a schema.Address) { r.patch(a, `{"twinset":{"`+other+`":{"v":1}}}`, "") }, apply.Conflict, 0},
		{"an owner of a later version", func(r *rig, a schema.Address) { r.patch(a, `{"twinset":{"`+other+`":{"v":2}}}`, "") }, apply.Conflict, 0},
		{"identity changed", func(r *rig, a schema.Address) { r.rewrite(a) }, apply.Conflict, 0},
		{"identity changed at the last moment", func(r *rig, a schema.Address) {
			r.wire.disturb(1, "DELETE "+path[a], after(func() { r.rewrite(a) }))
		}, apply.Conflict, 1},
		{"the read fails", func(r *rig, _ schema.Address) {
			r.wire.disturb(1, "GET /twins/*", refused(http.StatusBadGateway, "", ""))
		}, apply.Failed, 0},
		{"the hub refuses", func(r *rig, a schema.Address) {
			r.wire.disturb(1, "DELETE "+path[a], refused(http.StatusForbidden, "IotHubQuotaExceeded", ""))
		}, apply.Failed, 1},
	} {
		for _, a := range []schema.Address{device, module} {
			t.Run(tt.name+"/"+a.Kind.String(), func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				d := &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}}
				m := &schema.Module{DeviceID: "d", ID: "m", Tags: map[string]any{"site": "a"}}
				var c plan.Change
				if a == device {
					r.set(d)
					c = r.change()
				} else {
					r.set(d, m)
					c = r.change(d)
				}
				tt.before(r, a)
				wantStatus(t, r.execute(c), tt.want)
				sent := r.wire.requests("DELETE", path[a])
				if len(sent) != tt.sent {
					t.Errorf("got %d DELETE requests, want %d", len(sent), tt.sent)
				}
				for _, req := range sent {
					if req.IfMatch != `"`+c.ETags.Identity+`"` {
						t.Errorf("If-Match: got %s, want the quoted %s", req.IfMatch, c.ETags.Identity)
					}
				}
				_, exists, err := r.read(t.Context(), a)
				if err != nil || exists == tt.want.OK() {
					t.Errorf("afterwards: exists %v, error %v", exists, err)
				}
			})
		}
	}
}

// drop removes an identity behind our back.
func (r *rig) drop(a schema.Address) {
	r.Helper()
	var err error
	if a.Kind == schema.KindModule {
		err = r.portal.DeleteModule(r.Context(), a.ID, a.Sub, hub.Any)
	} else {
		err = r.portal.DeleteDevice(r.Context(), a.ID, hub.Any)
	}
	if err != nil {
		r.Fatal(err)
	}
}

// rewrite writes an identity as it is, which changes its ETag.
func (r *rig) rewrite(a schema.Address) {
	r.Helper()
	if a.Kind == schema.KindDevice {
		r.identity(a.ID, func(*hub.Device) {})
		return
	}
	m, err := r.portal.Module(r.Context(), a.ID, a.Sub)
	if err == nil {
		_, err = r.portal.PutModule(r.Context(), m, hub.Any)
	}
	if err != nil {
		r.Fatal(err)
	}
}

func TestRemoveTakesOurModulesAlong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "d"}, &schema.Module{DeviceID: "d", ID: "m"})
	changes := r.plan()
	outcomes := r.run(changes)
	if len(changes) != 2 || len(outcomes) != 2 {
		t.Fatalf("got %d changes and %d outcomes, want 2", len(changes), len(outcomes))
	}
	for addr, o := range outcomes {
		if o.Status != apply.Done {
			t.Errorf("%s: got %s, %v, want done", addr, o.Status, o.Err)
		}
	}
	if left := r.live(); len(left) > 0 {
		t.Errorf("got %v, want an empty hub", left)
	}
}
