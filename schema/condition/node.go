package condition

import (
	"math"
	"strings"
)

// node is an expression: it has a value, and an outcome when it is a condition.
type node interface {
	value(t Twin) Value
	test(t Twin) outcome
	reads(see func(path []string)) // each path, in order
}

type (
	constant struct{ v Value }
	path     struct{ names []string }
	compute  struct { // arithmetic
		op   string
		x, y node
	}
	negation struct{ x node }
	logic    struct {
		and  bool
		x, y node
	}
	comparison struct {
		op   string
		x, y node
	}
	among struct { // IN
		x     node
		items []Value
	}
	call struct {
		name string // lower case
		x    node
		with Value
	}
)

func (n constant) value(Twin) Value    { return n.v }
func (n constant) test(Twin) outcome   { return n.v.outcome() }
func (n path) value(t Twin) Value      { return t(n.names) }
func (n path) test(t Twin) outcome     { return t(n.names).outcome() }
func (n compute) test(t Twin) outcome  { return n.value(t).outcome() }
func (n negation) value(t Twin) Value  { return n.test(t).value() }
func (n negation) test(t Twin) outcome { return n.x.test(t).not() }
func (n logic) value(t Twin) Value     { return n.test(t).value() }
func (n comparison) value(t Twin) Value {
	return n.test(t).value()
}
func (n among) value(t Twin) Value { return n.test(t).value() }
func (n call) value(t Twin) Value  { return n.test(t).value() }

// value of arithmetic is defined for numbers with a result of finite size; other
// cases are unverified (FACTS §5) and give nothing.
func (n compute) value(t Twin) Value {
	x, y := n.x.value(t), n.y.value(t)
	if x.kind == open || y.kind == open {
		return Open()
	}
	if x.kind != number || y.kind != number {
		return Value{}
	}
	var r float64
	switch n.op {
	case "+":
		r = x.number + y.number
	case "-":
		r = x.number - y.number
	case "*":
		r = x.number * y.number
	case "/":
		r = x.number / y.number
	default:
		r = math.Mod(x.number, y.number)
	}
	if math.IsNaN(r) || math.IsInf(r, 0) {
		return Value{}
	}
	return Value{kind: number, number: r}
}

func (n logic) test(t Twin) outcome {
	x := n.x.test(t)
	if n.and {
		if x == no {
			return no
		}
		return x.and(n.y.test(t))
	}
	if x == yes {
		return yes
	}
	return x.or(n.y.test(t))
}

func (n comparison) test(t Twin) outcome {
	x, y := n.x.value(t), n.y.value(t)
	if x.kind == open || y.kind == open {
		return either
	}
	order, comparable := compared(x, y)
	switch {
	case !comparable:
		return neither
	case n.op == "=":
		return outcomeOf(order == 0)
	case n.op == "!=" || n.op == "<>":
		return outcomeOf(order != 0)
	case x.kind != number && x.kind != text:
		return neither // null and booleans have no order
	case n.op == "<":
		return outcomeOf(order < 0)
	case n.op == "<=":
		return outcomeOf(order <= 0)
	case n.op == ">":
		return outcomeOf(order > 0)
	default:
		return outcomeOf(order >= 0)
	}
}

// test is that of a chain of comparisons, joined by OR.
func (n among) test(t Twin) outcome {
	v := n.x.value(t)
	if v.kind == open {
		return either
	}
	out := no
	for _, item := range n.items {
		order, comparable := compared(v, item)
		switch {
		case !comparable:
			out = neither
		case order == 0:
			return yes
		}
	}
	return out
}

// test knows IS_DEFINED, which is documented, and two functions that were seen to
// work (FACTS §5).
func (n call) test(t Twin) outcome {
	v := n.x.value(t)
	switch n.name {
	case "is_defined":
		if v.kind == open {
			return yes | no
		}
		return outcomeOf(v.kind != absent)
	case "startswith":
		switch {
		case v.kind == open:
			return either
		case v.kind != text:
			return neither
		}
		return outcomeOf(strings.HasPrefix(v.text, n.with.text))
	default:
		return v.holds(n.with)
	}
}
