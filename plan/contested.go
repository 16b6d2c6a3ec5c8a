package plan

import (
	"fmt"

	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

// contested are properties that are both declared and written by a configuration
// that targets the twin: there would be no stable winner (FACTS §6.3).
type contested struct {
	first []string
	count int
}

// writes are the desired properties that a configuration writes to the twins that
// it targets. What a deployment writes goes to modules of those.
func writes(o *schema.Object) []schema.Path {
	if o.Addr.Kind != schema.KindConfiguration {
		return nil
	}
	var list []schema.Path
	for _, name := range schema.ContentMembers() {
		if doc := schema.Lookup(o.Doc, schema.Path{name}); doc != nil {
			if m, err := doc.Map(); err == nil {
				list = append(list, schema.Writes(m)...)
			}
		}
	}
	return list
}

// contest finds what a pair declares and a rule writes too.
func (m *Membership) contest(found *contested, p Pair, planned twin) {
	if p.Desired == nil {
		return
	}
	if manifestIn(p.Desired) != nil {
		m.contestManifest(found, p, planned)
	}
	declared := schema.Lookup(p.Desired.Doc, schema.Path{"desired"})
	if declared == nil {
		return
	}
	for _, r := range m.rules {
		for _, path := range r.writes {
			if !declares(declared, path) || r.meets(r.after, planned) != condition.Yes {
				continue
			}
			found.add("%s of %s is contested: %s writes it too. Declare it in one of the two, or list it under lifecycle.ignore",
				append(schema.Path{"desired"}, path...), place(p.Name(), p.Desired.Origin), place(r.name(), r.origin))
			break
		}
	}
}

// contestManifest finds a deployment that replaces the manifest which a device
// declares for itself, as soon as it is evaluated (FACTS §6.2).
func (m *Membership) contestManifest(found *contested, p Pair, planned twin) {
	for _, r := range m.rules {
		if r.addr.Kind != schema.KindDeployment || r.meets(r.after, planned) != condition.Yes {
			continue
		}
		found.add("the manifest of %s is contested: %s targets the device and writes one too. Take the manifest off the device, or the device out of the target condition",
			place(p.Name(), p.Desired.Origin), place(r.name(), r.origin))
		return
	}
}

func (c *contested) add(format string, args ...any) {
	if c.count++; len(c.first) < firstNames {
		c.first = append(c.first, fmt.Sprintf(format, args...))
	}
}

// declares tells whether a section has a leaf at, above or below a path.
func declares(section schema.Doc, path schema.Path) bool {
	for i := range path {
		v := schema.Lookup(section, path[:i+1])
		if v == nil {
			return false
		}
		if v[0] != '{' || len(v) == len("{}") {
			return true
		}
	}
	return true
}

// place is a name with the position of its declaration.
func place(name string, o schema.Origin) string {
	if o.File == "" {
		return name + " (on the hub)"
	}
	return fmt.Sprintf("%s (%s:%d)", name, o.File, o.Line)
}

// Verdict are the reasons why a plan must not be applied, or none.
func (m *Membership) Verdict() []string {
	if m == nil {
		return nil
	}
	all := append(append([]string(nil), m.contested.first...), m.decided.first...)
	count := m.contested.count + m.decided.count
	if len(all) > firstNames {
		all = all[:firstNames]
	}
	if more := count - len(all); more > 0 {
		all = append(all, fmt.Sprintf("%d more properties are contested in the same way", more))
	}
	return all
}
