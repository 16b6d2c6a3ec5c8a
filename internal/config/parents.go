package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// family is what the walk sees of parents. Which devices of the hub are edge
// devices is not known here: a circle among those that are declared so is a
// mistake anyway, and so is a parent that is declared to be none.
type family struct {
	gateways map[string]gateway     // declared with edge = true, and with a parent
	children map[string]declaration // the first child of each parent
	leaves   *keySet                // ids of the devices declared with edge = false
}

// declaration is a place where a parent is named.
type declaration struct {
	in    instance
	place hcl.Range
}

type gateway struct {
	declaration
	parent string
}

func newFamily() *family {
	return &family{gateways: map[string]gateway{}, children: map[string]declaration{}, leaves: newKeySet()}
}

func (f *family) add(in instance, dev *schema.Device, attr *hcl.Attribute) {
	if dev.Edge != nil && !*dev.Edge {
		f.leaves.add(dev.ID)
	}
	if dev.Parent == nil || *dev.Parent == "" || *dev.Parent == dev.ID {
		return
	}
	d := declaration{in: in, place: attr.Expr.Range()}
	if _, known := f.children[*dev.Parent]; !known {
		f.children[*dev.Parent] = d
	}
	if dev.Edge != nil && *dev.Edge {
		f.gateways[dev.ID] = gateway{declaration: d, parent: *dev.Parent}
	}
}

// reportCircles finds devices that are above themselves, and reports each circle
// once, with all of its places.
func (f *family) reportCircles() {
	done := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(f.gateways)) {
		var way []string
		at := id
		for !done[at] && f.gateways[at].parent != "" {
			done[at] = true
			way = append(way, at)
			at = f.gateways[at].parent
		}
		if i := slices.Index(way, at); i >= 0 {
			f.reportCircle(way[i:])
		}
	}
}

func (f *family) reportCircle(ids []string) {
	low := slices.Index(ids, slices.Min(ids))
	ids = append(slices.Clone(ids[low:]), ids[:low]...)
	var lines []string
	for _, id := range ids {
		g := f.gateways[id]
		lines = append(lines, fmt.Sprintf("\n  %s has the parent %q at %s", g.in.origin.Name, g.parent, g.place))
	}
	g := f.gateways[ids[0]]
	g.in.each.report(errorAt(g.place, "Cycle in parents",
		fmt.Sprintf("The parents of %q lead back to it: %s -> %s.%s", ids[0], strings.Join(ids, " -> "), ids[0], strings.Join(lines, ""))))
}

// reportParents goes through the devices a second time when some parent may be
// declared with edge = false.
func (c *Config) reportParents(f *family) {
	if len(f.children) == 0 {
		return
	}
	leaf := f.leaves.among()
	if !slices.ContainsFunc(slices.Collect(maps.Keys(f.children)), leaf) {
		return
	}
	for d, in := range c.deviceInstances() {
		id := in.id(d.id)
		child, isParent := f.children[id]
		if edge, ok := in.each.flag(d.edge); !isParent || !ok || edge {
			continue
		}
		child.in.each.report(errorAt(child.place, "Parent is no edge device",
			fmt.Sprintf("The parent %q of %s is declared with edge = false, at %s.", id, child.in.origin.Name, d.edge.Expr.Range())))
	}
}
