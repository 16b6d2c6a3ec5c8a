package remote

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Whatever configurations and deployments others have, and whatever they do to ours:
// what is not ours stays as it is, what is declared comes to be, and the plan after it
// is empty.
func TestTargetingModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t)
		r.sensors(2)
		for round := range rapid.IntRange(2, 5).Draw(t, "rounds") {
			for range rapid.IntRange(0, 3).Draw(t, "writes of others") {
				r.meddle(t)
			}
			list := anyTargeting(t, round)
			before := r.configurations()
			changes := r.planAs(plan.Policy{Owner: owner, Adopt: true}, list...)
			if slices.ContainsFunc(changes, plan.Change.Refused) {
				t.Fatalf("refused: %+v", changes)
			}
			for addr, o := range r.run(changes) {
				if !o.Status.OK() {
					t.Fatalf("%s: %s, %v", addr, o.Status, o.Err)
				}
			}
			r.checkOthers(t, before, list)
			if again := r.plan(list...); len(again) > 0 {
				t.Fatalf("second plan: %+v", again)
			}
			r.checkHeld(t, list)
		}
	})
}

// anyTargeting draws what is declared, of which content changes in most rounds.
func anyTargeting(t *rapid.T, round int) []declaration {
	var list []declaration
	for _, id := range []string{"c-1", "c-2", "d-1"} {
		if rapid.IntRange(0, 3).Draw(t, "declare "+id) == 0 {
			continue
		}
		common := schema.Targeting{
			ID: id, Priority: json.Number(fmt.Sprint(rapid.IntRange(0, 30).Draw(t, id+" priority"))),
			TargetCondition: rapid.SampledFrom([]string{"*", "tags.role='sensor'", "deviceId = 's-0'"}).Draw(t, id+" condition"),
		}
		if rapid.Bool().Draw(t, id+" labels") {
			common.Labels = map[string]any{"team": rapid.SampledFrom([]any{"a", "b", nil}).Draw(t, id+" team")}
		}
		if rapid.Bool().Draw(t, id+" metrics") {
			common.Metrics = map[string]any{"m": fmt.Sprintf("SELECT deviceId FROM devices WHERE tags.n = %d", round)}
		}
		common.Lifecycle.Replace = rapid.SampledFrom([]string{"", schema.ReplaceSuccessor, schema.ReplaceInPlace}).Draw(t, id+" replace")
		value := json.Number(fmt.Sprint(rapid.IntRange(0, 2).Draw(t, id+" content")))
		if strings.HasPrefix(id, "d") {
			agent := map[string]any{"properties.desired.modules.m": map[string]any{"settings": map[string]any{"image": "m:" + value.String()}}}
			list = append(list, &schema.Deployment{Targeting: common, ModulesContent: map[string]any{"$edgeAgent": agent}})
			continue
		}
		list = append(list, &schema.Configuration{Targeting: common, DeviceContent: map[string]any{"properties.desired." + strings.ReplaceAll(id, "-", ""): value}})
	}
	return list
}

// meddle is somebody else: has a configuration of their own, and changes or removes
// one, be it ours.
func (r *rig) meddle(t *rapid.T) {
	held := r.configurations()
	ids := []string{"theirs", "c-2"}
	for id := range held {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	id := rapid.SampledFrom(slices.Compact(ids)).Draw(t, "other id")
	_, exists := held[id]
	switch {
	case !exists:
		v := hub.Configuration{
			ID: id, Priority: 5, TargetCondition: "*", Labels: map[string]string{"by": "them"},
			Content: map[string]json.RawMessage{"deviceContent": json.RawMessage(`{"properties.desired.theirs":1}`)},
		}
		if _, err := r.portal.PutConfiguration(r.Context(), v, ""); err != nil {
			t.Fatal(err)
		}
	case rapid.Bool().Draw(t, "remove "+id):
		if err := r.portal.DeleteConfiguration(r.Context(), id, hub.Any); err != nil {
			t.Fatal(err)
		}
	default:
		r.edit(id, func(v *hub.Configuration) {
			v.Priority = int64(rapid.IntRange(0, 40).Draw(t, "their priority"))
			v.Labels["theirs"], v.Metrics.Queries["theirs"] = "x", "SELECT deviceId FROM devices"
		})
	}
}

// checkOthers sees that nothing which is not ours was changed: neither configurations
// that do not bear our labels and are not declared, nor what others put into ours.
func (r *rig) checkOthers(t *rapid.T, before map[string]hub.Configuration, list []declaration) {
	after := r.configurations()
	declared := map[string]bool{}
	for _, o := range r.desired(owner, list...) {
		declared[o.Addr.ID] = true
	}
	for id, was := range before {
		is, exists := after[id]
		switch {
		case was.Labels[labelOwner] != owner && !declared[id]:
			if diff := cmp.Diff(was.Labels, is.Labels); !exists || diff != "" || is.Priority != was.Priority || !cmp.Equal(was.Content, is.Content) {
				t.Fatalf("%s is not ours: was %+v, is %+v", id, was, is)
			}
		case exists && was.CreatedTimeUTC.Equal(is.CreatedTimeUTC.Time) && was.Labels["theirs"] != is.Labels["theirs"]:
			t.Fatalf("%s: a label of others went: was %v, is %v", id, was.Labels, is.Labels)
		}
	}
}

// checkHeld sees that the hub holds what is declared, once.
func (r *rig) checkHeld(t *rapid.T, list []declaration) {
	live := map[schema.Address]schema.Object{}
	for _, o := range r.live() {
		live[o.Addr] = o
	}
	for _, want := range r.desired(owner, list...) {
		got, exists := live[want.Addr]
		if !exists || len(got.Revisions) != 1 || !schema.Covers(got.Doc, want.Doc) {
			t.Fatalf("%s:\nis     %s\nwanted %s", want.Addr, got.Doc, want.Doc)
		}
	}
}
