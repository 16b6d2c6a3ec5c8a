package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const night = "night-mode"

// dim is a configuration of the sensors.
func dim(value string, edit ...func(*schema.Configuration)) *schema.Configuration {
	c := &schema.Configuration{
		Targeting:     schema.Targeting{ID: night, Priority: "20", TargetCondition: "tags.role='sensor'"},
		DeviceContent: map[string]any{"properties.desired.night": map[string]any{"dim": json.Number(value)}},
	}
	for _, e := range edit {
		e(c)
	}
	return c
}

func inPlace(c *schema.Configuration) { c.Lifecycle.Replace = schema.ReplaceInPlace }

// sensors makes devices that the configuration targets, and one that it does not.
func (r *rig) sensors(n int) {
	r.Helper()
	var entries []hub.BulkEntry
	for i := range n {
		entries = append(entries, hub.BulkEntry{ID: fmt.Sprintf("s-%d", i), ImportMode: hub.ImportCreate, Status: "enabled", Tags: json.RawMessage(`{"role":"sensor"}`)})
	}
	entries = append(entries, hub.BulkEntry{ID: "other", ImportMode: hub.ImportCreate, Status: "enabled"})
	if res, err := r.portal.Bulk(r.Context(), entries); err != nil || !res.IsSuccessful {
		r.Fatalf("make sensors: %+v, %v", res, err)
	}
}

// configurations are those on the hub, by id.
func (r *rig) configurations() map[string]hub.Configuration {
	r.Helper()
	list, err := r.portal.Configurations(context.Background())
	if err != nil {
		r.Fatal(err)
	}
	all := map[string]hub.Configuration{}
	for _, v := range list {
		all[v.ID] = v
	}
	return all
}

// edit changes a configuration behind our back.
func (r *rig) edit(id string, change func(*hub.Configuration)) {
	r.Helper()
	v := r.configurations()[id]
	change(&v)
	if _, err := r.portal.PutConfiguration(r.Context(), v, hub.Any); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) wantSettled(list ...declaration) {
	r.Helper()
	if again := r.plan(list...); len(again) > 0 {
		r.Fatalf("second plan: got %+v, want none", again)
	}
}

func TestTargetingLife(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sensors(2)
	deployment := &schema.Deployment{
		Targeting:      schema.Targeting{ID: "edge-base", Priority: "1", TargetCondition: "*"},
		ModulesContent: map[string]any{"$edgeAgent": map[string]any{}},
	}
	first := dim("0.25", func(c *schema.Configuration) {
		c.Labels = map[string]any{"team": "light", "a.b": "dotted"}
		c.Metrics = map[string]any{"dimmed": "SELECT deviceId FROM devices WHERE properties.reported.night.dim = 0.25"}
	})
	r.set(first, deployment)
	r.wantSettled(first, deployment)
	r.edit(night, func(v *hub.Configuration) {
		v.Labels["portal"], v.Metrics.Queries["theirs"] = "x", "SELECT deviceId FROM devices"
	})
	r.wantSettled(first, deployment)

	second := dim("0.25", func(c *schema.Configuration) {
		c.Priority, c.TargetCondition = "30", "tags.role='lamp'"
		c.Labels = map[string]any{"a.b": "changed", "team": nil}
	})
	r.set(second, deployment)
	r.wantSettled(second, deployment)
	got := r.configurations()[night]
	labels := maps.Clone(got.Labels)
	maps.DeleteFunc(labels, func(name, _ string) bool { return strings.HasPrefix(name, schema.ReservedLabel) })
	if diff := cmp.Diff(map[string]string{"a.b": "changed", "portal": "x"}, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if got.Priority != 30 || got.TargetCondition != "tags.role='lamp'" || got.Labels[labelOwner] != owner || got.Labels[labelName] != "" {
		t.Errorf("got %+v", got)
	}
	if _, stays := got.Metrics.Queries["theirs"]; len(got.Metrics.Queries) != 1 || !stays {
		t.Errorf("metrics: got %v, want the one of somebody else", got.Metrics.Queries)
	}

	r.set()
	if left := r.configurations(); len(left) > 0 {
		t.Errorf("got %v, want none", left)
	}
	r.wantSettled()
}

// One request tells all that a plan must know.
func TestTargetingPlanRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(dim("0.25"))
	r.planAs(plan.Policy{Owner: owner}, dim("0.5", func(c *schema.Configuration) { c.Priority = "7" }))
	r.live()
	want := []string{"POST /devices/query", "POST /devices/query", "GET /configurations"}
	if got := r.wire.lines(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTargetingReplace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sensors(3)
	r.set(dim("0.25", func(c *schema.Configuration) { c.Labels = map[string]any{"team": "light"} }))
	r.edit(night, func(v *hub.Configuration) { v.Labels["portal"] = "x" })
	next := dim("0.5")
	c := r.change(next)
	if c.Replace != plan.Successor || c.HubID == night {
		t.Fatalf("got %+v, want a successor", c)
	}
	wantStatus(t, r.execute(c), apply.Done)
	var writes []string
	for _, line := range r.wire.lines() {
		if !strings.HasPrefix(line, "GET") {
			writes = append(writes, line)
		}
	}
	want := []string{"PUT /configurations/" + c.HubID, "DELETE /configurations/" + night, "PUT /configurations/" + c.HubID}
	if !slices.Equal(writes, want) {
		t.Errorf("got writes %q, want %q", writes, want)
	}
	puts := r.wire.requests("PUT", "/configurations/"+c.HubID)
	var v hub.Configuration
	if err := json.Unmarshal([]byte(puts[0].Body), &v); err != nil || v.Priority != 21 || v.TargetCondition != next.TargetCondition {
		t.Errorf("successor: got %+v, %v, want priority 21 and the same target", v, err)
	}
	r.wantSettled(next)
	all := r.configurations()
	if got := all[c.HubID]; len(all) != 1 || got.Priority != 20 || got.Labels["portal"] != "x" || got.Labels["team"] != "" || got.Labels[labelName] != night {
		t.Errorf("got %+v", all)
	}
	if twin, err := r.portal.Twin(t.Context(), "s-1", ""); err != nil || !strings.Contains(string(twin.Desired), `"dim":0.5`) {
		t.Errorf("twin: got %s, %v", twin.Desired, err)
	}
	wantStatus(t, r.execute(c), apply.Done) // the same plan again changes nothing
	r.wantSettled(next)
	back := dim("0.25")
	r.set(back)
	r.wantSettled(back)
}

// A neighbour of the next higher priority is not overruled for a while.
func TestTargetingReplaceBelowNeighbour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sensors(2)
	above := dim("0.9", func(c *schema.Configuration) { c.ID, c.Priority = "storm", "21" })
	r.set(dim("0.25"), above)
	r.wire.disturb(1, "DELETE /configurations/*", after(func() {
		for _, v := range r.configurations() {
			if v.Priority > 21 || v.Priority == 21 && v.ID != "storm" {
				t.Errorf("%s has priority %d: it competes with storm", v.ID, v.Priority)
			}
		}
	}))
	r.set(dim("0.5"), above)
	r.wantSettled(dim("0.5"), above)
	if twin, err := r.portal.Twin(t.Context(), "s-1", ""); err != nil || !strings.Contains(string(twin.Desired), `"dim":0.9`) {
		t.Errorf("twin: got %s, %v", twin.Desired, err)
	}
}

// Whichever request of a replacement is the last that works, or works without an
// answer: what is left is found and finished, no second plan has anything to do,
// and there is always a configuration that targets the devices.
func TestTargetingInterrupted(t *testing.T) {
	t.Parallel()
	broken := func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
	for name, fault := range map[string]fault{"refused": broken, "unheard": lost} {
		for _, way := range []string{schema.ReplaceSuccessor, schema.ReplaceInPlace} {
			for n := 0; ; n++ {
				r := newRig(t)
				r.sensors(2)
				r.set(dim("0.25"))
				next := dim("0.5", func(c *schema.Configuration) { c.Lifecycle.Replace = way })
				c := r.change(next)
				if n >= replacementRequests(r, c, n, fault) {
					break
				}
				if way == schema.ReplaceSuccessor && len(r.configurations()) == 0 {
					t.Fatalf("%s %s at request %d: there is no configuration", way, name, n)
				}
				r.set(next)
				r.wantSettled(next)
				if all := r.configurations(); len(all) != 1 || slices.Collect(maps.Values(all))[0].Priority != 20 {
					t.Fatalf("%s %s at request %d: got %+v, want one revision", way, name, n, all)
				}
			}
		}
	}
}

// replacementRequests executes a change of which the request n and all later ones
// fail, and returns how many requests there were.
func replacementRequests(r *rig, c plan.Change, n int, f fault) int {
	seen := 0
	inner := r.wire.hub
	r.wire.hub = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		seen++
		switch {
		case seen == n+1:
			f(w, q, inner)
		case seen > n+1:
			panic(http.ErrAbortHandler)
		default:
			inner.ServeHTTP(w, q)
		}
	})
	r.execute(c)
	r.wire.hub = inner
	return seen
}

// The old revision stays as long as devices depend on it.
func TestTargetingWaits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		results string // of the successor
		looks   int    // how often the hub gives them
		want    apply.Status
	}{
		{"not evaluated", `{}`, 1000, apply.Failed},
		{"not applied everywhere", `{"targetedCount":3,"appliedCount":2}`, 1000, apply.Failed},
		{"evaluated late", `{}`, 5, apply.Done},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.sensors(3)
			r.set(dim("0.25"))
			c := r.change(dim("0.5"))
			var slept time.Duration
			r.sleep = func(_ context.Context, d time.Duration) error { slept += d; return nil }
			r.wire.disturb(tt.looks, "GET /configurations/"+c.HubID, counted(tt.results))
			r.wire.disturb(tt.looks, "GET /configurations/"+night, counted(`{"targetedCount":3,"appliedCount":1}`))
			o := r.execute(c)
			wantStatus(t, o, tt.want)
			_, old := r.configurations()[night]
			if old != (tt.want == apply.Failed) {
				t.Errorf("old revision there: %v", old)
			}
			if tt.want == apply.Failed && (slept < patience || !strings.Contains(o.Err.Error(), "old revision is kept")) {
				t.Errorf("got %v after %s", o.Err, slept)
			}
			r.wire.rules = nil
			r.set(dim("0.5"))
			r.wantSettled(dim("0.5"))
		})
	}
}

// counted lets a configuration have other results than the hub has found.
func counted(results string) fault {
	return func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
		rec := httptest.NewRecorder()
		hub.ServeHTTP(rec, r)
		var v map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil || rec.Code != http.StatusOK {
			w.WriteHeader(rec.Code)
			return
		}
		v["systemMetrics"] = map[string]any{"results": json.RawMessage(results)}
		_ = json.NewEncoder(w).Encode(v)
	}
}

func TestTargetingWaitEndsWithContext(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sensors(1)
	r.set(dim("0.25"))
	c := r.change(dim("0.5"))
	stop := errors.New("stop")
	r.sleep = func(context.Context, time.Duration) error { return stop }
	r.wire.disturb(1, "GET /configurations/"+c.HubID, counted(`{}`))
	if o := r.execute(c); !errors.Is(o.Err, stop) {
		t.Errorf("got %+v, want the end of the context", o)
	}
}

// A successor that old revisions outrank would never be applied.
func TestTargetingOutranked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sensors(2)
	r.set(dim("0.25"))
	old := r.configurations()[night]
	r.set(dim("0.5"))
	old.Priority = 70
	if _, err := r.portal.PutConfiguration(t.Context(), old, ""); err != nil {
		t.Fatal(err)
	}
	c := r.change(dim("0.5"))
	r.sleep = func(context.Context, time.Duration) error { return errors.New("waits in vain") }
	wantStatus(t, r.execute(c), apply.Done)
	r.wantSettled(dim("0.5"))
	all := r.configurations()
	if len(all) != 1 || all[c.HubID].Priority != 20 {
		t.Errorf("got %+v, want the successor with its own priority", all)
	}
}

func TestTargetingConflicts(t *testing.T) {
	t.Parallel()
	changed := func(v *hub.Configuration) { v.Priority = 99 }
	taken := func(v *hub.Configuration) { v.Labels[labelOwner] = other }
	for _, tt := range []struct {
		name string
		next []declaration
		edit func(*hub.Configuration)
		want apply.Status
	}{
		{"update", []declaration{dim("0.25", func(c *schema.Configuration) { c.Priority = "30" })}, changed, apply.Conflict},
		{"update beside", []declaration{dim("0.25", func(c *schema.Configuration) { c.Priority = "30" })}, func(v *hub.Configuration) { v.Labels["x"] = "y" }, apply.Done},
		{"replace what another owner took", []declaration{dim("0.5")}, taken, apply.Conflict},
		{"replace what changed", []declaration{dim("0.5", func(c *schema.Configuration) { c.Priority = "30" })}, changed, apply.Conflict},
		{"replace in place", []declaration{dim("0.5", inPlace)}, taken, apply.Conflict},
		{"delete", nil, changed, apply.Conflict},
		{"delete what another owner took", nil, taken, apply.Conflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.set(dim("0.25"))
			c := r.change(tt.next...)
			r.edit(night, tt.edit)
			wantStatus(t, r.execute(c), tt.want)
			if _, there := r.configurations()[night]; !there || len(r.configurations()) != 1 {
				t.Errorf("got %v, want the one of before", r.configurations())
			}
		})
	}
}

func TestTargetingGone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		next []declaration
		want apply.Status
	}{
		{"update", []declaration{dim("0.25", func(c *schema.Configuration) { c.Priority = "30" })}, apply.Conflict},
		{"replace", []declaration{dim("0.5")}, apply.Done},
		{"delete", nil, apply.Already},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.set(dim("0.25"))
			c := r.change(tt.next...)
			if err := r.portal.DeleteConfiguration(t.Context(), night, hub.Any); err != nil {
				t.Fatal(err)
			}
			wantStatus(t, r.execute(c), tt.want)
			r.set(tt.next...)
			r.wantSettled(tt.next...)
		})
	}
}

func TestTargetingCreateTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.change(dim("0.25"))
	wantStatus(t, r.execute(c), apply.Done)
	wantStatus(t, r.execute(c), apply.Already)
	other := r.change(dim("0.5"))
	other.Action, other.Replace, other.HubID, other.Retire = plan.Create, "", "", nil
	wantStatus(t, r.execute(other), apply.Conflict)
}

// Somebody else's configuration is adopted, replaced and let go of.
func TestTargetingAdopt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	theirs := hub.Configuration{
		ID: night, Priority: 5, TargetCondition: "*", Labels: map[string]string{"portal": "x"},
		Content: map[string]json.RawMessage{"deviceContent": json.RawMessage(`{"properties.desired.night":{"dim":0.25}}`)},
	}
	if _, err := r.portal.PutConfiguration(t.Context(), theirs, ""); err != nil {
		t.Fatal(err)
	}
	if c := r.change(dim("0.25")); !c.Refused() {
		t.Fatalf("got %+v, want a refusal", c)
	}
	adopting := plan.Policy{Owner: owner, Adopt: true}
	r.setAs(adopting, dim("0.25"))
	r.wantSettled(dim("0.25"))
	r.set()
	if v := r.configurations()[night]; v.ID == "" || v.Labels[labelOwner] != "" || v.Labels["portal"] != "x" {
		t.Errorf("got %+v, want it without our mark", v)
	}
	r.wantSettled()
	r.setAs(adopting, dim("0.5"))
	r.wantSettled(dim("0.5"))
	if all := r.configurations(); len(all) != 1 || all[night].ID != "" {
		t.Errorf("got %v, want the successor alone", all)
	}
}

// A configuration can become a deployment of the same name: the id is taken until
// the old one is gone.
func TestTargetingOtherKind(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(dim("0.25"))
	deployment := &schema.Deployment{
		Targeting:      schema.Targeting{ID: night, Priority: "1", TargetCondition: "*"},
		ModulesContent: map[string]any{"$edgeAgent": map[string]any{}},
	}
	r.set(deployment)
	r.wantSettled(deployment)
	if all := r.configurations(); len(all) != 1 || all[night].ID != "" {
		t.Errorf("got %v, want the deployment alone", all)
	}
}

// A mark that somebody damages makes its configuration unowned.
func TestTargetingDamagedMark(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(dim("0.25"))
	r.edit(night, func(v *hub.Configuration) { v.Labels[labelMark] = "{" })
	if c := r.change(dim("0.25")); !c.Refused() || !c.Adopt {
		t.Errorf("got %+v, want a refusal to adopt", c)
	}
	r.wantSettled()
}
