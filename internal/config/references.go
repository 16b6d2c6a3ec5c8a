package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/schema"
)

// reference is the address of an object, or of a block, as the configuration
// writes it.
type reference struct {
	kind           schema.Kind // of what it begins with: a device, configuration or deployment
	device, module place
	isModule       bool
	rng            hcl.Range
}

// place is a label with the key of an instance.
type place struct {
	label string
	key   *string
}

func (p place) String() string {
	text := labelPart(p.label)
	if p.key != nil {
		text += fmt.Sprintf("[%q]", *p.key)
	}
	return text
}

// id is the id of the object unless its block says another one.
func (p place) id() string {
	if p.key != nil {
		return *p.key
	}
	return p.label
}

// String is the address as objects have it in their origin.
func (r reference) String() string {
	text := r.kind.String() + r.device.String()
	if r.isModule {
		text += "." + moduleDef.Type + r.module.String()
	}
	return text
}

// reference reads an argument that names an object.
func (c *Config) reference(a *hcl.Attribute) (reference, bool) {
	if a == nil {
		return reference{}, false // said when the block was decoded
	}
	r := reference{rng: a.Expr.Range()}
	steps, diags := hcl.AbsTraversalForExpr(a.Expr)
	ok := !diags.HasErrors() && r.begin(steps.RootName())
	if ok {
		steps = steps[1:]
		r.device, steps, ok = takePlace(steps)
	}
	if r.kind != schema.KindDevice {
		ok = ok && r.device.key == nil
	} else if ok && len(steps) > 0 {
		word, isName := steps[0].(hcl.TraverseAttr)
		ok = isName && word.Name == moduleDef.Type
		if ok {
			r.isModule = true
			r.module, steps, ok = takePlace(steps[1:])
		}
	}
	if !ok || len(steps) > 0 {
		c.add(errorAt(r.rng, "Invalid address", fmt.Sprintf(`The argument %q is the address of an object, without quotes in HCL: device.gateway, device.gateway["gw-1"] or device.gateway["gw-1"].module.opcua. A label that is no plain word stands in brackets: device["gw.1"]. Configurations and deployments are configuration.ID and deployment.ID.`, a.Name)))
		return r, false
	}
	return r, true
}

// begin takes the word that an address begins with.
func (r *reference) begin(word string) bool {
	for _, k := range []schema.Kind{schema.KindDevice, schema.KindConfiguration, schema.KindDeployment} {
		if k.String() == word {
			r.kind = k
		}
	}
	return r.kind != 0
}

// takePlace takes a label and the key after it off the front.
func takePlace(steps hcl.Traversal) (p place, rest hcl.Traversal, ok bool) {
	if len(steps) == 0 {
		return p, nil, false
	}
	if name, isName := steps[0].(hcl.TraverseAttr); isName {
		p.label, ok = name.Name, true
	} else {
		p.label, ok = indexText(steps[0])
	}
	if rest = steps[1:]; len(rest) == 0 {
		return p, rest, ok
	}
	if key, isKey := indexText(rest[0]); isKey {
		p.key, rest = &key, rest[1:]
	}
	return p, rest, ok
}

func indexText(t hcl.Traverser) (string, bool) {
	i, ok := t.(hcl.TraverseIndex)
	if !ok || i.Key.IsNull() || !i.Key.IsKnown() || i.Key.Type() != cty.String {
		return "", false
	}
	return i.Key.AsString(), true
}
