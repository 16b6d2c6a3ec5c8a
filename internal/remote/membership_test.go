package remote

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// What the planner predicts of target conditions is what the embedded hub then
// does. The two share no code.
func TestMembershipOfAFleet(t *testing.T) {
	t.Parallel()
	const devices, rules = 1000, 20
	r := newRig(t)
	draw := rand.New(rand.NewPCG(1, 2))
	text := func() string { return someCondition(draw.IntN, 3) }
	before, after := someFleet(draw.IntN, devices), someFleet(draw.IntN, devices)
	first, second := someRules(rules, text), someRules(rules, text)
	for i := range rules / 2 {
		second[i] = first[i] // of these only tags move members
	}
	r.set(append(before, first...)...)
	had := r.targets(rules)
	desired := append(after, second...)
	members := r.members(desired...)
	r.set(desired...)
	has := r.targets(rules)
	got, want := map[string]moved{}, map[string]moved{}
	for _, m := range members {
		if m.Open > 0 {
			t.Errorf("%s: %d are open, want all decided", m.Address, m.Open)
		}
		got[m.Address] = moved{m.Joins, m.Leaves}
	}
	for id := range has {
		if m := difference(had[id], has[id]); m != (moved{}) {
			want["configuration."+id] = m
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-hub +planned):\n%s", diff)
	}
	if len(want) < rules/2 {
		t.Errorf("the members of %d configurations move only: the test proves little", len(want))
	}
	r.wantSettled(desired...)
	if again := r.members(desired...); len(again) > 0 {
		t.Errorf("second plan: got %v, want no moves", again)
	}
}

type moved struct{ Joins, Leaves int }

func difference(before, after map[string]bool) (m moved) {
	for id := range after {
		if !before[id] {
			m.Joins++
		}
	}
	for id := range before {
		if !after[id] {
			m.Leaves++
		}
	}
	return m
}

// One condition, one device with any tags.
func TestMembershipOfADevice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t)
		n := func(limit int) int { return rapid.IntRange(0, limit-1).Draw(t, "choice") }
		condition := someCondition(n, 3)
		device := someDevice(n, "d")
		list := []declaration{device, someRule(0, condition)}
		members := r.members(list...)
		r.set(list...)
		targeted := len(r.targets(1)["rule-0"]) > 0
		if predicted := len(members) == 1 && members[0].Joins == 1; predicted != targeted {
			t.Fatalf("%s of %v: predicted %v, on the hub %v", condition, device.Tags, predicted, targeted)
		}
	})
}

// members is what a plan says of them.
func (r *rig) members(list ...declaration) []plan.Member {
	r.Helper()
	tally, err := plan.Compute(sequence(r.desired(owner, list...)), sequence(r.live()), plan.Policy{Owner: owner}, func(plan.Change) error { return nil })
	if err != nil {
		r.Fatal(err)
	}
	if warnings := tally.Warnings(); len(warnings) > 0 {
		r.Fatalf("got warnings %q", warnings)
	}
	return tally.Membership.Members()
}

// targets are the devices that each rule targets by the hub's account.
func (r *rig) targets(rules int) map[string]map[string]bool {
	r.Helper()
	all := map[string]map[string]bool{}
	for i := range rules {
		all[fmt.Sprintf("rule-%d", i)] = map[string]bool{}
	}
	r.portal.Configurations(r.Context()) //nolint:errcheck // a request lets the hub evaluate
	for page, err := range r.portal.Query(r.Context(), queryOf(schema.KindDevice), pageSize) {
		if err != nil {
			r.Fatal(err)
		}
		for _, item := range page.Items {
			var twin hub.Twin
			var states map[string]any
			if err := json.Unmarshal(item, &twin); err != nil {
				r.Fatal(err)
			}
			if len(twin.Configurations) > 0 {
				if err := json.Unmarshal(twin.Configurations, &states); err != nil {
					r.Fatal(err)
				}
			}
			for id := range states {
				all[id][twin.DeviceID] = true
			}
		}
	}
	return all
}

func someFleet(n func(int) int, count int) []declaration {
	var list []declaration
	for i := range count {
		list = append(list, someDevice(n, fmt.Sprintf("d-%d", i)))
	}
	return list
}

func someDevice(n func(int) int, id string) *schema.Device {
	tags := map[string]any{}
	for _, name := range []string{"site", "role", "n", "on", "Mixed"} {
		if n(4) > 0 {
			tags[name] = []any{"north", "south", "it's", json.Number("1"), json.Number("2.5"), true, false, []any{"north", json.Number("1")}, map[string]any{"deep": "north"}}[n(9)]
		}
	}
	return &schema.Device{ID: id, Tags: tags}
}

func someRules(count int, text func() string) []declaration {
	var list []declaration
	for i := range count {
		list = append(list, someRule(i, text()))
	}
	return list
}

func someRule(i int, condition string) *schema.Configuration {
	return &schema.Configuration{
		Targeting:     schema.Targeting{ID: fmt.Sprintf("rule-%d", i), Priority: "1", TargetCondition: condition},
		DeviceContent: map[string]any{fmt.Sprintf("properties.desired.r%d", i): json.Number("1")},
	}
}

// someCondition makes one in every form of the language.
func someCondition(n func(int) int, depth int) string {
	pick := func(list ...string) string { return list[n(len(list))] }
	path := pick("tags.site", "tags.role", "tags.n", "TAGS.on", "tags.[[Mixed]]", "devices.tags.site", "tags.site.deep", "deviceId", "tags.missing")
	constant := pick(`'north'`, `"south"`, `'it\'s'`, `"it's"`, "1", "2.5", "0x1", "-1", "1e0", "true", "FALSE", "null", "undefined", `'\u006eorth'`)
	switch k := n(12); {
	case depth > 0 && k < 4:
		return someCondition(n, depth-1) + pick(" AND ", " or ", " OR ") + someCondition(n, depth-1)
	case depth > 0 && k == 4:
		return pick("NOT ", "not ") + someCondition(n, depth-1)
	case depth > 0 && k == 5:
		return "(" + someCondition(n, depth-1) + ")"
	case depth > 0 && k == 6:
		return "(" + someCondition(n, depth-1) + ") = " + pick("true", "false", path)
	}
	switch n(9) {
	case 0:
		return "IS_DEFINED(" + path + ")"
	case 1:
		return "STARTSWITH(" + path + ", " + pick(`'no'`, `''`, `'d-1'`) + ")"
	case 2:
		return "ARRAY_CONTAINS(" + path + ", " + strings.Replace(constant, "undefined", "1", 1) + ")"
	case 3:
		return path + pick(" IN ", " NIN ", " in ") + "[" + strings.Replace(constant, "undefined", "1", 1) + ", 'south', 1]"
	case 4:
		return path + pick(" + ", " - ", " * ", " / ", " % ", " -") + pick("1", "2", "0", path) + pick(" = ", " > ", " <= ") + pick("1", "2", "3.5")
	case 5:
		return path
	case 6:
		return "deviceId != ''"
	default:
		return path + pick(" = ", " != ", " <> ", " < ", " > ", " <= ", " >= ") + constant
	}
}
