package remote

import (
	"context"
	"fmt"
	"iter"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Confirm re-reads the live side of pairs that need a decision, because query
// answers are stale (FACTS §5): one read for each, within the bounds of
// [Remote.BoundConfirm]. Pairs stay in order; those of which nothing is left are
// dropped.
func (r *Remote) Confirm(ctx context.Context, in iter.Seq2[plan.Pair, error]) iter.Seq2[plan.Pair, error] {
	return func(yield func(plan.Pair, error) bool) {
		c := confirmer{Remote: r, absent: newIDSet(), bounds: newBounds(r.bounds)}
		for res, err := range inorder.Map(ctx, r.parallel, inorder.Given(c.bounds.judged(in)), c.confirm) {
			if (err != nil || res.keep) && !yield(res.pair, err) {
				return
			}
		}
	}
}

type confirmed struct {
	pair plan.Pair
	keep bool
}

type confirmer struct {
	*Remote
	absent *idSet // devices that do not exist
	bounds *bounds
}

func (c *confirmer) confirm(ctx context.Context, j judged) (confirmed, error) {
	if !j.read {
		return confirmed{pair: j.Pair, keep: true}, nil
	}
	defer c.bounds.reads.Done()
	p := j.Pair
	addr := p.Addr()
	if addr.Kind.Targets() {
		return c.targets(p), nil
	}
	if c.absent.below(addr) {
		p.Live = nil
		return confirmed{pair: p, keep: p.Desired != nil}, nil
	}
	live, exists, err := c.read(ctx, addr)
	if err != nil {
		return confirmed{}, err
	}
	told := p
	p.Live = nil
	if exists {
		if p.Desired != nil {
			if err := c.addManifest(ctx, &live, schema.Lookup(p.Desired.Doc, manifestPath)); err != nil {
				return confirmed{}, err
			}
		}
		p.Live = &live
	} else if addr.Kind == schema.KindDevice {
		c.absent.add(addr.ID)
	}
	c.bounds.compare(told, p)
	if p.Live == nil && p.Desired == nil || p.Live != nil && plan.Settled(p, c.owner) {
		return confirmed{}, nil
	}
	if p.Desired == nil && addr.Kind == schema.KindDevice {
		if live.Foreign, err = c.foreignModules(ctx, addr.ID); err != nil {
			return confirmed{}, err
		}
	}
	return confirmed{pair: p, keep: true}, nil
}

// targets needs no reading: what the hub lists of configurations is current. A new
// one must know which ids are taken.
func (c *confirmer) targets(p plan.Pair) confirmed {
	if p.Live == nil {
		d := *p.Desired
		d.Revisions = c.heldIDs()
		p.Desired = &d
	}
	return confirmed{pair: p, keep: true}
}

// foreignModules lists the modules of a device that this owner did not create:
// deleting the device would take them along (FACTS §3). System modules come and
// go with the device's edge capability, and those that the runtime manages with
// what a deployment or the device's manifest says.
func (r *Remote) foreignModules(ctx context.Context, device string) ([]string, error) {
	foreign, _, err := r.modulesOf(ctx, device)
	return foreign, err
}

// modulesOf also returns the twins of all modules of a device but those of the
// system.
func (r *Remote) modulesOf(ctx context.Context, device string) (foreign []string, twins []hub.Twin, err error) {
	modules, err := r.listModules(ctx, device)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range modules {
		id := m.ModuleID
		if id == "" {
			return nil, nil, fmt.Errorf("list modules of %s: one has no id", device)
		}
		if isSystem(id) {
			continue
		}
		o, twin, exists, err := r.readTwin(ctx, schema.ModuleAddress(device, id))
		if err != nil {
			return nil, nil, err
		}
		if !exists {
			continue
		}
		twins = append(twins, twin)
		if m.ManagedBy != managedByRuntime && !r.onlyOurs(o.Doc) {
			foreign = append(foreign, id)
		}
	}
	return foreign, twins, nil
}

// onlyOurs tells whether this owner created the identity and nobody else owns
// fields of it.
func (r *Remote) onlyOurs(live schema.Doc) bool {
	marks, _ := schema.Marks(live)
	return marksOn(live) == 1 && marks[r.owner] != nil && marks[r.owner].Created
}

// managedByRuntime is what the hub says of modules that come and go with a manifest
// (FACTS §3).
const managedByRuntime = "iotEdge"

// listModules asks the registry, which is current. With SAS it answers 401 for the
// modules of a disabled device (FACTS §3); then the index has to do, which tells
// their ids and nothing of who manages them.
func (r *Remote) listModules(ctx context.Context, device string) ([]hub.Module, error) {
	modules, err := r.client.Modules(ctx, device)
	switch {
	case err == nil:
		return modules, nil
	case hub.IsNotFound(err):
		return nil, nil
	case !hub.IsUnauthorized(err):
		return nil, err
	}
	for page, err := range r.client.Query(ctx, queryModules+" WHERE deviceId = "+quote(device), pageSize) {
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			o, err := fromItem(item)
			if err != nil {
				return nil, err
			}
			modules = append(modules, hub.Module{ModuleID: o.Addr.Sub})
		}
	}
	return modules, nil
}
