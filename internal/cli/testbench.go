package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/testfile"
	"github.com/twinset/twinset/internal/emulator"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// unattended plans and applies without a word, and without the secrets of the
// environment or of vaults: each such reference resolves to a made-up value that
// is good as a key and as a thumbprint.
func (g *global) unattended() *global {
	env := *g.env
	env.Stdout, env.Stderr, env.StdoutTTY, env.StderrTTY = io.Discard, io.Discard, false, false
	env.LookupEnv = func(name string) (string, bool) { return madeUp(name), true }
	quiet := *g
	quiet.env = &env
	quiet.vault = func(_ context.Context, s schema.VaultSecret) (string, error) { return madeUp(s.Host + s.Name), nil }
	return &quiet
}

func madeUp(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// testbench is the hub of one test file.
type testbench struct {
	*tester
	seed []testfile.Twin // of the file

	hub     *connection     // nil until a run needs it
	memory  *emulator.Hub   // behind hub
	planted []testfile.Twin // what the hub was filled with
}

func (b *testbench) close() {
	if b.hub != nil {
		_ = b.hub.close() // in memory
		b.hub = nil
	}
}

// outcome is what became of a run.
type outcome struct {
	testfile.Verdict
	project testfile.Project
	lost    bool // the hub is not as the test file says: later runs cannot go on with it

	// With --verbose, as text or JSON.
	command testfile.Command
	plan    string
	values  string // the objects of an evaluate, the hub after an apply
}

// found are the messages of the run.
func (o outcome) found() config.Diagnostics { return slices.Concat(o.Failures, o.Warnings) }

// run carries out one run and judges it. The error means that tests cannot go on.
func (b *testbench) run(ctx context.Context, r *testfile.Run) (outcome, error) {
	out := outcome{command: r.Command}
	var facts testfile.Facts
	failures, err := b.prepare(ctx, r)
	out.lost = len(failures) > 0
	if len(failures) == 0 && err == nil {
		out.project, failures, err = r.Evaluate(b.dir(), config.Options{Version: version, Environment: b.envName, Vars: b.vars, EnvVars: b.envVars()})
		facts.Objects = out.project.Objects
		if len(failures) == 0 && err == nil && r.Command != testfile.Evaluate {
			failures, err = b.plan(ctx, r, out.project, &facts)
		}
	}
	if err == nil && b.verbose {
		err = b.show(&out, facts)
	}
	if err != nil {
		return out, err
	}
	out.Verdict, err = r.Judge(out.project, facts, failures)
	out.lost = out.lost || out.Broken && r.Command == testfile.Apply
	return out, err
}

// prepare makes sure of a hub, and fills it anew for a run with a seed.
func (b *testbench) prepare(ctx context.Context, r *testfile.Run) ([]testfile.Failure, error) {
	seed := b.seed
	switch {
	case r.Command == testfile.Evaluate:
		return nil, nil
	case r.Fresh:
		b.close()
		seed = r.Seed
	case b.hub != nil:
		return nil, nil
	}
	var err error
	if b.hub, b.memory, err = b.quiet.openMemory(); err != nil {
		return nil, err
	}
	b.planted = testfile.InOrder(seed)
	failures := b.fill(ctx, r, b.planted)
	if len(failures) > 0 {
		b.close()
	}
	return failures, nil
}

// fill creates the twins of a seed. Devices are disabled at the end: the hub
// answers 401 to calls about modules of a disabled one (FACTS §3).
func (b *testbench) fill(ctx context.Context, r *testfile.Run, seed []testfile.Twin) []testfile.Failure {
	var failures []testfile.Failure
	for _, step := range []func(context.Context, testfile.Twin) error{b.plant, b.attach, b.disable} {
		for _, t := range seed {
			if err := step(ctx, t); err != nil {
				failures = append(failures, r.SeedFailed(t, err))
			}
		}
		if len(failures) > 0 {
			break
		}
	}
	return failures
}

// openMemory opens an empty embedded hub that keeps nothing.
func (g *global) openMemory() (*connection, *emulator.Hub, error) {
	h, err := emulator.Open(emulator.Options{Now: g.env.Now})
	if err != nil {
		return nil, nil, err
	}
	client, err := g.inProcess(h, hub.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, h.Close())
	}
	return &connection{name: embedded, client: client, close: h.Close}, h, nil
}

// plant creates one twin of a seed, devices enabled.
func (b *testbench) plant(ctx context.Context, t testfile.Twin) error {
	c := b.hub.client
	auth := hub.Authentication{Type: t.AuthenticationType, X509Thumbprint: hub.X509Thumbprint{Primary: t.Thumbprints[0], Secondary: t.Thumbprints[1]}}
	var err error
	if t.Addr.Kind == schema.KindModule {
		_, err = c.PutModule(ctx, hub.Module{DeviceID: t.Addr.ID, ModuleID: t.Addr.Sub, Authentication: auth}, "")
	} else {
		d := hub.Device{DeviceID: t.Addr.ID, Status: schema.StatusEnabled, StatusReason: t.StatusReason, Authentication: auth}
		d.SetEdge(t.Edge)
		_, err = c.PutDevice(ctx, d, "")
	}
	if err == nil && len(t.Tags)+len(t.Desired) > 0 {
		_, err = c.PatchTwin(ctx, t.Addr.ID, t.Addr.Sub, hub.Patch{Tags: []byte(t.Tags), Desired: []byte(t.Desired)}, hub.Any)
	}
	if err == nil && len(t.Reported) > 0 {
		err = b.memory.Report(t.Addr.ID, t.Addr.Sub, []byte(t.Reported))
	}
	return err
}

// attach gives a device its parent, when all of the seed is there.
func (b *testbench) attach(ctx context.Context, t testfile.Twin) error {
	if t.Parent == "" {
		return nil
	}
	parent, err := b.hub.client.Device(ctx, t.Parent)
	if err != nil {
		return err
	}
	d, err := b.hub.client.Device(ctx, t.Addr.ID)
	if err != nil {
		return err
	}
	scope, parents := parent.Scope(), []string{parent.Scope()}
	if t.Edge {
		scope = d.Scope()
	}
	d.SetScopes(scope, parents)
	_, err = b.hub.client.PutDevice(ctx, d, hub.Any)
	return err
}

// disable gives a device the status of the seed, if it is another one.
func (b *testbench) disable(ctx context.Context, t testfile.Twin) error {
	c := b.hub.client
	if t.Status == "" || t.Status == schema.StatusEnabled {
		return nil
	}
	d, err := c.Device(ctx, t.Addr.ID)
	if err != nil {
		return err
	}
	d.Status = t.Status
	_, err = c.PutDevice(ctx, d, hub.Any)
	return err
}

// plan makes the plan of a run and, for an apply that nothing refuses, carries it
// out.
func (b *testbench) plan(ctx context.Context, r *testfile.Run, p testfile.Project, facts *testfile.Facts) ([]testfile.Failure, error) {
	environment, err := p.Config.Environment()
	if err != nil {
		return []testfile.Failure{r.Problem("No environment", "", err.Error())}, nil
	}
	project := &project{Config: p.Config, environment: environment, owner: ownerOf(p.Config, environment)}
	file, done, err := b.planFile("")
	if err != nil {
		return nil, err
	}
	defer done()
	o := planOptions{targets: r.Options.Targets, destroy: r.Options.Destroy, adopt: r.Options.Adopt, takeOwnership: r.Options.TakeOwnership, allowDeletes: r.Options.AllowDeletes}
	desired, closeDesired, err := b.quiet.desired(ctx, project, o)
	if err != nil {
		return []testfile.Failure{r.Problem("No plan", "", err.Error())}, nil
	}
	defer closeDesired()
	summary, err := b.quiet.makePlan(ctx, project, b.hub, o, desired, file)
	if err != nil {
		return []testfile.Failure{r.Problem("No plan", "", err.Error())}, ctx.Err()
	}
	changes, err := planChanges(file)
	if err != nil {
		return nil, err
	}
	facts.Plan = &testfile.PlanFacts{Summary: summary, Changes: changes}
	if b.verbose {
		if facts.Plan.Text, err = b.planText(file); err != nil {
			return nil, err
		}
	}
	failures := r.Refusals(*facts.Plan)
	if r.Command != testfile.Apply {
		return failures, nil
	}
	if len(failures) == 0 {
		if failures, err = b.apply(ctx, r, project, changes); err != nil {
			return nil, err
		}
	}
	if facts.Hub, err = b.contents(ctx, project.owner); err == nil {
		facts.Reported, err = b.reported(ctx, facts.Hub)
	}
	return failures, err
}

func planChanges(file string) ([]plan.Change, error) {
	r, closer, err := openPlan(file)()
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	var list []plan.Change
	for c, err := range r.Changes() {
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// apply executes the changes as the verb does, without a journal.
func (b *testbench) apply(ctx context.Context, r *testfile.Run, p *project, changes []plan.Change) ([]testfile.Failure, error) {
	var failures []testfile.Failure
	parallel := b.parallelism(p.environment.Parallelism, quota.Hub{}, quota.TwinUpdate)
	sequence := func(yield func(plan.Change, error) bool) {
		for _, c := range changes {
			if !yield(c, nil) {
				return
			}
		}
	}
	_, err := apply.Run(ctx, sequence, b.quiet.remote(b.hub, p.owner, parallel, nil).Target(), apply.Options{
		Parallel: parallel,
		Observe: func(e apply.Event) {
			if e.Type == apply.Finished && !e.Outcome.Status.OK() {
				failures = append(failures, r.ApplyFailed(e.Change, string(e.Outcome.Status), e.Outcome.Err))
			}
		},
	})
	return failures, errors.Join(err, ctx.Err())
}

// contents reads all twins of the hub.
func (b *testbench) contents(ctx context.Context, owner string) ([]schema.Object, error) {
	var list []schema.Object
	for o, err := range b.quiet.remote(b.hub, owner, 1, nil).Live(ctx) {
		if err != nil {
			return nil, fmt.Errorf("read the hub: %w", err)
		}
		list = append(list, o)
	}
	return list, nil
}

// reported reads what the clients of the seed had reported, of twins that are
// still there.
func (b *testbench) reported(ctx context.Context, live []schema.Object) (map[schema.Address]schema.Doc, error) {
	found := map[schema.Address]schema.Doc{}
	for _, t := range b.planted {
		there := slices.ContainsFunc(live, func(o schema.Object) bool { return o.Addr == t.Addr })
		if len(t.Reported) == 0 || !there {
			continue
		}
		twin, err := b.hub.client.Twin(ctx, t.Addr.ID, t.Addr.Sub)
		if err != nil {
			return nil, fmt.Errorf("read the hub: %w", err)
		}
		if found[t.Addr], err = testfile.Section(twin.Reported); err != nil {
			return nil, fmt.Errorf("%s: reported: %w", t.Addr, err)
		}
	}
	return found, nil
}
