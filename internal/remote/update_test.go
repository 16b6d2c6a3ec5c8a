package remote

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

func number(s string) json.Number { return json.Number(s) }

// body is that of the only request of a kind, canonical.
func (r *rig) body(method, path string) string {
	r.Helper()
	list := r.wire.requests(method, path)
	if len(list) != 1 {
		r.Fatalf("got %d requests %s %s, want 1; all: %v", len(list), method, path, r.wire.lines())
	}
	doc, err := schema.CanonicalJSON([]byte(list[0].Body))
	if err != nil {
		r.Fatal(err)
	}
	return string(doc)
}

func TestUpdatePatchesWhatDiffers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{
		ID: "d", Tags: map[string]any{"site": "a", "floor": number("1"), "old": map[string]any{"x": "y", "z": "z"}},
		Desired: map[string]any{"x": map[string]any{"y": number("1"), "z": number("2")}, "gone": true, "list": []any{number("1")}},
	})
	before := r.object(schema.DeviceAddress("d"))
	next := &schema.Device{
		ID: "d", Tags: map[string]any{"site": "b", "floor": number("1")},
		Desired: map[string]any{"x": map[string]any{"y": number("1"), "z": number("3")}, "list": []any{number("1"), number("2")}},
	}
	c := r.change(next)
	wantStatus(t, r.execute(c), apply.Done)
	want := `{"properties":{"desired":{"gone":null,"list":[1,2],"x":{"z":3}}},` +
		`"tags":{"old":null,"site":"b","twinset":{"` + owner + `":{"c":true,"d":"list,x(y,z)","h":"` + text(c.Mark, "h") + `","i":null,"k":null,"m":null,"p":null,"r":null,"t":"floor,site","v":1}}}}`
	if got := r.body("PATCH", "/twins/d"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := r.wire.requests("PATCH", "/twins/d")[0].IfMatch; got != `"`+before.ETags.Twin+`"` {
		t.Errorf("If-Match: got %s, want the quoted %s that the plan read", got, before.ETags.Twin)
	}
	if got := r.wire.lines(); len(got) != 1 {
		t.Errorf("requests: got %v, want the PATCH alone", got)
	}
	if again := r.plan(next); len(again) > 0 {
		t.Errorf("second plan: got %+v, want nothing", again)
	}
}

// Drift is put right without touching the mark: it is as it should be.
func TestUpdateLeavesAnUnchangedMarkAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := &schema.Module{DeviceID: "d", ID: "m", Desired: map[string]any{"x": number("1")}}
	r.set(&schema.Device{ID: "d"}, d)
	r.patch(schema.ModuleAddress("d", "m"), "", `{"x":2}`)
	wantStatus(t, r.execute(r.change(&schema.Device{ID: "d"}, d)), apply.Done)
	if got, want := r.body("PATCH", "/twins/d/modules/m"), `{"properties":{"desired":{"x":1}}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestUpdateOfOnlyTheMark(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.make("d")
	r.patch(schema.DeviceAddress("d"), `{"site":"a"}`, "")
	d := &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}}
	c := r.changeAs(plan.Policy{Owner: owner, Adopt: true}, d)
	wantStatus(t, r.execute(c), apply.Done)
	want := `{"tags":{"twinset":{"` + owner + `":{"c":null,"d":null,"h":"` + text(c.Mark, "h") + `","i":null,"k":null,"m":null,"p":null,"r":null,"t":"site","v":1}}}}`
	if got := r.body("PATCH", "/twins/d"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestUnmark(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		other bool   // another owner has marked the device
		tags  string // what is left of them
		sent  string
	}{
		{"the last mark takes the reserved tag along", false, `{"left":"alone"}`, `{"tags":{"site":null,"twinset":null}}`},
		{"another mark stays", true, "", `{"tags":{"site":null,"twinset":{"` + owner + `":null}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			addr := schema.DeviceAddress("d")
			r.make("d")
			r.patch(addr, `{"left":"alone"}`, "")
			adopt := plan.Policy{Owner: owner, Adopt: true}
			r.setAs(adopt, &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}})
			if tt.other {
				r.setAs(plan.Policy{Owner: other, Adopt: true}, &schema.Device{ID: "d", Desired: map[string]any{"x": "y"}})
			}
			wantStatus(t, r.execute(r.change()), apply.Done)
			if got := r.body("PATCH", "/twins/d"); got != tt.sent {
				t.Errorf("sent: got %s, want %s", got, tt.sent)
			}
			got := schema.Lookup(r.object(addr).Doc, schema.Path{"tags"})
			if tt.tags != "" && string(got) != tt.tags {
				t.Errorf("tags: got %s, want %s", got, tt.tags)
			}
			if again := r.plan(); len(again) > 0 {
				t.Errorf("second plan: got %+v, want nothing", again)
			}
		})
	}
}

func TestTakeOwnership(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	addr := schema.DeviceAddress("d")
	r.setAs(plan.Policy{Owner: other}, &schema.Device{ID: "d", Tags: map[string]any{"site": "a", "floor": "1"}})
	mine := &schema.Device{ID: "d", Tags: map[string]any{"site": "b"}}
	wantStatus(t, r.execute(r.changeAs(plan.Policy{Owner: owner, Adopt: true, TakeOwnership: true}, mine)), apply.Done)
	marks, damaged := schema.Marks(r.object(addr).Doc)
	if len(damaged) > 0 || marks[other] == nil || marks[owner] == nil {
		t.Fatalf("got marks %v, damaged %v, want both", marks, damaged)
	}
	if got := marks[other].Tags.String(); got != "floor" || !marks[other].Created {
		t.Errorf("their mark: got %q, created %v, want floor and still created", got, marks[other].Created)
	}
	if got := marks[owner].Tags.String(); got != "site" || marks[owner].Created {
		t.Errorf("our mark: got %q, created %v, want site and not created", got, marks[owner].Created)
	}
	if again := r.plan(mine); len(again) > 0 {
		t.Errorf("second plan: got %+v, want nothing", again)
	}
	if got := r.planAs(plan.Policy{Owner: other}, &schema.Device{ID: "d", Tags: map[string]any{"floor": "1"}}); len(got) > 0 {
		t.Errorf("their plan: got %+v, want nothing", got)
	}
}

func TestApplyAfterTheEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "old"}, &schema.Device{ID: "kept"})
	changes := r.plan(&schema.Device{ID: "kept", Tags: map[string]any{"a": "b"}}, &schema.Device{ID: "new-1"}, &schema.Device{ID: "new-2"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, batch := range [][]plan.Change{changes[:2], changes[2:3], changes[3:]} {
		outcomes := r.Target().Apply(ctx, batch)
		if len(outcomes) != len(batch) {
			t.Fatalf("got %d outcomes, want %d", len(outcomes), len(batch))
		}
		for _, o := range outcomes {
			wantStatus(t, o, apply.Skipped)
		}
	}
	if got := r.wire.lines(); len(got) > 0 {
		t.Errorf("requests: got %v, want none", got)
	}
	actions := []plan.Action{changes[0].Action, changes[1].Action, changes[2].Action, changes[3].Action}
	if !slices.Equal(actions, []plan.Action{plan.Create, plan.Create, plan.Update, plan.Delete}) {
		t.Errorf("the test covers %v, want all actions", actions)
	}
}
