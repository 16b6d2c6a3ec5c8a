package apply_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/apply/applytest"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// undoCase is a device that is applied and then taken back. Documents are JSON.
type undoCase struct {
	name  string
	live  string // there before anything is declared
	first string // what is declared and applied before the apply in question, if anything
	then  string // what that one applies
	exact bool
	since string // what somebody makes of the document afterwards: members replaced, null removed
	skip  bool
	want  string
}

var undoCases = []undoCase{
	{
		name:  "values come back, new ones go with the objects that held them",
		first: `{"desired":{"a":1,"old":{"x":1}}}`, then: `{"desired":{"a":2,"deep":{"er":{"y":1}}}}`,
		want: `
			update device.d
			desired.a: 2 -> 1
			desired.deep: {"er":{"y":1}} -> absent
			desired.old: absent -> {"x":1}
			mark a,old(x)`,
	},
	{
		name: "what exact mode removed comes back beside what goes",
		live: `{"desired":{"t":{"x":5}}}`, then: `{"desired":{"t":{"y":1}}}`, exact: true,
		want: `
			update device.d
			desired.t.x: absent -> 5
			desired.t.y: 1 -> absent
			mark gone`,
	},
	{
		name:  "a value that gave way to an object comes back",
		first: `{"desired":{"limits":5}}`, then: `{"desired":{"limits":{"high":2,"low":1}}}`,
		want: `
			update device.d
			desired.limits: {"high":2,"low":1} -> 5
			mark limits`,
	},
	{
		name:  "not when somebody else put something beside",
		first: `{"desired":{"limits":5}}`, then: `{"desired":{"limits":{"high":2,"low":1}}}`, since: `{"desired":{"limits":{"high":2,"low":1,"theirs":3}}}`,
		want: `
			update device.d
			mark limits(high,low)
			refused: desired.limits is {"high":2,"low":1,"theirs":3} and not {"high":2,"low":1}, as apply a1 wrote it: it was changed since by somebody else`,
	},
	{
		name: "an adoption is given back",
		live: `{"desired":{"a":1,"b":2},"tags":{"site":"x"}}`, then: `{"desired":{"a":9,"b":2},"tags":{"site":"x"}}`,
		want: `
			update device.d
			desired.a: 9 -> 1
			mark gone`,
	},
	{
		name:  "what cannot be is left out, and stays owned",
		first: `{"desired":{"a":1}}`, then: `{"desired":{"a":2,"b":2}}`, since: `{"desired":{"a":2,"b":7}}`, skip: true,
		want: `
			update device.d
			desired.a: 2 -> 1
			mark a,b
			note: desired.b is 7 and not 2, as apply a1 wrote it: it was changed since by somebody else. It stays`,
	},
	{
		name:  "what is back already needs nothing",
		first: `{"desired":{"a":1}}`, then: `{"desired":{"a":2,"b":2}}`, since: `{"desired":{"a":1,"b":2}}`,
		want: `
			update device.d
			desired.b: 2 -> absent
			mark a`,
	},
	{
		name:  "credentials of another type are lost",
		first: `{"auth":{"primary_thumbprint":"AA","type":"x509_thumbprint"}}`, then: `{"auth":{"type":"x509_ca"},"tags":{"a":1}}`,
		want: `
			update device.d
			tags.a: 1 -> absent
			mark auth(primary_thumbprint,type)
			refused: auth.type cannot be taken back: the credentials of before went with the type of authentication`,
	},
	{
		name:  "a creation is taken back by a deletion",
		then:  `{"desired":{"a":1}}`,
		since: `{"desired":{"a":1,"theirs":1}}`,
		want: `
			delete device.d
			desired.a: 1 -> absent
			mark gone`,
	},
	{
		name:  "not when what was created is another one now",
		then:  `{"desired":{"a":1}}`,
		since: `{"desired":{"a":2}}`,
		want: `
			update device.d
			mark a
			refused: desired.a is 2 and not 1, as apply a1 wrote it: it was changed since by somebody else`,
	},
}

func TestUndo(t *testing.T) {
	t.Parallel()
	for _, tt := range undoCases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hub := applytest.New(owner)
			if tt.live != "" {
				hub.Put(schema.Object{Addr: schema.DeviceAddress("d"), Doc: canonical(t, tt.live)})
			}
			if tt.first != "" {
				applyDoc(t, hub, tt.first, false)
			}
			done := applyDoc(t, hub, tt.then, tt.exact)
			if tt.since != "" {
				putSince(t, hub, tt.since)
			}
			changes := undone(t, hub, done, tt.skip)
			var got strings.Builder
			for _, c := range changes {
				tell(t, &got, c)
			}
			if diff := cmp.Diff(strings.ReplaceAll(strings.TrimSpace(tt.want), "\t", ""), strings.TrimSpace(got.String())); diff != "" {
				t.Fatalf("undo (-want +got):\n%s", diff)
			}
			if refused(changes) {
				return
			}
			if res, err := apply.Run(t.Context(), sequence(changes), hub, apply.Options{}); err != nil || res.Incomplete() {
				t.Fatalf("apply: got %+v, %v", res, err)
			}
			if again := undone(t, hub, done, tt.skip); len(again) > 0 {
				t.Errorf("second undo: got %s", describe(again))
			}
		})
	}
}

func canonical(t *testing.T, text string) schema.Doc {
	t.Helper()
	doc, err := schema.CanonicalJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// applyDoc plans and applies a declaration, and returns what the journal tells.
func applyDoc(t *testing.T, hub *applytest.Memory, doc string, exact bool) []plan.Change {
	t.Helper()
	o := schema.Object{Addr: schema.DeviceAddress("d"), Doc: canonical(t, doc), Lifecycle: &schema.Lifecycle{}}
	if exact {
		o.Lifecycle.Mode = "exact"
	}
	o, err := schema.Seal(o, owner)
	if err != nil {
		t.Fatal(err)
	}
	var changes []plan.Change
	if _, err := plan.Compute(stream([]schema.Object{o}), hub.Live(), plan.Policy{Owner: owner, Adopt: true}, func(c plan.Change) error {
		changes = append(changes, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	j, err := apply.NewJournal(nil, &text)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := apply.Run(t.Context(), sequence(changes), hub, apply.Options{Journal: j}); err != nil || res.Changed() != 1 {
		t.Fatalf("apply %s: got %+v, %v", doc, res, err)
	}
	var done []plan.Change
	for l, err := range apply.ReadJournal(&text) {
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, l.Entry.Change)
	}
	return done
}

func putSince(t *testing.T, hub *applytest.Memory, text string) {
	t.Helper()
	o := *only(t, hub)
	for _, section := range []string{"desired", "auth"} {
		if v := schema.Lookup(canonical(t, text), schema.Path{section}); v != nil {
			o.Doc = schema.SetMember(o.Doc, section, v)
		}
	}
	hub.Put(o)
}

// only is the one object of a hub, or nil.
func only(t *testing.T, hub *applytest.Memory) *schema.Object {
	t.Helper()
	for o, err := range hub.Live() {
		if err != nil {
			t.Fatal(err)
		}
		return &o
	}
	return nil
}

func undone(t *testing.T, hub *applytest.Memory, done []plan.Change, skip bool) []plan.Change {
	t.Helper()
	undo := plan.NewUndo(plan.Policy{Owner: owner}, plan.UndoOptions{Apply: "a1", SkipChanged: skip})
	var list []plan.Change
	for _, c := range done {
		undo.Look(c)
		change, ok, err := undo.Decide(c, plan.UndoNow{Live: only(t, hub)})
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			list = append(list, change)
		}
	}
	return list
}

func tell(t *testing.T, b *strings.Builder, c plan.Change) {
	t.Helper()
	fmt.Fprintf(b, "%s %s\n", c.Action, c.Name())
	value := func(d schema.Doc) string {
		if len(d) == 0 {
			return "absent"
		}
		return string(d)
	}
	for _, l := range c.Leaves {
		fmt.Fprintf(b, "%s: %s -> %s\n", l.Path, value(l.Before), value(l.After))
	}
	var owned []string
	if len(c.Mark) > 0 {
		mark, err := schema.ParseMark(c.Mark)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []*schema.Fields{mark.Identity, mark.Desired, mark.Tags} {
			if !f.Empty() {
				owned = append(owned, f.String())
			}
		}
		fmt.Fprintf(b, "mark %s\n", strings.Join(owned, ","))
	} else {
		fmt.Fprintln(b, "mark gone")
	}
	for _, n := range c.Notices {
		kind := "note"
		if n.Refusal {
			kind = "refused"
		}
		fmt.Fprintf(b, "%s: %s\n", kind, n.Text)
	}
}

// A mark that records whole subtrees comes back as it was, but only as a whole.
func TestUndoOfWholeSubtrees(t *testing.T) {
	t.Parallel()
	many := func(group string, value int) string {
		var b strings.Builder
		for i := range 120 {
			fmt.Fprintf(&b, `,"property-%03d":%d`, i, value)
		}
		return fmt.Sprintf(`{"desired":{%q:{%s},"x":%d}}`, group, b.String()[1:], value)
	}
	hub := applytest.New(owner)
	applyDoc(t, hub, many("a", 1), false)
	before := *only(t, hub)
	if mark := schema.Lookup(before.Doc, schema.Path{"tags", schema.ReservedTag, owner}); !bytes.Contains(mark, []byte(`a(*)`)) {
		t.Fatalf("mark: got %s, want a whole subtree", mark)
	}
	done := applyDoc(t, hub, many("b", 2), false)
	after := *only(t, hub)

	doc, err := after.Doc.Map()
	if err != nil {
		t.Fatal(err)
	}
	schema.SetPath(doc, schema.Path{"desired", "x"}, true)
	changed := after
	if changed.Doc, err = schema.Canonical(doc); err != nil {
		t.Fatal(err)
	}
	hub.Put(changed)
	if list := undone(t, hub, done, false); len(list) != 1 || !strings.Contains(describe(list), "the mark of before held all of desired.a, which does not go together") {
		t.Errorf("with a changed field: got %s", describe(list))
	}

	hub.Put(after)
	if res, err := apply.Run(t.Context(), sequence(undone(t, hub, done, false)), hub, apply.Options{}); err != nil || res.Updated != 1 {
		t.Fatalf("got %+v, %v", res, err)
	}
	if got := only(t, hub).Doc; !bytes.Equal(got, before.Doc) {
		t.Errorf("got %s, want %s", got, before.Doc)
	}
}
