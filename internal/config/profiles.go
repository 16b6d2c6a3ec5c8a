package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// profile is a profile block.
type profile struct {
	name          string
	rng           hcl.Range
	only          string // "device" or "module"; empty for both
	extends       []string
	extendsAt     *hcl.Attribute
	tags, desired *hcl.Attribute
	perInstance   bool       // mentions each
	values        twinValues // unless perInstance
	state         state
}

// twinValues are the two sections that a declaration writes.
type twinValues struct{ tags, desired map[string]any }

func (v twinValues) merge(over twinValues) twinValues {
	return twinValues{tags: mergeValues(v.tags, over.tags), desired: mergeValues(v.desired, over.desired)}
}

func (l *loader) decodeProfile(b *hcl.Block) {
	content, diags := decode(b.Body, profileDef)
	l.report(diags)
	p := &profile{
		name: b.Labels[0], rng: b.DefRange,
		extendsAt: content.Attributes["extends"], tags: content.Attributes["tags"], desired: content.Attributes["desired"],
	}
	if first := l.profiles[p.name]; first != nil {
		l.duplicate("profile", p.name, first.rng, b.DefRange)
		return
	}
	l.profiles[p.name] = p
	if a := content.Attributes["for"]; a != nil {
		p.only, _ = l.constants().text(a)
		if p.only != "" && p.only != deviceDef.Type && p.only != moduleDef.Type {
			l.add(errorAt(a.Expr.Range(), "Invalid profile", fmt.Sprintf(`The argument "for" is "device" or "module", not %q.`, p.only)))
		}
	}
}

// linkProfiles checks who extends whom and evaluates the profiles that are the
// same for every instance.
func (l *loader) linkProfiles() {
	r := l.scope()
	for _, name := range sortedNames(l.profiles) {
		p := l.profiles[name]
		p.perInstance = usesEach(p.tags, p.desired)
		p.extends = l.known(r, p.extendsAt, r.texts(p.extendsAt), p.only)
		if !p.perInstance {
			p.values = twinValues{tags: r.object(p.tags), desired: r.object(p.desired)}
		}
	}
	for _, name := range sortedNames(l.profiles) {
		l.visitProfile(l.profiles[name], nil)
	}
	l.evaluateDefaults()
}

// visitProfile finds profiles that extend themselves and cuts them loose.
func (l *loader) visitProfile(p *profile, trail []*profile) {
	switch p.state {
	case finished:
		return
	case active:
		l.profileCycle(p, trail)
		return
	case waiting:
	}
	p.state = active
	for _, name := range p.extends {
		l.visitProfile(l.profiles[name], append(trail, p))
	}
	p.state = finished
}

func (l *loader) profileCycle(p *profile, trail []*profile) {
	first := len(trail) - 1
	for trail[first] != p {
		first--
	}
	var steps []string
	for _, q := range trail[first:] {
		steps = append(steps, fmt.Sprintf("%q (%s)", q.name, q.extendsAt.Range))
	}
	last := trail[len(trail)-1]
	last.extends = nil
	l.add(errorAt(p.extendsAt.Range, "Cycle in profiles",
		fmt.Sprintf("These profiles extend each other: %s, and back to %q.", strings.Join(steps, " extends "), p.name)))
}

// known drops names of profiles that do not exist or may not be used by a kind
// ("device", "module", or empty where both may follow), and reports them.
func (c *Config) known(r reader, a *hcl.Attribute, names []string, kind string) []string {
	kept := names[:0:0]
	for i, name := range names {
		p := c.profiles[name]
		switch {
		case p == nil:
			r.wrong(item(a, i), "Unknown profile", fmt.Sprintf("No profile is named %q.%s", name, hint(name, sortedNames(c.profiles))))
		case p.only != "" && kind != "" && p.only != kind:
			r.wrong(item(a, i), "Profile of another kind", fmt.Sprintf("The profile %q is for use by a %s.", name, p.only))
		default:
			kept = append(kept, name)
		}
	}
	return kept
}

// item is a member of a list, if the list is written out.
func item(a *hcl.Attribute, i int) hcl.Expression {
	items, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() || i >= len(items) {
		return a.Expr
	}
	return items[i]
}

// order lists the profiles that a list of names stands for: each after those
// that it extends, and once, however often it is reached.
func (c *Config) order(names []string) []*profile {
	var list []*profile
	seen := map[string]bool{}
	var visit func(names []string)
	visit = func(names []string) {
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			p := c.profiles[name]
			visit(p.extends)
			list = append(list, p)
		}
	}
	visit(names)
	return list
}

// profileValues merges the profiles for one instance over the defaults of its
// kind.
func (c *Config) profileValues(kind schema.Kind, names []string, r reader) twinValues {
	_, out := c.defaults.of(kind)
	if len(names) == 0 {
		return out
	}
	key := kind.String() + "\x00" + strings.Join(names, "\x00")
	if v, ok := c.merged[key]; ok {
		return v
	}
	same := true
	for _, p := range c.order(names) {
		v := p.values
		if p.perInstance {
			same = false
			v = twinValues{tags: r.object(p.tags), desired: r.object(p.desired)}
		}
		out = out.merge(v)
	}
	if same {
		c.merged[key] = out
	}
	return out
}
