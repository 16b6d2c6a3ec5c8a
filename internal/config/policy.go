package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/twinset/twinset/schema"
)

// policy is a policy block.
type policy struct {
	name               string
	rng                hcl.Range
	condition, message *hcl.Attribute
	forEach            *hcl.Attribute // nil: every object
	only               string         // "device" or "module"; empty for both
	severity           hcl.DiagnosticSeverity
}

// Violation goes with the diagnostic of a policy that is not met.
type Violation struct {
	Policy string
	Object string // address of the object in the configuration, or the policy's own
}

// ViolationOf tells whether a diagnostic says that a policy is not met.
func ViolationOf(d *hcl.Diagnostic) (Violation, bool) {
	return hcl.DiagnosticExtra[Violation](d)
}

// Refused tells whether policies, and nothing else, are what is wrong.
func Refused(diags Diagnostics) bool {
	refused := false
	for _, d := range diags {
		if _, ok := ViolationOf(d); !ok && d.Severity == hcl.DiagError {
			return false
		}
		refused = refused || d.Severity == hcl.DiagError
	}
	return refused
}

// Warnings are the policies that are not met and only warn, as far as objects
// have been evaluated.
func (c *Config) Warnings() Diagnostics {
	var list Diagnostics
	for _, d := range c.found.diagnostics(c.sensitive) {
		if _, ok := ViolationOf(d); ok && d.Severity == hcl.DiagWarning {
			list = append(list, d)
		}
	}
	return list
}

func (l *loader) decodePolicy(b *hcl.Block) {
	content, diags := decode(b.Body, policyDef)
	l.report(diags)
	attrs := content.Attributes
	p := &policy{name: b.Labels[0], rng: b.DefRange, condition: attrs["condition"], message: attrs["error_message"], forEach: attrs["for_each"], severity: hcl.DiagError}
	for _, other := range l.policies {
		if other.name == p.name {
			l.duplicate("policy", p.name, other.rng, p.rng)
			return
		}
	}
	switch s, ok := l.constants().text(attrs["severity"]); {
	case ok && s == "warning":
		p.severity = hcl.DiagWarning
	case ok && s != "error":
		l.constants().wrong(attrs["severity"].Expr, "Invalid policy", fmt.Sprintf(`The argument "severity" is "error" or "warning", not %q.`, s))
	}
	if a := attrs["for"]; a != nil {
		p.only, _ = l.constants().text(a)
		switch {
		case p.only != "" && p.only != deviceDef.Type && p.only != moduleDef.Type:
			l.constants().wrong(a.Expr, "Invalid policy", fmt.Sprintf(`The argument "for" is "device" or "module", not %q.`, p.only))
		case p.forEach != nil:
			l.add(errorAt(a.NameRange, "Invalid policy", `A policy with "for_each" is about the members of that collection, not about objects: it cannot have "for".`))
		}
	}
	if !diags.HasErrors() {
		l.policies = append(l.policies, p)
	}
}

// subject is an object as policies see it. They see no secret, and not where
// one is kept.
type subject struct {
	addr           schema.Address
	status, reason *string
	edge           *bool
	parent         *string
	auth           *schema.Auth
	values         twinValues
}

func (s subject) value(in instance) cty.Value {
	id, authType := s.addr.ID, cty.NullVal(cty.String)
	if s.addr.Kind == schema.KindModule {
		id = s.addr.Sub
	}
	if s.auth != nil {
		authType = cty.StringVal(s.auth.Type)
	}
	return cty.ObjectVal(map[string]cty.Value{
		"kind":          cty.StringVal(s.addr.Kind.String()),
		"address":       cty.StringVal(s.addr.String()),
		"block":         cty.StringVal(in.origin.Name),
		"name":          cty.StringVal(in.block.label),
		"id":            cty.StringVal(id),
		"device_id":     cty.StringVal(s.addr.ID),
		"status":        textOrNull(s.status),
		"status_reason": textOrNull(s.reason),
		"edge":          flagOrNull(s.edge),
		"parent":        textOrNull(s.parent),
		"auth":          cty.ObjectVal(map[string]cty.Value{"type": authType}),
		"tags":          ctyObject(s.values.tags),
		"desired":       ctyObject(s.values.desired),
	})
}

func textOrNull(s *string) cty.Value {
	if s == nil {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(*s)
}

func flagOrNull(b *bool) cty.Value {
	if b == nil {
		return cty.NullVal(cty.Bool)
	}
	return cty.BoolVal(*b)
}

// judge holds an object that is otherwise right against the policies.
func (w *walker) judge(errorsBefore int, in instance, s subject) {
	if len(w.policies) == 0 || w.incomplete || w.found.errors > errorsBefore {
		return
	}
	var ctx *hcl.EvalContext
	for _, p := range w.policies {
		if p.forEach != nil || p.only != "" && p.only != s.addr.Kind.String() {
			continue
		}
		if ctx == nil {
			ctx = w.root.NewChild()
			ctx.Variables = map[string]cty.Value{"object": s.value(in)}
		}
		w.check(p, ctx, in.origin.Name, fmt.Sprintf("%s (declared at %s:%d)", in.origin.Name, in.origin.File, in.origin.Line))
	}
}

// judgeCollections evaluates the policies that are about collections.
func (c *Config) judgeCollections() {
	if c.incomplete {
		return
	}
	for _, p := range c.policies {
		if p.forEach == nil {
			continue
		}
		for _, m := range expand(p.forEach, reader{ctx: c.root, report: c.add}) {
			ctx := c.root.NewChild()
			ctx.Variables = map[string]cty.Value{"each": eachValue(m)}
			name := policyDef.Type + "." + p.name
			c.check(p, ctx, name, fmt.Sprintf("%s (each.key = %q)", name, m.key))
		}
	}
}

// check evaluates a policy for one object or member.
func (c *Config) check(p *policy, ctx *hcl.EvalContext, object, where string) {
	r := reader{ctx: ctx, report: func(diags ...*hcl.Diagnostic) { c.found.add(where, diags...) }}
	v, ok := r.raw(p.condition)
	if !ok {
		return
	}
	v, _ = v.Unmark()
	met, err := convert.Convert(v, cty.Bool)
	switch {
	case err != nil || met.IsNull():
		r.wrong(p.condition.Expr, "Invalid policy condition", "The condition must be true or false.")
	case met.IsKnown() && met.False():
		d := errorAt(p.condition.Expr.Range(), "Policy violated", fmt.Sprintf("%s\n\nThis violates the policy %q.", p.text(r), p.name))
		d.Severity, d.Extra = p.severity, Violation{Policy: p.name, Object: object}
		d.Expression, d.EvalContext = p.condition.Expr, ctx
		r.report(d)
	}
}

// text is the message of the policy.
func (p *policy) text(r reader) string {
	v, ok := r.raw(p.message)
	if !ok {
		return "The condition is not met."
	}
	s, err := asString(v)
	if err != nil {
		r.wrong(p.message.Expr, "Invalid error message", capital(err.Error())+".")
		return "The condition is not met."
	}
	return s
}
