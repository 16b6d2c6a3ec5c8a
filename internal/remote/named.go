package remote

import (
	"context"
	"fmt"
	"slices"

	"github.com/twinset/twinset/schema"
)

// Named reads single objects, and with a device those of its modules that bear
// this owner's mark. An object that is not on the hub is an error.
func (r *Remote) Named(ctx context.Context, addrs []schema.Address) ([]schema.Object, error) {
	var list []schema.Object
	for _, a := range addrs {
		o, exists, err := r.one(ctx, a)
		if err != nil {
			return nil, err
		}
		if !exists {
			return nil, fmt.Errorf("%s is not on the hub", a)
		}
		list = append(list, o)
		if a.Kind != schema.KindDevice {
			continue
		}
		modules, err := r.markedModules(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, modules...)
	}
	slices.SortStableFunc(list, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	return slices.CompactFunc(list, func(a, b schema.Object) bool { return a.Addr == b.Addr }), nil
}

// Read reads devices and modules as they are now. Those that do not exist are left
// out.
func (r *Remote) Read(ctx context.Context, addrs []schema.Address) ([]schema.Object, error) {
	var list []schema.Object
	for _, a := range addrs {
		o, exists, err := r.read(ctx, a)
		if err != nil {
			return nil, err
		}
		if exists {
			list = append(list, o)
		}
	}
	return list, nil
}

// Configurations are the ids of the configurations and deployments that [Remote.Live]
// found.
func (r *Remote) Configurations() []string {
	var ids []string
	for _, c := range r.held {
		ids = append(ids, c.ID)
	}
	return ids
}

// one reads an object of any kind.
func (r *Remote) one(ctx context.Context, a schema.Address) (schema.Object, bool, error) {
	if !a.Kind.Targets() {
		return r.read(ctx, a)
	}
	list, err := r.client.Configurations(ctx)
	if err != nil {
		return schema.Object{}, false, err
	}
	objects, err := r.group(list)
	i := slices.IndexFunc(objects, func(o schema.Object) bool { return o.Addr == a })
	if err != nil || i < 0 {
		return schema.Object{}, false, err
	}
	return objects[i], true, nil
}

func (r *Remote) markedModules(ctx context.Context, device string) ([]schema.Object, error) {
	modules, err := r.listModules(ctx, device)
	if err != nil {
		return nil, err
	}
	var list []schema.Object
	for _, m := range modules {
		if isSystem(m.ModuleID) {
			continue
		}
		o, exists, err := r.read(ctx, schema.ModuleAddress(device, m.ModuleID))
		if err != nil {
			return nil, err
		}
		if marks, _ := schema.Marks(o.Doc); exists && marks[r.owner] != nil {
			list = append(list, o)
		}
	}
	return list, nil
}
