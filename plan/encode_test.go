package plan_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

var (
	someTexts = rapid.SampledFrom([]string{"", "", "a", "sensor-1", `device.d["x\1"]`, "a b", "<&>", "é", "\x7f", "tab\t", "\u2028", "a.b", `q"`})
	someDocs  = rapid.SampledFrom([]schema.Doc{nil, schema.Doc("1"), schema.Doc(`"é<>"`), schema.Doc(`{"a":{"b":[1,null]},"c":"\\"}`), schema.Doc(`"\"\u0007"`)})
	someNames = rapid.SliceOfN(rapid.SampledFrom([]string{"tags", "desired", "a", "x.y", `b\c`, `q"`, "é"}), 1, 3)
)

func leaf(t *rapid.T) plan.Leaf {
	return plan.Leaf{Path: someNames.Draw(t, "path"), Before: someDocs.Draw(t, "before"), After: someDocs.Draw(t, "after"), Secret: schema.SecretRef(someTexts.Draw(t, "secret"))}
}

// What AppendJSON writes is what encoding/json writes, to the byte.
func TestAppendJSONProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := plan.Change{
			Action: rapid.SampledFrom([]plan.Action{plan.Create, plan.Update, plan.Delete}).Draw(t, "action"), Adopt: rapid.Bool().Draw(t, "adopt"),
			Addr:   rapid.SampledFrom([]schema.Address{schema.DeviceAddress("d"), schema.ModuleAddress("d", "m"), {Kind: schema.KindConfiguration, ID: `c"é`}}).Draw(t, "address"),
			Leaves: rapid.SliceOfN(rapid.Custom(leaf), 0, 3).Draw(t, "leaves"), After: someDocs.Draw(t, "after"), Mark: someDocs.Draw(t, "mark"), MarkBefore: someDocs.Draw(t, "mark before"),
			Origin: schema.Origin{File: someTexts.Draw(t, "file"), Line: rapid.IntRange(0, 2).Draw(t, "line"), Column: rapid.IntRange(0, 2).Draw(t, "column"), Name: someTexts.Draw(t, "name")},
			ETags:  schema.ETags{Identity: someTexts.Draw(t, "identity"), Twin: someTexts.Draw(t, "twin")},
		}
		if rapid.IntRange(0, 3).Draw(t, "more") == 0 {
			c.Level, c.Drift = 2, []plan.Leaf{leaf(t)}
			c.Notices = []plan.Notice{{Text: someTexts.Draw(t, "notice")}}
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(c); err != nil {
			t.Fatal(err)
		}
		got, err := c.AppendJSON([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("before"+want.String(), string(got)+"\n"); diff != "" {
			t.Fatalf("line (-encoding/json +got):\n%s", diff)
		}
	})
}
