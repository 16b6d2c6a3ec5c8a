package plan_test

import (
	"fmt"
	"testing"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// TestSettledDoesNotAllocate: of a million pairs nearly all are settled, or are not ours,
// and what that takes is taken a million times.
func TestSettledDoesNotAllocate(t *testing.T) {
	const doc = `{"desired":{"interval_s":60,"log":{"level":"info"}},"tags":{"site":"plant-1"%s}}`
	declared := schema.Object{Addr: schema.DeviceAddress("device-1"), Doc: fmt.Appendf(nil, doc, "")}
	mark, _ := schema.MarkOf(declared)
	live := schema.Object{Addr: declared.Addr, Doc: fmt.Appendf(nil, doc, fmt.Sprintf(`,%q:{%q:%s}`, schema.ReservedTag, owner, mark.Tag()))}
	sealed, err := schema.Seal(declared, owner)
	if err != nil {
		t.Fatal(err)
	}
	foreign := schema.Object{Addr: declared.Addr, Doc: schema.Doc(`{"auth":{"type":"sas"},"desired":{"interval_s":30},"tags":{"aisle":"7","site":"plant-1","twinset":{"other":{"h":"0"}}}}`)}
	for name, pair := range map[string]plan.Pair{
		"as declared": {Desired: &sealed, Live: &live},
		"of others":   {Live: &foreign},
	} {
		if !plan.Settled(pair, owner) {
			t.Errorf("%s: the pair is not settled", name)
		}
		if n := testing.AllocsPerRun(100, func() { plan.Settled(pair, owner) }); n != 0 {
			t.Errorf("%s: Settled allocates %v times, want never", name, n)
		}
	}
}
