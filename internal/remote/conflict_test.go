package remote

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

var (
	gadget       = schema.DeviceAddress("d")
	gadgetBefore = &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}, Desired: map[string]any{"x": number("1"), "y": number("1")}}
	gadgetAfter  = &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}, Desired: map[string]any{"x": number("2"), "y": number("2")}}
)

// Somebody else writes to the twin between plan and apply.
func TestUpdateOfAChangedTwin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		write   func(r *rig, c plan.Change)
		want    apply.Status
		fields  []apply.Mismatch
		patches int    // tries
		desired string // afterwards
	}{
		{
			name: "elsewhere", write: func(r *rig, _ plan.Change) { r.patch(gadget, `{"theirs":1}`, `{"z":9}`) },
			want: apply.Done, patches: 2, desired: `{"x":2,"y":2,"z":9}`,
		},
		{
			name: "a planned leaf", write: func(r *rig, _ plan.Change) { r.patch(gadget, "", `{"x":7}`) },
			want: apply.Conflict, patches: 1, desired: `{"x":7,"y":1}`,
			fields: []apply.Mismatch{{Path: schema.Path{"desired", "x"}, Planned: schema.Doc(`1`), Found: schema.Doc(`7`)}},
		},
		{
			name: "a planned leaf away", write: func(r *rig, _ plan.Change) { r.patch(gadget, "", `{"x":null}`) },
			want: apply.Conflict, patches: 1, desired: `{"y":1}`,
			fields: []apply.Mismatch{{Path: schema.Path{"desired", "x"}, Planned: schema.Doc(`1`)}},
		},
		{
			name: "one leaf as planned", write: func(r *rig, _ plan.Change) { r.patch(gadget, "", `{"x":2}`) },
			want: apply.Done, patches: 2, desired: `{"x":2,"y":2}`,
		},
		{
			name: "all of it, as planned", write: func(r *rig, c plan.Change) { r.execute(c); r.wire.forget() },
			want: apply.Already, patches: 1, desired: `{"x":2,"y":2}`,
		},
		{
			name: "our mark", write: func(r *rig, _ plan.Change) { r.patch(gadget, `{"twinset":{"`+owner+`":{"h":"0000000000"}}}`, "") },
			want: apply.Conflict, patches: 1, desired: `{"x":1,"y":1}`,
			fields: []apply.Mismatch{{Path: markPath(owner)}},
		},
		{
			name: "another mark on a planned leaf", write: func(r *rig, _ plan.Change) { r.patch(gadget, `{"twinset":{"`+other+`":{"v":1,"d":"x"}}}`, "") },
			want: apply.Conflict, patches: 1, desired: `{"x":1,"y":1}`,
			fields: []apply.Mismatch{{Path: markPath(other), Found: schema.Doc(`"owns desired.x"`)}},
		},
		{
			name: "another mark elsewhere", write: func(r *rig, _ plan.Change) { r.patch(gadget, `{"twinset":{"`+other+`":{"v":1,"d":"z"}}}`, "") },
			want: apply.Done, patches: 2, desired: `{"x":2,"y":2}`,
		},
		{
			name: "away", write: func(r *rig, _ plan.Change) {
				if err := r.portal.DeleteDevice(r.Context(), "d", "*"); err != nil {
					r.Fatal(err)
				}
			},
			want: apply.Conflict, patches: 1,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.set(gadgetBefore)
			c := r.change(gadgetAfter)
			tt.write(r, c)
			o := r.execute(c)
			wantStatus(t, o, tt.want)
			if len(tt.fields) > 0 && cmp.Equal(tt.fields[0].Path, markPath(owner)) {
				tt.fields[0].Planned, tt.fields[0].Found = c.MarkBefore, schema.Lookup(r.object(gadget).Doc, markPath(owner))
			}
			if diff := cmp.Diff(tt.fields, o.Fields); diff != "" {
				t.Errorf("fields differ (-want +got):\n%s", diff)
			}
			if got := len(r.wire.requests("PATCH", "/twins/d")); got != tt.patches {
				t.Errorf("got %d tries, want %d", got, tt.patches)
			}
			if tt.desired == "" {
				return
			}
			if got := schema.Lookup(r.object(gadget).Doc, schema.Path{"desired"}); string(got) != tt.desired {
				t.Errorf("desired: got %s, want %s", got, tt.desired)
			}
		})
	}
}

// The second try carries the new ETag and leaves out what is there already.
func TestUpdateTriesAgainWithTheRest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gadgetBefore)
	c := r.change(gadgetAfter)
	r.patch(gadget, "", `{"x":2}`)
	now := r.object(gadget).ETags.Twin
	wantStatus(t, r.execute(c), apply.Done)
	second := r.wire.requests("PATCH", "/twins/d")[1]
	want := fmt.Sprintf(`{"properties":{"desired":{"y":2}},"tags":{"twinset":{%q:{"c":true,"d":"x,y","h":%q,"i":null,"k":null,"m":null,"p":null,"r":null,"t":"site","v":1}}}}`, owner, text(c.Mark, "h"))
	got, err := schema.CanonicalJSON([]byte(second.Body))
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	if second.IfMatch != `"`+now+`"` {
		t.Errorf("If-Match: got %s, want %q", second.IfMatch, now)
	}
}

// A value that gives way to an object must be the one that the plan found: it could
// not come back.
func TestUpdateOfAnOverwrittenValue(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gadgetBefore)
	c := r.change(&schema.Device{ID: "d", Tags: gadgetBefore.Tags, Desired: map[string]any{"x": map[string]any{"low": number("1")}, "y": number("1")}})
	r.patch(gadget, "", `{"x":7}`)
	out := r.execute(c)
	want := []apply.Mismatch{{Path: schema.Path{"desired", "x"}, Planned: schema.Doc(`1`), Found: schema.Doc(`7`)}}
	if diff := cmp.Diff(want, out.Fields); out.Status != apply.Conflict || diff != "" {
		t.Errorf("got %s, %v, fields (-want +got):\n%s", out.Status, out.Err, diff)
	}
}

func TestUpdateOfAModuleThatIsGone(t *testing.T) {
	t.Parallel()
	for _, gone := range []string{"module", "device"} {
		for _, auth := range []string{"", schema.AuthX509CA} { // twin only, and identity first
			t.Run(gone+auth, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				m := &schema.Module{DeviceID: "d", ID: "m", Desired: map[string]any{"x": number("1")}}
				r.set(&schema.Device{ID: "d"}, m)
				next := &schema.Module{DeviceID: "d", ID: "m", Desired: map[string]any{"x": number("2")}}
				if auth != "" {
					next.Auth = &schema.Auth{Type: auth}
				}
				c := r.change(&schema.Device{ID: "d"}, next)
				err := r.portal.DeleteModule(t.Context(), "d", "m", "*")
				if gone == "device" {
					err = r.portal.DeleteDevice(t.Context(), "d", "*")
				}
				if err != nil {
					t.Fatal(err)
				}
				wantStatus(t, r.execute(c), apply.Conflict)
			})
		}
	}
}

func TestUpdateGivesUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gadgetBefore)
	c := r.change(gadgetAfter)
	n := 0
	r.wire.disturb(100, "PATCH /twins/d", after(func() { n++; r.patch(gadget, fmt.Sprintf(`{"n":%d}`, n), "") }))
	wantStatus(t, r.execute(c), apply.Failed)
	if n != maxTries {
		t.Errorf("got %d tries, want %d", n, maxTries)
	}
}

func TestUpdateWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	r := newPatientRig(t)
	r.set(gadgetBefore)
	c := r.change(gadgetAfter)
	r.wire.disturb(1, "PATCH /twins/d", lost)
	wantStatus(t, r.execute(c), apply.Already)
	if again := r.plan(gadgetAfter); len(again) > 0 {
		t.Errorf("second plan: got %+v, want nothing", again)
	}
}

// Taking the mark off is tried again too, and never takes somebody else's along.
func TestUnmarkOfAChangedTwin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, meanwhile, tags string }{
		{"somebody wrote elsewhere", `{"theirs":1}`, `{"theirs":1}`},
		{"another owner has marked it", `{"twinset":{"` + other + `":{"v":1,"d":"z"}}}`, `{"twinset":{"` + other + `":{"d":"z","v":1}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.make("d")
			r.setAs(plan.Policy{Owner: owner, Adopt: true}, &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}})
			c := r.change()
			r.patch(gadget, tt.meanwhile, "")
			wantStatus(t, r.execute(c), apply.Done)
			if got := schema.Lookup(r.object(gadget).Doc, schema.Path{"tags"}); string(got) != tt.tags {
				t.Errorf("tags: got %s, want %s", got, tt.tags)
			}
		})
	}
}

// The mark that fields are taken from is written as a whole: what its owner added
// since the plan must not get lost.
func TestTakeOwnershipOfAChangedTwin(t *testing.T) {
	t.Parallel()
	theirs := &schema.Device{ID: "d", Tags: map[string]any{"site": "a", "floor": "1"}}
	mine := &schema.Device{ID: "d", Tags: map[string]any{"site": "b"}}
	for _, tt := range []struct {
		name   string
		write  func(r *rig)
		want   apply.Status
		theirs string // tags that the other owner holds afterwards
	}{
		{"somebody wrote elsewhere", func(r *rig) { r.patch(gadget, "", `{"z":1}`) }, apply.Done, "floor"},
		{"the other owner owns more now", func(r *rig) {
			r.setAs(plan.Policy{Owner: other}, &schema.Device{ID: "d", Tags: map[string]any{"site": "a", "floor": "1", "room": "7"}})
		}, apply.Conflict, "floor,room,site"},
		{"the other mark is gone", func(r *rig) { r.patch(gadget, `{"twinset":{"`+other+`":null}}`, "") }, apply.Conflict, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.setAs(plan.Policy{Owner: other}, theirs)
			c := r.changeAs(plan.Policy{Owner: owner, Adopt: true, TakeOwnership: true}, mine)
			tt.write(r)
			o := r.execute(c)
			wantStatus(t, o, tt.want)
			held := ""
			if marks, _ := schema.Marks(r.object(gadget).Doc); marks[other] != nil {
				held = marks[other].Tags.String()
			}
			if held != tt.theirs {
				t.Errorf("their tags: got %q, want %q", held, tt.theirs)
			}
			if conflict := tt.want == apply.Conflict; conflict && (len(o.Fields) == 0 || !cmp.Equal(o.Fields[0].Path, markPath(other))) {
				t.Errorf("fields: got %v, want the other mark", o.Fields)
			}
		})
	}
}
