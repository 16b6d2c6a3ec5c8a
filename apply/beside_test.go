package apply_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

func twinUpdate(device string) plan.Change {
	return plan.Change{
		Action: plan.Update, Addr: schema.DeviceAddress(device), Mark: schema.Doc(`{"v":1}`),
		Leaves: []plan.Leaf{{Path: schema.Path{"tags", "a"}, After: schema.Doc("1")}},
	}
}

func deletion(device string) plan.Change {
	return plan.Change{Action: plan.Delete, Addr: schema.DeviceAddress(device)}
}

// gate is a target whose creates wait until all updates were executed, and whose
// other changes are written down.
type gate struct {
	mu      sync.Mutex
	missing int // updates
	open    chan struct{}
	order   []plan.Action
}

func (g *gate) Limits(plan.Change) apply.Limits { return apply.Limits{Batch: 1} }

func (g *gate) Apply(ctx context.Context, batch []plan.Change) []apply.Outcome {
	c := batch[0]
	if c.Action == plan.Create {
		select {
		case <-g.open:
		case <-ctx.Done():
			return []apply.Outcome{{Status: apply.Skipped, Err: ctx.Err()}}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.order = append(g.order, c.Action)
	if c.Action == plan.Update {
		if g.missing--; g.missing == 0 {
			close(g.open)
		}
	}
	return []apply.Outcome{{Status: apply.Done}}
}

// TestRunBeside: identities do not keep twins waiting, whatever the number of
// workers; what comes after updates in a plan waits for them and for the identities.
func TestRunBeside(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 4} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			t.Parallel()
			var main, beside []plan.Change
			for i := range 20 {
				main = append(main, creation(fmt.Sprintf("n%02d", i), ""))
				beside = append(beside, twinUpdate(fmt.Sprintf("u%02d", i)))
			}
			main = append(main, deletion("x"))
			for _, c := range append(beside, main...) {
				if c.Free() != (c.Action == plan.Update) {
					t.Fatalf("%s: got free %v", c.Name(), c.Free())
				}
			}
			g := &gate{missing: len(beside), open: make(chan struct{})}
			res, err := apply.Run(t.Context(), sequence(main), g, apply.Options{Parallel: parallel, Beside: sequence(beside)})
			if err != nil || res.Created != 20 || res.Updated != 20 || res.Deleted != 1 || res.Incomplete() {
				t.Fatalf("got %+v, %v", res, err)
			}
			if last := g.order[len(g.order)-1]; last != plan.Delete {
				t.Errorf("got %s as the last change, want the deletion", last)
			}
		})
	}
}

// TestRunBesideWaits: a stage after the updates begins when they have ended, also
// when nothing stands before it.
func TestRunBesideWaits(t *testing.T) {
	t.Parallel()
	g := &gate{missing: 50, open: make(chan struct{})}
	var beside []plan.Change
	for i := range 50 {
		beside = append(beside, twinUpdate(fmt.Sprintf("u%02d", i)))
	}
	res, err := apply.Run(t.Context(), sequence([]plan.Change{deletion("x")}), g, apply.Options{Parallel: 3, Beside: sequence(beside)})
	if err != nil || res.Updated != 50 || res.Deleted != 1 {
		t.Fatalf("got %+v, %v", res, err)
	}
	if g.order[0] != plan.Update || g.order[50] != plan.Delete {
		t.Errorf("got order %v, want the deletion last", g.order)
	}
}

// TestRunBesideStops: after a failure with FailFast, and after the end of the context,
// what is left of both is skipped.
func TestRunBesideStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := &gate{missing: 3, open: make(chan struct{})}
	beside := []plan.Change{twinUpdate("a"), twinUpdate("b"), twinUpdate("c")}
	res, err := apply.Run(ctx, sequence([]plan.Change{creation("n", "")}), g, apply.Options{Beside: sequence(beside)})
	if err != nil || res.Skipped != 4 || !res.Interrupted {
		t.Errorf("got %+v, %v, want four skipped", res, err)
	}
}
