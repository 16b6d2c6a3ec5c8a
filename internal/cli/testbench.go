package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/testfile"
	"github.com/twinset/twinset/internal/emulator"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// unattended plans and applies without a word, and without the secrets of the
// environment: each env:// reference resolves to a made-up value that is good as
// a key and as a thumbprint.
func (g *global) unattended() *global {
	env := *g.env
	env.Stdout, env.Stderr, env.StdoutTTY, env.StderrTTY = io.Discard, io.Discard, false, false
	env.LookupEnv = func(name string) (string, bool) {
		sum := sha256.Sum256([]byte(name))
		return hex.EncodeToString(sum[:]), true
	}
	quiet := *g
	quiet.env = &env
	return &quiet
}

// testbench is the hub of one test file.
type testbench struct {
	*tester
	seed []testfile.Twin // of the file
	hub  *connection     // nil until a run needs it
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
}

// run carries out one run and judges it. The error means that tests cannot go on.
func (b *testbench) run(ctx context.Context, r *testfile.Run) (outcome, error) {
	var out outcome
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
	if b.hub, err = b.quiet.openMemory(); err != nil {
		return nil, err
	}
	failures := b.fill(ctx, r, testfile.InOrder(seed))
	if len(failures) > 0 {
		b.close()
	}
	return failures, nil
}

// fill creates the twins of a seed. Devices are disabled at the end: the hub
// answers 401 to calls about modules of a disabled one (FACTS §3).
func (b *testbench) fill(ctx context.Context, r *testfile.Run, seed []testfile.Twin) []testfile.Failure {
	var failures []testfile.Failure
	for _, step := range []func(context.Context, *hub.Client, testfile.Twin) error{plant, disable} {
		for _, t := range seed {
			if err := step(ctx, b.hub.client, t); err != nil {
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
func (g *global) openMemory() (*connection, error) {
	h, err := emulator.Open(emulator.Options{Now: g.env.Now})
	if err != nil {
		return nil, err
	}
	client, err := g.inProcess(h)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return &connection{name: embedded, client: client, close: h.Close}, nil
}

// plant creates one twin of a seed, devices enabled.
func plant(ctx context.Context, c *hub.Client, t testfile.Twin) error {
	auth := hub.Authentication{Type: t.AuthenticationType, X509Thumbprint: hub.X509Thumbprint{Primary: t.Thumbprints[0], Secondary: t.Thumbprints[1]}}
	var err error
	if t.Addr.Kind == schema.KindModule {
		_, err = c.PutModule(ctx, hub.Module{DeviceID: t.Addr.ID, ModuleID: t.Addr.Sub, Authentication: auth}, "")
	} else {
		_, err = c.PutDevice(ctx, hub.Device{DeviceID: t.Addr.ID, Status: schema.StatusEnabled, StatusReason: t.StatusReason, Authentication: auth}, "")
	}
	if err != nil || len(t.Tags) == 0 && len(t.Desired) == 0 {
		return err
	}
	_, err = c.PatchTwin(ctx, t.Addr.ID, t.Addr.Sub, hub.Patch{Tags: []byte(t.Tags), Desired: []byte(t.Desired)}, hub.Any)
	return err
}

// disable gives a device the status of the seed, if it is another one.
func disable(ctx context.Context, c *hub.Client, t testfile.Twin) error {
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
	project := &project{Config: p.Config, environment: environment, owner: p.Config.Project().Owner + "/" + environment.Name}
	file, done, err := b.planFile("")
	if err != nil {
		return nil, err
	}
	defer done()
	o := planOptions{targets: r.Options.Targets, destroy: r.Options.Destroy, adopt: r.Options.Adopt, takeOwnership: r.Options.TakeOwnership, allowDeletes: r.Options.AllowDeletes}
	desired, closeDesired, err := b.quiet.desired(project, o)
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
	failures := r.Refusals(*facts.Plan)
	if r.Command != testfile.Apply {
		return failures, nil
	}
	if len(failures) == 0 {
		if failures, err = b.apply(ctx, r, project, changes); err != nil {
			return nil, err
		}
	}
	facts.Hub, err = b.contents(ctx, project.owner)
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
	parallel := b.parallelism(p.environment.Parallelism)
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
