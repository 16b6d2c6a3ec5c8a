package apply_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/apply/applytest"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

func creation(device, module string) plan.Change {
	c := plan.Change{Action: plan.Create, Addr: schema.DeviceAddress(device), After: schema.Doc(`{"tags":{"a":1}}`), Mark: schema.Doc(`{"v":1}`)}
	if module != "" {
		c.Addr = schema.ModuleAddress(device, module)
	}
	return c
}

// creations are devices d00…, each with two modules, in the order of a plan.
func creations(devices int) []plan.Change {
	var list []plan.Change
	for i := range devices {
		list = append(list, creation(fmt.Sprintf("d%02d", i), ""))
	}
	for i := range devices {
		list = append(list, creation(fmt.Sprintf("d%02d", i), "a"), creation(fmt.Sprintf("d%02d", i), "b"))
	}
	return list
}

var errRefused = errors.New("refused")

func failOn(addr schema.Address) func(plan.Change) error {
	return func(c plan.Change) error {
		if c.Addr == addr {
			return errRefused
		}
		return nil
	}
}

// A batch is full where it can be, never holds a device twice, and a module is
// never sent before the devices' stage has ended.
func TestRunBatches(t *testing.T) {
	t.Parallel()
	hub := applytest.New(owner)
	res, err := apply.Run(t.Context(), sequence(creations(25)), hub, apply.Options{Parallel: 4})
	if err != nil || res.Created != 75 || res.Incomplete() {
		t.Fatalf("got %+v, %v", res, err)
	}
	sizes := map[schema.Kind][]int{}
	modules := false
	for _, call := range hub.Calls {
		kind := call[0].Addr.Kind
		modules = modules || kind == schema.KindModule
		if modules && kind == schema.KindDevice {
			t.Error("a device was sent after a module")
		}
		seen := map[string]bool{}
		for _, c := range call {
			if seen[c.Addr.ID] || c.Addr.Kind != kind {
				t.Errorf("batch %v mixes kinds or repeats %s", call, c.Addr.ID)
			}
			seen[c.Addr.ID] = true
		}
		sizes[kind] = append(sizes[kind], len(call))
	}
	for kind, want := range map[schema.Kind][]int{schema.KindDevice: {5, 10, 10}, schema.KindModule: {5, 5, 10, 10, 10, 10}} {
		slices.Sort(sizes[kind])
		if !slices.Equal(sizes[kind], want) {
			t.Errorf("%s batches: got %v, want %v", kind, sizes[kind], want)
		}
	}
}

// What depends on a failed device is skipped, the rest is done.
func TestRunSkipsDependents(t *testing.T) {
	t.Parallel()
	hub := applytest.New(owner)
	hub.Fail = failOn(schema.DeviceAddress("d01"))
	var events []string
	res, err := apply.Run(t.Context(), sequence(creations(3)), hub, apply.Options{Observe: func(e apply.Event) {
		if e.Type == apply.Finished && !e.Outcome.Status.OK() {
			events = append(events, fmt.Sprintf("%s %s: %v", e.Change.Name(), e.Outcome.Status, e.Outcome.Err))
		}
	}})
	if err != nil || res.Created != 6 || res.Failed != 1 || res.Skipped != 2 {
		t.Errorf("got %+v, %v", res, err)
	}
	want := []string{"device.d01 failed: refused", "device.d01.module.a skipped: its device was not created", "device.d01.module.b skipped: its device was not created"}
	if !slices.Equal(events, want) {
		t.Errorf("got %q, want %q", events, want)
	}
}

func TestRunFailFast(t *testing.T) {
	t.Parallel()
	hub := applytest.New(owner)
	hub.Fail = failOn(schema.DeviceAddress("d01"))
	res, err := apply.Run(t.Context(), sequence(creations(3)), hub, apply.Options{FailFast: true})
	if err != nil || res.Created != 2 || res.Failed != 1 || res.Skipped != 6 {
		t.Errorf("got %+v, %v", res, err)
	}
}

// An interruption starts nothing new, and the journal knows what was done: the
// next run does the rest and nothing twice.
func TestRunInterruptedAndResumed(t *testing.T) {
	t.Parallel()
	hub := applytest.New(owner)
	var journal bytes.Buffer
	j, err := apply.NewJournal(nil, &journal)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	res, err := apply.Run(ctx, sequence(creations(30)), hub, apply.Options{Journal: j, Observe: func(e apply.Event) {
		if e.Type == apply.Finished {
			cancel()
		}
	}})
	if err != nil || !res.Interrupted || res.Created == 0 || res.Created+res.Skipped != 90 {
		t.Fatalf("interrupted: got %+v, %v", res, err)
	}
	done := len(hub.Calls)
	torn := journal.String() + `{"address":{"kind":"device","id":"d2`
	if j, err = apply.NewJournal(strings.NewReader(torn), &journal); err != nil {
		t.Fatal(err)
	}
	first := res.Created
	res, err = apply.Run(t.Context(), sequence(creations(30)), hub, apply.Options{Journal: j})
	if err != nil || res.Incomplete() || res.Created != 90 || res.Already != first {
		t.Errorf("resumed: got %+v, %v", res, err)
	}
	sent := 0
	for _, call := range hub.Calls[done:] {
		sent += len(call)
	}
	if sent != 90-first {
		t.Errorf("resumed: %d changes were sent, want %d", sent, 90-first)
	}
}

// A plan out of order is an error that names the change, and what came before it
// is carried out to its end.
func TestRunRefusesDisorder(t *testing.T) {
	t.Parallel()
	hub := applytest.New(owner)
	res, err := apply.Run(t.Context(), sequence([]plan.Change{creation("d", ""), creation("d", "m"), creation("e", "")}), hub, apply.Options{})
	if err == nil || !strings.Contains(err.Error(), "device.e of stage 1 follows stage 3") || res.Created != 2 {
		t.Errorf("got %+v, %v", res, err)
	}
}

type badWriter struct{}

func (badWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRunReportsJournalErrors(t *testing.T) {
	t.Parallel()
	j, err := apply.NewJournal(nil, badWriter{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := apply.Run(t.Context(), sequence(creations(1)), applytest.New(owner), apply.Options{Journal: j})
	if err == nil || !strings.Contains(err.Error(), "write journal: disk full") || res.Created != 3 {
		t.Errorf("got %+v, %v", res, err)
	}
}
