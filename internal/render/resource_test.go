package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

func TestResourceOf(t *testing.T) {
	t.Parallel()
	device, module := schema.DeviceAddress("id-1"), schema.ModuleAddress("id-1", "m-1")
	for _, c := range []struct {
		name string
		addr schema.Address
		want resource
	}{
		{"device.pump", device, resource{"twinset_device", "pump", ""}},
		{`device.sensor["s-1"]`, device, resource{"twinset_device", "sensor", "s-1"}},
		{`device.gw["a"].module.opcua`, module, resource{"twinset_module", "opcua", ""}},
		{`device.gw.module.m["x.module.y"]`, module, resource{"twinset_module", "m", "x.module.y"}},
		{`device.gw["].module.[\""].module.m`, module, resource{"twinset_module", "m", ""}},
		{`device["odd id"]`, device, resource{"twinset_device", "id-1", ""}},
		{`device.gw[broken].module.m`, module, resource{"twinset_module", "m-1", ""}},
		{"", device, resource{"twinset_device", "id-1", ""}},
		{"", module, resource{"twinset_module", "m-1", ""}},
	} {
		got := resourceOf(plan.Change{Addr: c.addr, Origin: schema.Origin{Name: c.name}})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q differs (-want +got):\n%s", c.name, diff)
		}
	}
}
