package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// defaults is what the project gives to every device: values below those of all
// profiles, and profiles before the device's own.
type defaults struct {
	tags, desired, names *hcl.Attribute
	profiles             []string
	values               twinValues
}

// decodeDefaults takes the members of the object apart, so that messages can
// point at them.
func (l *loader) decodeDefaults(a *hcl.Attribute) {
	if a == nil {
		return
	}
	pairs, diags := hcl.ExprMap(a.Expr)
	if diags.HasErrors() {
		l.constants().wrong(a.Expr, "Invalid defaults", "The defaults are written out as an object: { tags = {...}, desired = {...}, profiles = [...] }.")
		return
	}
	into := map[string]**hcl.Attribute{"tags": &l.defaults.tags, "desired": &l.defaults.desired, "profiles": &l.defaults.names}
	for _, p := range pairs {
		name := keyText(p.Key, l.constants().ctx)
		place, known := into[name]
		if !known {
			l.add(errorAt(p.Key.Range(), "Invalid defaults", fmt.Sprintf("Devices have no default for %q.%s It is one of: tags, desired, profiles.", name, hint(name, sortedNames(into)))))
			continue
		}
		*place = &hcl.Attribute{Name: name, Expr: p.Value, NameRange: p.Key.Range(), Range: hcl.RangeBetween(p.Key.Range(), p.Value.Range())}
	}
}

// evaluateDefaults follows the profiles, which it may name.
func (l *loader) evaluateDefaults() {
	r, d := l.scope(), &l.defaults
	d.profiles = l.known(r, d.names, r.texts(d.names), deviceDef.Type)
	d.values = twinValues{tags: r.object(d.tags), desired: r.object(d.desired)}
}

// of is what an object of a kind starts with.
func (d *defaults) of(kind schema.Kind) (names []string, values twinValues) {
	if kind != schema.KindDevice {
		return nil, twinValues{}
	}
	return d.profiles, d.values
}
