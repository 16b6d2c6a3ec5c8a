package plan_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// side draws devices, some of which are edge devices and attached to others, with
// modules.
func side(t *rapid.T, label string) []schema.Object {
	var list []schema.Object
	for i := range 8 {
		id := fmt.Sprintf("d%d", i)
		if !rapid.Bool().Draw(t, label+id) {
			continue
		}
		doc := `{`
		if rapid.Bool().Draw(t, label+id+" edge") {
			doc += `"edge":true,`
		}
		parent := rapid.SampledFrom([]string{"", "", "d0", "d1", "d2", "d3", "d9", "d9 (gone)"}).Draw(t, label+id+" parent")
		if parent != "" && parent != id {
			doc += `"parent":"` + parent + `",`
		}
		list = append(list, schema.Object{Addr: schema.DeviceAddress(id), Doc: schema.Doc(doc + `"status":"enabled"}`)})
		if rapid.Bool().Draw(t, label+id+" module") {
			list = append(list, schema.Object{Addr: schema.ModuleAddress(id, "m"), Doc: schema.Doc(`{}`)})
		}
	}
	list = append(list, schema.Object{Addr: schema.ConfigurationAddress("night"), Doc: schema.Doc(`{}`)})
	slices.SortFunc(list, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	return list
}

// Each object is in exactly one part, modules with their devices, and devices with
// those that they are attached to, now and as declared.
func TestShardProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		desired, live := side(t, "desired "), side(t, "live ")
		count := rapid.IntRange(1, 5).Draw(t, "parts")
		part := map[schema.Address]int{}
		for i := 1; i <= count; i++ {
			s, err := plan.ParseShard(fmt.Sprintf("%d/%d", i, count))
			if err != nil {
				t.Fatal(err)
			}
			for _, side := range []schema.Stream{s.Declared(streamOf(desired...)), s.Live(streamOf(live...))} {
				for _, err := range side {
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			for p, err := range plan.Match(streamOf(desired...), streamOf(live...)) {
				if err != nil {
					t.Fatal(err)
				}
				if !s.Has(p) {
					continue
				}
				if part[p.Addr()] != 0 {
					t.Fatalf("%s is in part %d and in part %d", p.Addr(), part[p.Addr()], i)
				}
				part[p.Addr()] = i
			}
		}
		for _, list := range [][]schema.Object{desired, live} {
			for _, o := range list {
				parent := schema.DeviceAddress(string(schema.Lookup(o.Doc, schema.Path{"parent"})))
				parent.ID = trimQuotes(parent.ID)
				switch {
				case part[o.Addr] == 0:
					t.Fatalf("%s is in no part", o.Addr)
				case o.Addr.Kind == schema.KindModule && part[o.Addr] != part[schema.DeviceAddress(o.Addr.ID)]:
					t.Fatalf("%s is in another part than its device", o.Addr)
				case part[parent] != 0 && part[o.Addr] != part[parent]:
					t.Fatalf("%s is in part %d, and %s, to which it is attached, in part %d", o.Addr, part[o.Addr], parent, part[parent])
				}
			}
		}
	})
}

func trimQuotes(s string) string {
	if len(s) < 2 {
		return s
	}
	return s[1 : len(s)-1]
}

func TestParseShard(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0/3", "4/3", "2", "a/b", "1/0", "-1/3", "1/1001", "1/3/5"} {
		if s, err := plan.ParseShard(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, s)
		}
	}
	if s, err := plan.ParseShard(""); err != nil || s != nil {
		t.Errorf("got %v, %v, want the whole", s, err)
	}
}
