package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// planOptions are the flags that decide what is planned; plan, apply and drift
// share them.
type planOptions struct {
	targets       []string
	destroy       bool
	adopt         bool
	takeOwnership bool
	allowDeletes  int
	forceActive   bool // what is in use may be deleted
	existing      bool // only what exists on the hub
	claim         bool // identities become this owner's
	shard         string
	unmanaged     bool // what is not this project's is counted
	via           string
}

// bindForceActive is the flag of every verb whose plan may delete.
func bindForceActive(f *pflag.FlagSet, to *bool) {
	f.BoolVar(to, "force-active", false, fmt.Sprintf("delete devices and modules that are connected or were active in the last %d days, too", plan.ActiveDays))
}

func (o planOptions) policy(p *project, now time.Time) plan.Policy {
	pol := plan.Policy{
		Owner: p.owner, Adopt: o.adopt, TakeOwnership: o.takeOwnership, Destroy: o.destroy,
		KeepAbsent: len(o.targets) > 0 && !o.destroy, Protected: p.environment.Protect,
		OnlyExisting: o.existing,
		Deletes:      plan.DeleteLimits{Allow: o.allowDeletes},
		OnRemove:     p.environment.OnRemove,
		Removals:     map[schema.Address]plan.Removal{},
		ForceActive:  o.forceActive, ActiveSince: now.AddDate(0, 0, -plan.ActiveDays).UTC().Format(schema.ActivityTime),
	}
	for addr, r := range p.Removals() {
		pol.Removals[addr] = plan.Removal{Origin: r.Origin, Fate: r.OnRemove}
	}
	for _, m := range p.Moves() {
		pol.Moves = append(pol.Moves, plan.Move(m))
	}
	if l := p.environment.Limits; l != nil {
		pol.Deletes.Count, pol.Deletes.Percent = l.DeleteCount, l.DeletePercent
	}
	return pol
}

// makePlan is the way of the data (docs/architecture.md): both sides are sorted
// and matched, settled pairs drop out, the rest is read again and decided, and
// the changes go into a plan file.
func (g *global) makePlan(ctx context.Context, p *project, c *connection, o planOptions, desired schema.Stream, file string) (plan.Summary, error) {
	progress := g.readProgress()
	parallel := g.parallelism(p.environment.Parallelism, c.size, quota.TwinRead)
	r := g.remote(c, p.owner, parallel, progress.update)
	r.KeepReported(p.overlays.Reported())
	exports, err := g.reads(ctx, r, p, c.size, parallel, o.via)
	if err != nil {
		return plan.Summary{}, fmt.Errorf("read the hub: %w", err)
	}
	if g.reading != nil {
		progress.of = g.reading.Twins
	}
	found := r.Live(ctx)
	if p.manifests.Any() {
		found = p.manifests.Live(r.LiveWithSystem(ctx))
	}
	var seen int64
	live, closeLive, err := sortObjects(g.memory, counted(p.shard.Live(p.membership.Live(p.hierarchy.Live(found))), &seen), true)
	progress.end()
	if err != nil {
		return plan.Summary{}, fmt.Errorf("read the hub: %w", err)
	}
	defer closeLive()

	pol := o.policy(p, g.env.Now())
	pol.Hierarchy = p.hierarchy
	tally := plan.NewTally()
	tally.Membership = p.membership
	candidates := unsettled(p.shard, p.overlays.Over(p.manifests.Over(plan.Match(desired, r.Attached(live))), pol), pol, tally)
	switch {
	case exports:
		r.BoundConfirm(remote.ConfirmBounds{Listed: true})
	case !o.existing: // for an adoption, what is absent is an error
		r.BoundConfirm(remote.ConfirmBounds{Absent: p.declared - seen, Cheap: c.size.CheapReads(max(p.declared, seen))})
	}
	var cost remote.Cost
	changes, err := decide(g.memory, p.overlays.Again(r.Confirm(ctx, candidates), pol), pol, tally, cost.Add)
	if err != nil {
		return plan.Summary{}, err
	}
	defer changes.close()
	if tally.NothingExists() {
		return plan.Summary{}, fmt.Errorf("nothing to adopt: %s", strings.Join(tally.Warnings(), "; "))
	}
	warnings := slices.Concat(tally.Warnings(), p.overlays.Warnings())
	summary := plan.Summary{Counts: tally.Counts, Refused: tally.Verdict(pol), Warnings: warnings, Members: p.membership.Members(), Cost: cost.Lines()}
	if o.unmanaged {
		summary.Unmanaged = tally.Others
	}
	header := plan.Header{Tool: version, Project: p.Project().Name, Environment: p.environment.Name, Owner: p.owner, Hub: c.name, Targets: o.targets, Shard: p.shard.String(), SKU: c.size.SKU, Units: c.size.Units, Jobs: containerOf(p.environment)}
	return summary, writePlan(file, header, changes, summary, g.env.Now())
}

// desired streams what is declared, complete with secrets and marks, in address
// order. For a destroy nothing is. The project's hierarchy is begun with it.
func (g *global) desired(ctx context.Context, p *project, o planOptions) (schema.Stream, func(), error) {
	var err error
	if p.shard, err = plan.ParseShard(o.shard); err != nil {
		return nil, nil, fmt.Errorf("--%w", err)
	}
	declared := plan.Declared(p.environment.Name, sharesOf(p.environment), p.Objects())
	if o.destroy {
		declared = func(func(schema.Object, error) bool) {}
	}
	targets := p.current(o.targets)
	p.overlays, targets = p.overlaid(o, targets)
	if len(o.targets) > 0 {
		declared = targeted(declared, targets, p.overlays)
	}
	pol := o.policy(p, g.env.Now())
	pol.Overlays = p.overlays
	p.hierarchy, p.membership, p.manifests = plan.NewHierarchy(pol), plan.NewMembership(pol), plan.NewManifests()
	if p.environment.Size.Known() || g.asksAzure(p.environment) {
		if p.ids, err = newIDList(g.memory); err != nil {
			return nil, nil, err
		}
	}
	wanted := p.ids.noted(claimed(declared, o.claim))
	resolved := func(ctx context.Context) schema.Stream { return g.resolver().Objects(ctx, wanted) }
	complete := sealed(ctx, resolved, p.owner)
	part := p.shard.Declared(p.manifests.Declared(p.membership.Declared(p.hierarchy.Declared(complete))))
	sorted, done, err := sortObjects(g.memory, counted(part, &p.declared), false)
	if err != nil {
		p.ids.close()
		return nil, nil, err
	}
	return sorted, func() { done(); p.ids.close() }, nil
}

// sealed completes what is declared with the marks that are to be found, on all cores.
func sealed(ctx context.Context, in inorder.Source[schema.Object], owner string) schema.Stream {
	return inorder.Spread(ctx, in, func() func(schema.Object) (schema.Object, error) { return schema.NewSealer(owner).Seal })
}

// targeted lets only the objects through that --target names, by their address
// in the configuration or on the hub, modules along with their device. The other
// devices are kept from overlays. A target that names nothing is an error.
func targeted(in schema.Stream, targets []string, overlays *plan.Overlays) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		found := map[string]bool{}
		for o, err := range in {
			if err == nil && !hits(o, targets, found) {
				if overlays != nil && o.Addr.Kind == schema.KindDevice {
					overlays.Block(o.Addr.ID)
				}
				continue
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
		for _, t := range targets {
			if !found[t] {
				yield(schema.Object{}, undeclaredError(t))
				return
			}
		}
	}
}

// undeclaredError is a target that names no declared object.
type undeclaredError string

func (e undeclaredError) Error() string {
	return fmt.Sprintf("--target %s: the configuration declares no such object", string(e))
}

func hits(o schema.Object, targets []string, found map[string]bool) bool {
	hit := false
	for _, t := range targets {
		for _, name := range []string{o.Origin.Name, o.Addr.String()} {
			if name == t || strings.HasPrefix(name, t+".module") || strings.HasPrefix(name, t+"[") {
				hit, found[t] = true, true
			}
		}
	}
	return hit
}

// unsettled counts pairs and lets those through that need a decision. It runs in
// another goroutine than decide; each writes its own half of the tally.
func unsettled(s *plan.Shard, in iter.Seq2[plan.Pair, error], pol plan.Policy, t *plan.Tally) iter.Seq2[plan.Pair, error] {
	return func(yield func(plan.Pair, error) bool) {
		for p, err := range in {
			if err == nil {
				if !s.Has(p) {
					t.Outside(p, pol)
					continue
				}
				t.Pair(p, pol.Owner)
				if plan.Settled(p, pol.Owner) || pol.Rests(p) {
					t.Membership.Settled(p)
					continue
				}
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

func decide(m memory, in iter.Seq2[plan.Pair, error], pol plan.Policy, t *plan.Tally, each func(plan.Change)) (*changeSorter, error) {
	changes, err := newChangeSorter(m)
	if err != nil {
		return nil, err
	}
	for p, err := range in {
		if err == nil {
			err = decideOne(p, pol, t, changes, each)
		}
		if err != nil {
			changes.close()
			return nil, err
		}
	}
	return changes, nil
}

func decideOne(p plan.Pair, pol plan.Policy, t *plan.Tally, changes *changeSorter, each func(plan.Change)) error {
	if t.Awaits(p, pol) {
		return nil
	}
	c, ok, err := plan.Decide(p, pol)
	if err == nil {
		t.Membership.Decided(p, c, ok)
	}
	if err != nil || !ok {
		return err
	}
	t.Change(c)
	each(c)
	return changes.add(c)
}

// writePlan writes a plan file beside its place and moves it there when it is
// whole.
func writePlan(file string, h plan.Header, changes *changeSorter, s plan.Summary, now time.Time) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".plan-*")
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone when all went well
	buffered := bufio.NewWriterSize(f, 64<<10)
	err = writePlanTo(buffered, h, changes, s, now)
	for _, step := range []func() error{buffered.Flush, f.Close, func() error { return os.Rename(f.Name(), file) }} {
		if err == nil {
			err = step()
		}
	}
	return err
}

func writePlanTo(w io.Writer, h plan.Header, changes *changeSorter, s plan.Summary, now time.Time) error {
	pw, err := plan.NewWriter(w, h)
	if err != nil {
		return err
	}
	if err := changes.writeTo(pw); err != nil {
		return err
	}
	return pw.Close(s, now.UTC().Format(time.RFC3339))
}

// openPlan opens a plan file for one reading.
func openPlan(file string) func() (*plan.Reader, io.Closer, error) {
	return func() (*plan.Reader, io.Closer, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, nil, fmt.Errorf("open plan: %w", err)
		}
		r, err := plan.NewReader(f)
		if err != nil {
			_ = f.Close()
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		return r, f, nil
	}
}
