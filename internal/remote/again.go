package remote

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Again is an earlier change and its object as it is now.
type Again struct {
	Done plan.Change
	Now  plan.UndoNow
}

// Again reads the objects of changes that were carried out: one request for each, of
// created devices with their modules, and one for all configurations and deployments.
// Of what was deleted with its keys nothing is read.
func (r *Remote) Again(ctx context.Context, in iter.Seq2[plan.Change, error]) iter.Seq2[Again, error] {
	return func(yield func(Again, error) bool) {
		var targets []schema.Object
		listed := false
		for a, err := range inorder.Map(ctx, r.parallel, inorder.Given(in), r.again) {
			if err == nil && a.Done.Addr.Kind.Targets() {
				if !listed {
					targets, err = r.listTargeting(ctx)
					listed = err == nil
				}
				a.Now = r.targetingNow(a.Done.Addr, targets)
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

func (r *Remote) again(ctx context.Context, done plan.Change) (Again, error) {
	a := Again{Done: done}
	if done.Addr.Kind.Targets() || done.Action == plan.Delete {
		return a, nil
	}
	live, exists, err := r.read(ctx, done.Addr)
	if hub.IsUnauthorized(err) && done.Addr.Kind == schema.KindModule {
		err = r.whyHidden(ctx, done.Addr, err)
	}
	if err != nil || !exists {
		return a, err
	}
	a.Now.Live = &live
	if done.Action == plan.Create && done.Addr.Kind == schema.KindDevice {
		live.Foreign, a.Now.Modules, err = r.modulesByOwner(ctx, done.Addr.ID)
	}
	return a, err
}

// whyHidden tells what it means that a module is not shown. With SAS the hub answers
// 401 for the modules of a device that is missing or disabled (FACTS §3).
func (r *Remote) whyHidden(ctx context.Context, module schema.Address, refused error) error {
	device, exists, err := r.read(ctx, schema.DeviceAddress(module.ID))
	switch {
	case err != nil:
		return err
	case !exists:
		return nil
	case string(schema.Lookup(device.Doc, schema.Path{fieldStatus})) == `"`+schema.StatusDisabled+`"`:
		return fmt.Errorf("%s cannot be read while its device is disabled; enable that first: %w", module, refused)
	default:
		return refused
	}
}

// modulesByOwner tells the modules of a device that are not this owner's, and those
// that bear its mark. Those that the runtime manages are neither.
func (r *Remote) modulesByOwner(ctx context.Context, device string) (foreign, marked []string, err error) {
	foreign, twins, err := r.modulesOf(ctx, device)
	for i := 0; err == nil && i < len(twins); i++ {
		var o schema.Object
		if o, err = fromTwin(&twins[i]); err == nil && plan.Marked(&o, r.owner) {
			marked = append(marked, o.Addr.Sub)
		}
	}
	return foreign, marked, err
}

// listTargeting lists the configurations and deployments of the hub.
func (r *Remote) listTargeting(ctx context.Context) ([]schema.Object, error) {
	list, err := r.client.Configurations(ctx)
	if err != nil {
		return nil, err
	}
	r.held = list
	return r.group(list)
}

func (r *Remote) targetingNow(a schema.Address, list []schema.Object) plan.UndoNow {
	now := plan.UndoNow{Held: r.heldIDs()}
	if i := slices.IndexFunc(list, func(o schema.Object) bool { return o.Addr == a }); i >= 0 {
		now.Live = &list[i]
	}
	return now
}
