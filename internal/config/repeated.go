package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// declared is where an object was declared first.
type declared struct {
	name  string
	block hcl.Range
}

// repeatKey names an address in a keySet. No id holds a NUL.
func repeatKey(a schema.Address) string {
	if a.Sub == "" {
		return a.ID
	}
	return a.ID + "\x00" + a.Sub
}

// reportRepeated goes through the instances a second time and reports the
// objects that are declared twice. Only then are addresses and places kept, and
// only for the suspects.
func (c *Config) reportRepeated(suspect func(key string) bool) {
	first := map[schema.Address]declared{}
	check := func(addr schema.Address, in instance) {
		if !suspect(repeatKey(addr)) {
			return
		}
		f, again := first[addr]
		if !again {
			first[addr] = declared{name: in.origin.Name, block: in.block.rng}
			return
		}
		if f.name == in.origin.Name {
			return // a table that repeats a key, which is reported there
		}
		in.each.report(errorAt(in.block.rng, "Duplicate "+addr.Kind.String()+" id",
			fmt.Sprintf("%s and %s both declare %s. The first is at %s.", f.name, in.origin.Name, addr, f.block)))
	}
	for d, in := range c.deviceInstances() {
		id := in.id(d.id)
		check(schema.DeviceAddress(id), in)
		for _, inner := range c.moduleInstances(d, in) {
			check(schema.ModuleAddress(id, inner.moduleID()), inner)
		}
	}
}
