package testfile

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// Twin is a device or module that a hub holds before a run.
type Twin struct {
	Addr         schema.Address
	Status       string
	StatusReason string
	Edge         bool
	Parent       string // id of the edge device that it is attached to

	// As the service names them; empty for keys that the hub generates.
	AuthenticationType string
	Thumbprints        [2]string

	Tags     schema.Doc // empty for none
	Desired  schema.Doc
	Reported schema.Doc

	rng             hcl.Range
	scope, attached string // in a file: its own, and that of its parent
}

// seed reads a seed block: the twins of a file, then those written in place.
func (d *decoder) seed(b *hcl.Block) []Twin {
	content := d.content(b.Body, seedSchema)
	var list []Twin
	if a := content.Attributes["file"]; a != nil {
		if name, ok := d.args.Text(a); ok {
			list = d.seedFile(name, a.Expr.Range())
		}
	}
	for _, dev := range content.Blocks {
		list = append(list, d.seedDevices(dev)...)
	}
	return list
}

// checkSeed finds what no hub can hold at once.
func (d *decoder) checkSeed(list []Twin) {
	seen := map[schema.Address]Twin{}
	for _, t := range list {
		if first, again := seen[t.Addr]; again {
			d.report(errorAt(t.rng, "Duplicate seed", "%s is already in the seed, at %s.", t.Addr, first.rng))
		}
		seen[t.Addr] = t
	}
	for _, t := range list {
		if _, ok := seen[schema.DeviceAddress(t.Addr.ID)]; !ok {
			d.report(errorAt(t.rng, "Module without device", "%s is in the seed without its device %q.", t.Addr, t.Addr.ID))
		}
		if t.Parent != "" && !seen[schema.DeviceAddress(t.Parent)].Edge {
			d.report(errorAt(t.rng, "Invalid seed", "The parent %q of %s is no IoT Edge device of the seed. Add it, with edge = true.", t.Parent, t.Addr))
		}
	}
}

// owned adds the mark that the owner's apply would have left.
func owned(o schema.Object, owner string) (schema.Object, error) {
	if err := schema.CheckOwner(owner); err != nil {
		return o, err
	}
	m, _ := schema.MarkOf(o)
	m.Created = true
	mark, err := schema.Decode(m.Tag())
	if err != nil {
		return o, err
	}
	doc, err := o.Doc.Map()
	if err != nil {
		return o, err
	}
	tags, _ := doc["tags"].(map[string]any)
	tags = maps.Clone(tags)
	if tags == nil {
		tags = map[string]any{}
	}
	tags[schema.ReservedTag] = map[string]any{owner: mark}
	doc["tags"] = tags
	o.Doc, err = schema.Canonical(doc)
	return o, err
}

// SeedFailed is the failure of a run whose seed the hub does not take.
func (r *Run) SeedFailed(t Twin, err error) Failure {
	return Failure{Address: t.Addr.String(), diag: errorAt(t.rng, "Seed refused", "The hub refuses %s of the seed: %s.", t.Addr, err)}
}

// InOrder are the twins of a seed, devices before their modules.
func InOrder(seed []Twin) []Twin {
	return slices.SortedStableFunc(slices.Values(seed), func(a, b Twin) int { return a.Addr.Compare(b.Addr) })
}
