package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

// Every device stands on exactly one hub with its modules, and the shares together are
// the fleet; or every hub's plan fails.
func TestSharesProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hubs := rapid.IntRange(1, 4).Draw(t, "hubs")
		var shares []plan.Share
		for i := range hubs {
			where, err := condition.Parse(fmt.Sprintf("tags.region = 'r%d'", i))
			if err != nil {
				t.Fatal(err)
			}
			shares = append(shares, plan.Share{Name: fmt.Sprintf("e[%d]", i), Where: where})
		}
		if rapid.IntRange(0, 4).Draw(t, "overlapping") == 0 {
			shares[0].Where, _ = condition.Parse("is_defined(tags.region)")
		}
		var fleet []schema.Object
		wrong := false
		for i := range rapid.IntRange(0, 8).Draw(t, "devices") {
			region := rapid.IntRange(0, 4).Draw(t, "region")
			doc := schema.Doc(fmt.Sprintf(`{"tags":{"region":"r%d"}}`, region))
			meets := 0
			for _, s := range shares {
				if strings.HasSuffix(s.Name, fmt.Sprintf("[%d]", region)) || s.Where.Meets(func([]string) condition.Value { return condition.Text("") }) == condition.Yes {
					meets++
				}
			}
			wrong = wrong || meets != 1
			d := schema.Object{Addr: schema.DeviceAddress(fmt.Sprintf("d%d", i)), Doc: doc}
			fleet = append(fleet, d)
			for m := range rapid.IntRange(0, 2).Draw(t, "modules") {
				fleet = append(fleet, schema.Object{Addr: schema.ModuleAddress(d.Addr.ID, fmt.Sprintf("m%d", m)), Doc: schema.Doc("{}")})
			}
		}
		fleet = append(fleet, schema.Object{Addr: schema.ConfigurationAddress("c"), Doc: schema.Doc("{}")})
		stream := func(yield func(schema.Object, error) bool) {
			for _, o := range fleet {
				if !yield(o, nil) {
					return
				}
			}
		}
		seen := map[schema.Address]int{}
		at := map[string]string{}
		for _, s := range shares {
			failed := false
			for o, err := range plan.Declared(s.Name, shares, stream) {
				if err != nil {
					failed = true
					break
				}
				seen[o.Addr]++
				if o.Addr.Kind == schema.KindModule && at[o.Addr.ID] != s.Name {
					t.Fatalf("%s is on %s without its device", o.Addr, s.Name)
				}
				at[o.Addr.ID] = s.Name
			}
			if failed != wrong {
				t.Fatalf("%s: failed %v, want %v", s.Name, failed, wrong)
			}
		}
		for _, o := range fleet {
			want := 1
			if o.Addr.Kind.Targets() {
				want = hubs
			}
			if !wrong && seen[o.Addr] != want {
				t.Fatalf("%s is on %d hubs, want %d", o.Addr, seen[o.Addr], want)
			}
		}
	})
}
