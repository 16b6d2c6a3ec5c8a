package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// local is one named value of a locals block. It is evaluated once, after those
// that it refers to.
type local struct {
	attr  *hcl.Attribute
	state state
	value cty.Value
}

// state is where a walk over references is with a node.
type state uint8

const (
	waiting state = iota
	active
	finished
)

func (l *loader) decodeLocals(b *hcl.Block) {
	content, diags := decode(b.Body, localsDef)
	l.report(diags)
	for _, name := range sortedNames(content.Attributes) {
		a := content.Attributes[name]
		if first := l.locals[name]; first != nil {
			l.duplicate("local value", name, first.attr.NameRange, a.NameRange)
			continue
		}
		l.locals[name] = &local{attr: a}
	}
}

func (l *loader) evaluateLocals() {
	l.found.declare("local", sortedNames(l.locals))
	for _, name := range sortedNames(l.locals) {
		l.evaluateLocal(name, nil)
	}
	values := map[string]cty.Value{}
	for name, v := range l.locals {
		values[name] = v.value
	}
	l.root.Variables["local"] = cty.ObjectVal(values)
}

// evaluateLocal evaluates what the local refers to, then itself. trail holds the
// names on the way here.
func (l *loader) evaluateLocal(name string, trail []string) {
	v := l.locals[name]
	switch v.state {
	case finished:
		return
	case active:
		l.cycle(append(trail, name))
		return
	case waiting:
	}
	v.state, v.value = active, cty.DynamicVal
	refs := l.localRefs(v.attr.Expr)
	for _, ref := range refs {
		l.evaluateLocal(ref, append(trail, name))
	}
	if v.state == finished { // a cycle through this local was reported
		return
	}
	v.state = finished
	known := map[string]cty.Value{}
	for _, ref := range refs {
		known[ref] = l.locals[ref].value
	}
	ctx := l.root.NewChild()
	ctx.Variables = map[string]cty.Value{"local": cty.ObjectVal(known)}
	if value, ok := (reader{ctx: ctx, report: l.add}).raw(v.attr); ok && l.bounded(value, v.attr.Expr.Range()) {
		v.value = value
	}
}

// localRefs lists the declared locals that an expression refers to. A reference
// to local as a whole refers to all.
func (l *loader) localRefs(expr hcl.Expression) []string {
	refs := map[string]bool{}
	for _, t := range expr.Variables() {
		if t.RootName() != "local" {
			continue
		}
		attr, ok := hcl.TraverseAttr{}, false
		if len(t) > 1 {
			attr, ok = t[1].(hcl.TraverseAttr)
		}
		if ok && l.locals[attr.Name] != nil {
			refs[attr.Name] = true
		}
		if !ok {
			for name := range l.locals {
				refs[name] = true
			}
		}
	}
	return sortedNames(refs)
}

// cycle reports locals that refer to each other: the last of the trail is also
// its start.
func (l *loader) cycle(trail []string) {
	last := len(trail) - 1
	first := last - 1
	for trail[first] != trail[last] {
		first--
	}
	var steps []string
	for i := first; i < last; i++ {
		v := l.locals[trail[i]]
		v.state = finished
		steps = append(steps, fmt.Sprintf("local.%s (%s)", trail[i], v.attr.NameRange))
	}
	l.add(errorAt(l.locals[trail[first]].attr.NameRange, "Cycle in local values",
		fmt.Sprintf("These local values refer to each other: %s, and back to local.%s.", strings.Join(steps, " refers to "), trail[first])))
}
