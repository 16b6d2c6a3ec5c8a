package remote

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// anyID draws ids of every character that the hub takes (FACTS §1.4).
func anyID() *rapid.Generator[string] {
	const chars = `abzABZ059-:.+%_#*?!(),=@;$'`
	return rapid.OneOf(rapid.SampledFrom([]string{".", "..", "%2e", "a%2Fb"}), rapid.StringOfN(rapid.RuneFrom([]rune(chars)), 1, 12, -1))
}

func anyKey() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"a", "b", "c", `q"`, `back\slash`, "é", "<&>", "a/b", "\u2028", "*", "(", "a,b"}),
		rapid.StringOfN(rapid.RuneFrom([]rune(`abc"\/<é世😀`)), 1, 8, -1),
	)
}

func anyScalar() *rapid.Generator[any] {
	numbers := []string{"0", "-0", "1", "1.0", "2.50", "1e3", "-1e-7", "4503599627370495", "-4503599627370496", "0.1"}
	return rapid.OneOf(
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.StringN(0, 20, -1), func(s string) any { return s }),
		rapid.Map(rapid.SampledFrom(numbers), func(s string) any { return json.Number(s) }),
	)
}

// anyValue draws a value without nulls: arrays hold none (FACTS §4.6).
func anyValue(depth int) *rapid.Generator[any] {
	if depth == 0 {
		return anyScalar()
	}
	array := rapid.Map(rapid.SliceOfN(anyValue(depth-1), 0, 3), func(l []any) any { return l })
	object := rapid.Map(rapid.MapOfN(anyKey(), anyValue(depth-1), 0, 3), func(m map[string]any) any { return m })
	return rapid.OneOf(anyScalar(), array, object)
}

// anySection draws declared values, and sometimes a tombstone beside them.
func anySection(t *rapid.T, label string) map[string]any {
	m := rapid.MapOfN(anyKey(), anyValue(4), 0, 4).Draw(t, label)
	gone := anyKey().Draw(t, label+" tombstone")
	if _, taken := m[gone]; !taken && len(m) > 0 && rapid.Bool().Draw(t, label+" has a tombstone") {
		m[gone] = nil
	}
	return m
}

func anyAuth(t *rapid.T, label string) *schema.Auth {
	return rapid.SampledFrom([]*schema.Auth{
		nil,
		{Type: schema.AuthSAS},
		{Type: schema.AuthX509CA},
		{Type: schema.AuthX509Thumbprint, PrimaryThumbprint: thumbLower},
		{Type: schema.AuthX509Thumbprint, PrimaryThumbprint: thumbUpper, SecondaryThumbprint: thumbLower},
		{Type: schema.AuthSAS, PrimaryKey: "env://FIRST", SecondaryKey: "env://SECOND"},
		{Type: schema.AuthX509Thumbprint, PrimaryThumbprintRef: "env://THUMB"},
	}).Draw(t, label)
}

func anyDevice(t *rapid.T, id, label string) *schema.Device {
	d := &schema.Device{ID: id, Auth: anyAuth(t, label+" auth"), Tags: anySection(t, label+" tags"), Desired: anySection(t, label+" desired")}
	if rapid.Bool().Draw(t, label+" has a status") {
		d.Status = new(rapid.SampledFrom([]string{schema.StatusEnabled, schema.StatusDisabled}).Draw(t, label+" status"))
		d.StatusReason = new(rapid.SampledFrom([]string{"", "in repair", `"é"`}).Draw(t, label+" reason"))
	}
	return d
}

// What is written is read back, spelled the same: first created, then changed
// into something else. An empty second plan says so of everything.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newSecretRig(t)
		id := anyID().Draw(t, "device id")
		module := anyID().Filter(func(s string) bool { return s[0] != '$' }).Draw(t, "module id")
		for _, label := range []string{"first", "second"} {
			d := anyDevice(t, id, label)
			m := &schema.Module{DeviceID: id, ID: module, Auth: anyAuth(t, label+" module auth"), Tags: anySection(t, label+" module tags"), Desired: anySection(t, label+" module desired")}
			if len(d.Validate()) > 0 || len(m.Validate()) > 0 {
				t.Skip("the hub would refuse it")
			}
			if label == "second" && m.Auth != nil {
				// With SAS the hub does not let identities of modules be written while their
				// device is disabled (FACTS §3).
				d.Status = nil
				r.identity(id, func(d *hub.Device) { d.Status = schema.StatusEnabled })
			}
			r.settle(d, m)
		}
	})
}

func (r *rig) settle(list ...declaration) {
	r.Helper()
	for addr, o := range r.run(r.plan(list...)) {
		if o.Status != apply.Done {
			r.Fatalf("%s: got %s, %v, want done", addr, o.Status, o.Err)
		}
	}
	live := map[schema.Address]schema.Object{}
	for _, o := range r.live() {
		live[o.Addr] = o
	}
	for _, want := range r.desired(owner, list...) {
		if got := live[want.Addr]; !schema.Covers(got.Doc, want.Doc) {
			r.Fatalf("%s:\ngot  %s\nwant %s", want.Addr, got.Doc, want.Doc)
		}
	}
	if again := r.planAs(plan.Policy{Owner: owner}, list...); len(again) > 0 {
		r.Fatalf("second plan: got %+v, want nothing", again)
	}
}
