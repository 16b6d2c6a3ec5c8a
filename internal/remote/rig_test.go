package remote

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/emulator"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/secret"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const (
	owner = "plant/dev"
	other = "lab/prod"
)

// tester is what testing.TB and rapid.T have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// rig is an embedded hub, seen through a Remote whose requests can be disturbed.
type rig struct {
	tester
	*Remote
	wire     *wire
	portal   *hub.Client       // somebody else, whose requests are neither counted nor disturbed
	env      map[string]string // secrets
	progress []int             // what Observe was told
	now      func() time.Time  // the clock of the hub and its clients; nil for the system's
}

// newRig makes a rig whose client tries everything once. Its hub is awkward, as all but the calm one's are: queries lag and
// pages are short.
func newRig(t tester) *rig { return newRigOf(t, hub.Options{RetryBudget: -1}) }

// newCalmRig makes a rig of which the pages can be counted.
func newCalmRig(t tester) *rig {
	return newRigOn(t, hub.Options{RetryBudget: -1}, emulator.Options{})
}

// newPatientRig makes a rig whose client repeats lost requests.
func newPatientRig(t tester) *rig {
	return newRigOf(t, hub.Options{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
}

func newRigOf(t tester, o hub.Options) *rig { return newRigAt(t, o, nil) }

// newRigAt makes a rig with a clock of its own.
func newRigAt(t tester, o hub.Options, now func() time.Time) *rig {
	// Prompt: tests plan what they have just written, and by the system's clock a lag would end at any moment.
	return newRigOn(t, o, emulator.Options{Now: now, Awkward: 7, Prompt: true})
}

func newRigOn(t tester, o hub.Options, e emulator.Options) *rig {
	t.Helper()
	e.HostName = "hub.example"
	h, err := emulator.Open(e)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{tester: t, wire: &wire{hub: h}, env: map[string]string{}, now: e.Now}
	o.Transport = transport{r.wire}
	r.portal = r.connect(h, hub.Options{Transport: transport{h}, RetryBudget: -1})
	r.Remote = New(r.connect(h, o), Options{
		Owner: owner, Parallel: 4, Secrets: r.resolver().Resolve, Observe: func(n int) { r.progress = append(r.progress, n) },
	})
	return r
}

func (r *rig) connect(h *emulator.Hub, o hub.Options) *hub.Client {
	r.Helper()
	text, err := h.ConnectionString("iothubowner", "")
	if err != nil {
		r.Fatal(err)
	}
	cs, err := hub.ParseConnectionString(text)
	if err != nil {
		r.Fatal(err)
	}
	cred, err := hub.SASCredential(cs, r.now)
	if err != nil {
		r.Fatal(err)
	}
	c, err := hub.New(cs.HostName, cred, &o)
	if err != nil {
		r.Fatal(err)
	}
	return c
}

func (r *rig) resolver() secret.Resolver {
	return secret.Resolver{Getenv: func(name string) (string, bool) {
		v, ok := r.env[name]
		return v, ok
	}}
}

// declaration is a schema.Device or schema.Module.
type declaration interface {
	Object(schema.Origin) (schema.Object, error)
}

// desired is an owner's configuration: sorted, secrets resolved, sealed.
func (r *rig) desired(by string, list ...declaration) []schema.Object {
	r.Helper()
	var objects []schema.Object
	for _, d := range list {
		o, err := d.Object(schema.Origin{})
		if err != nil {
			r.Fatal(err)
		}
		objects = append(objects, o)
	}
	var sealed []schema.Object
	for o, err := range r.resolver().Objects(r.Context(), sequence(objects)) {
		if err == nil {
			o, err = schema.Seal(o, by)
		}
		if err != nil {
			r.Fatal(err)
		}
		sealed = append(sealed, o)
	}
	return sorted(sealed)
}

func sorted(list []schema.Object) []schema.Object {
	slices.SortFunc(list, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	return list
}

// live collects what is on the hub, in order.
func (r *rig) live() []schema.Object {
	r.Helper()
	var list []schema.Object
	for o, err := range r.Live(r.Context()) {
		if err != nil {
			r.Fatal(err)
		}
		list = append(list, o)
	}
	return sorted(list)
}

// object reads one object as it is now.
func (r *rig) object(a schema.Address) schema.Object {
	r.Helper()
	o, exists, err := r.read(r.Context(), a)
	if err != nil || !exists {
		r.Fatalf("read %s: got exists %v, error %v, want an object", a, exists, err)
	}
	return o
}

// plan is what the configuration asks for, as the tool would plan it.
func (r *rig) plan(list ...declaration) []plan.Change {
	return r.planAs(plan.Policy{Owner: owner}, list...)
}

func (r *rig) planAs(pol plan.Policy, list ...declaration) []plan.Change {
	r.Helper()
	pol.Hierarchy = plan.NewHierarchy(pol)
	desired := r.gather(pol.Hierarchy.Declared(sequence(r.desired(pol.Owner, list...))))
	live := r.gather(pol.Hierarchy.Live(sequence(r.live())))
	unsettled := func(yield func(plan.Pair, error) bool) {
		for p, err := range plan.Match(sequence(desired), r.Attached(sequence(live))) {
			if err == nil && plan.Settled(p, pol.Owner) {
				continue
			}
			if !yield(p, err) {
				return
			}
		}
	}
	as := *r.Remote
	as.owner = pol.Owner
	var changes []plan.Change
	for p, err := range as.Confirm(r.Context(), unsettled) {
		if err != nil {
			r.Fatal(err)
		}
		c, ok, err := plan.Decide(p, pol)
		if err != nil {
			r.Fatal(err)
		}
		if ok {
			changes = append(changes, c)
		}
	}
	slices.SortFunc(changes, func(a, b plan.Change) int { return bytes.Compare(a.AppendKey(nil), b.AppendKey(nil)) })
	r.wire.forget()
	return changes
}

// gather collects a stream.
func (r *rig) gather(s schema.Stream) []schema.Object {
	r.Helper()
	var list []schema.Object
	for o, err := range s {
		if err != nil {
			r.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

// change is the one change that the configuration asks for.
func (r *rig) change(list ...declaration) plan.Change {
	r.Helper()
	return r.changeAs(plan.Policy{Owner: owner}, list...)
}

func (r *rig) changeAs(pol plan.Policy, list ...declaration) plan.Change {
	r.Helper()
	changes := r.planAs(pol, list...)
	if len(changes) != 1 {
		r.Fatalf("plan: got %d changes, want 1: %+v", len(changes), changes)
	}
	return changes[0]
}

// execute applies a single change.
func (r *rig) execute(c plan.Change) apply.Outcome {
	r.Helper()
	outcomes := r.Target().Apply(r.Context(), []plan.Change{c})
	if len(outcomes) != 1 {
		r.Fatalf("%s: got %d outcomes, want 1", c.Name(), len(outcomes))
	}
	return outcomes[0]
}

// run applies changes as the tool does, and returns what became of each.
func (r *rig) run(changes []plan.Change) map[schema.Address]apply.Outcome {
	r.Helper()
	outcomes := map[schema.Address]apply.Outcome{}
	observe := func(e apply.Event) {
		if e.Type == apply.Finished {
			outcomes[e.Change.Addr] = e.Outcome
		}
	}
	if _, err := apply.Run(r.Context(), sequence(changes), r.Target(), apply.Options{Parallel: 4, Observe: observe}); err != nil {
		r.Fatal(err)
	}
	return outcomes
}

// set plans and applies a configuration, which must work.
func (r *rig) set(list ...declaration) {
	r.Helper()
	r.setAs(plan.Policy{Owner: owner}, list...)
}

func (r *rig) setAs(pol plan.Policy, list ...declaration) {
	r.Helper()
	as := *r
	remote := *r.Remote
	remote.owner = pol.Owner
	as.Remote = &remote
	for addr, o := range as.run(as.planAs(pol, list...)) {
		if !o.Status.OK() {
			r.Fatalf("%s: got %s, %v, want done", addr, o.Status, o.Err)
		}
	}
	r.wire.forget()
}

// patch writes to a twin behind our back.
func (r *rig) patch(a schema.Address, tags, desired string) {
	r.Helper()
	p := hub.Patch{Tags: []byte(tags), Desired: []byte(desired)}
	if _, err := r.portal.PatchTwin(r.Context(), a.ID, a.Sub, p, hub.Any); err != nil {
		r.Fatal(err)
	}
}

// identity changes a device's identity behind our back.
func (r *rig) identity(id string, edit func(*hub.Device)) {
	r.Helper()
	d, err := r.portal.Device(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	edit(&d)
	if _, err := r.portal.PutDevice(r.Context(), d, hub.Any); err != nil {
		r.Fatal(err)
	}
}

func sequence[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func wantStatus(t *testing.T, o apply.Outcome, want apply.Status) {
	t.Helper()
	if o.Status != want {
		t.Errorf("outcome: got %s, %v, fields %v, want %s", o.Status, o.Err, o.Fields, want)
	}
	if (o.Err == nil) != o.Status.OK() {
		t.Errorf("outcome %s: got error %v", o.Status, o.Err)
	}
}
