package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

// Membership predicts which devices and modules configurations and deployments
// target when a plan has been carried out. It sees the rules of both sides pass by
// before they are matched, as [Hierarchy] does, and then every pair once, of which
// it keeps numbers only.
//
// Pairs that need no decision are counted apart from those that do, so that one
// goroutine can do each. Nil predicts nothing.
type Membership struct {
	pol       Policy
	rules     []*rule
	contested contested // found where nothing had to be decided
	decided   contested // and where it had
}

// rule is a configuration or deployment, as far as it targets something.
type rule struct {
	addr          schema.Address
	origin        schema.Origin
	before, after *condition.Condition // nil: it is not there
	same          bool                 // nothing about the rule itself changes who is targeted
	mistake       error                // it cannot be predicted
	text          string               // of the declared condition
	writes        []schema.Path        // of desired properties, as planned
	still, moved  moves                // counted at pairs without and with a decision
}

// moves are numbers of twins.
type moves struct{ joins, leaves, open int }

// NewMembership starts one.
func NewMembership(pol Policy) *Membership { return &Membership{pol: pol} }

// Declared passes a stream of declared objects on and notes the rules.
func (m *Membership) Declared(in schema.Stream) schema.Stream { return m.tap(in, m.declare) }

// Live passes a stream of live objects on and notes the rules. Declared has ended
// before.
func (m *Membership) Live(in schema.Stream) schema.Stream { return m.tap(in, m.observe) }

func (m *Membership) tap(in schema.Stream, look func(*schema.Object)) schema.Stream {
	if m == nil {
		return in
	}
	return tap(in, schema.Kind.Targets, look)
}

func (m *Membership) declare(o *schema.Object) {
	r := &rule{addr: o.Addr, origin: o.Origin, text: conditionOf(o.Doc), writes: writes(o)}
	r.after, r.mistake = condition.Parse(r.text)
	m.rules = append(m.rules, r)
}

func (m *Membership) observe(o *schema.Object) {
	text := conditionOf(o.Doc)
	before, err := condition.Parse(text)
	i := slices.IndexFunc(m.rules, func(r *rule) bool { return r.addr == o.Addr })
	if i >= 0 {
		r := m.rules[i]
		r.before, r.same, r.mistake = before, text == r.text, cmp.Or(r.mistake, err)
		return
	}
	r := &rule{addr: o.Addr, before: before, mistake: err}
	if !m.goes(o) {
		r.after, r.same, r.writes = before, true, writes(o)
	}
	m.rules = append(m.rules, r)
}

// goes tells whether a plan removes a configuration that is not declared.
func (m *Membership) goes(o *schema.Object) bool {
	return m.pol.deletes(o)
}

func conditionOf(d schema.Doc) string {
	return textOf(schema.Lookup(d, schema.Path{"target_condition"}))
}

// Settled counts a pair about which nothing is decided.
func (m *Membership) Settled(p Pair) {
	if m == nil || len(m.rules) == 0 || p.Live == nil || p.Addr().Kind.Targets() {
		return
	}
	t := liveTwin(p.Live)
	for _, r := range m.rules {
		if !r.same {
			r.still.count(r.meets(r.before, t), r.meets(r.after, t))
		}
	}
	m.contest(&m.contested, p, t)
}

// Decided counts a pair with the change that was decided, which is none when ok is
// false.
func (m *Membership) Decided(p Pair, c Change, ok bool) {
	if m == nil || len(m.rules) == 0 || p.Addr().Kind.Targets() {
		return
	}
	var before, after twin
	if p.Live != nil {
		before = liveTwin(p.Live)
		after = before
	}
	if ok {
		after = before.changed(c)
	}
	for _, r := range m.rules {
		r.moved.count(r.meets(r.before, before), r.meets(r.after, after))
	}
	m.contest(&m.decided, p, after)
}

// meets tells whether a rule targets a twin. Deployments are for edge devices.
func (r *rule) meets(c *condition.Condition, t twin) condition.Verdict {
	switch {
	case c == nil || r.mistake != nil || t.doc == nil:
		return condition.No
	case c.Modules != (t.addr.Kind == schema.KindModule):
		return condition.No
	case r.addr.Kind == schema.KindDeployment && string(schema.Lookup(t.doc, edgePath)) != "true":
		return condition.No
	default:
		return c.Meets(t.value)
	}
}

func (n *moves) count(before, after condition.Verdict) {
	switch {
	case before == condition.Maybe || after == condition.Maybe:
		if before != after {
			n.open++
		}
	case before < after:
		n.joins++
	case before > after:
		n.leaves++
	}
}

// Members are the configurations and deployments whose reach changes, in order.
func (m *Membership) Members() []Member {
	if m == nil {
		return nil
	}
	var list []Member
	for _, r := range m.sorted() {
		n := moves{r.still.joins + r.moved.joins, r.still.leaves + r.moved.leaves, r.still.open + r.moved.open}
		if n == (moves{}) || m.pol.OnlyExisting && r.before == nil {
			continue
		}
		kind := schema.KindDevice
		if c := cmp.Or(r.after, r.before); c != nil && c.Modules {
			kind = schema.KindModule
		}
		list = append(list, Member{Address: r.name(), Kind: kind.String(), Joins: n.joins, Leaves: n.leaves, Open: n.open})
	}
	return list
}

// Warnings name declared conditions that cannot be predicted.
func (m *Membership) Warnings() []string {
	if m == nil {
		return nil
	}
	var list []string
	for _, r := range m.sorted() {
		if r.mistake != nil && r.text != "" {
			list = append(list, fmt.Sprintf("whom %s targets cannot be told beforehand: %v", place(r.name(), r.origin), r.mistake))
		}
	}
	return list
}

func (m *Membership) sorted() []*rule {
	slices.SortFunc(m.rules, func(a, b *rule) int { return a.addr.Compare(b.addr) })
	return m.rules
}

func (r *rule) name() string { return cmp.Or(r.origin.Name, r.addr.String()) }
