package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/schema"
)

// What a configuration that is gone left behind goes; what one writes that is
// there, what another owner declares, and objects without the mark stay.
func TestOrphans(t *testing.T) {
	live := func(mark string) schema.Object {
		return schema.Object{
			Addr: schema.DeviceAddress("d1"),
			Doc: schema.Doc(`{"desired":{"kept":1,"night":{"dim":1,"hue":2},"other":{"a":1,"b":2},"own":5},` +
				`"tags":{"twinset":{"` + mark + `":{"v":1},"third/dev":{"d":"other(a)","v":1}}}}`),
			Writers: []schema.Writer{
				{Path: schema.Path{"desired", "kept"}, Configuration: "here"},
				{Path: schema.Path{"desired", "night", "dim"}, Configuration: "gone"},
				{Path: schema.Path{"desired", "night", "hue"}, Configuration: "gone"},
				{Path: schema.Path{"desired", "other", "a"}, Configuration: "gone"},
				{Path: schema.Path{"desired", "other", "b"}, Configuration: "gone"},
				{Path: schema.Path{"desired", "removed"}, Configuration: "gone"},
			},
		}
	}
	exists := func(id string) bool { return id == "here" }
	o := live("fleet/dev")
	c, ok := Orphans(&o, "fleet/dev", exists)
	if !ok {
		t.Fatal("nothing goes")
	}
	want := []Leaf{
		{Path: schema.Path{"desired", "night"}, Before: schema.Doc(`{"dim":1,"hue":2}`)},
		{Path: schema.Path{"desired", "other", "b"}, Before: schema.Doc(`2`)},
	}
	if diff := cmp.Diff(want, c.Leaves); diff != "" {
		t.Error(diff)
	}
	if len(c.Notices) != 1 || c.Unmark || !cmp.Equal(c.Mark, c.MarkBefore) {
		t.Errorf("the mark is to stay as it is, and one notice to tell of the configuration: %+v", c)
	}
	o = live("second/dev")
	if c, ok := Orphans(&o, "fleet/dev", exists); ok {
		t.Errorf("without the mark of the owner: %+v", c)
	}
}
