package query

import (
	"math"
	"strings"
)

// get computes an expression for a document; test computes one as a condition.
type (
	get  func(Document) Value
	test func(Document) truth
)

// truth is the outcome of a condition. A comparison with something that is not there, or of values that do not compare,
// is unknown: neither true nor false, and so it stays under NOT. That is unverified (FACTS §5), and it never selects
// more than another rule would.
type truth uint8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) value() Value {
	if t == unknown {
		return Value{}
	}
	return BoolValue(t == yes)
}

// compiler makes closures for one source. The expressions must have been checked.
type compiler struct{ source Source }

func (c compiler) get(e Expr) get {
	switch e := e.(type) {
	case *Literal:
		v := e.Value
		return func(Document) Value { return v }
	case *Constants: // comparable to nothing (FACTS §5)
		return func(Document) Value { return Value{} }
	case *Path:
		return c.path(e)
	case *Binary:
		if e.Op.arithmetic() {
			return c.arithmetic(e)
		}
	}
	t := c.test(e)
	return func(d Document) Value { return t(d).value() }
}

func (c compiler) path(e *Path) get {
	names, _ := e.resolve(c.source)
	first := names[0]
	switch rest := names[1:]; len(rest) {
	case 0:
		return func(d Document) Value { return d.Member(first) }
	case 1:
		second := rest[0]
		return func(d Document) Value { return d.Member(first).member(second) }
	default:
		return func(d Document) Value {
			v := d.Member(first)
			for _, name := range rest {
				v = v.member(name)
			}
			return v
		}
	}
}

// arithmetic is defined for numbers, with a result of finite size; other cases are unverified and give undefined.
func (c compiler) arithmetic(e *Binary) get {
	x, y, op := c.get(e.X), c.get(e.Y), e.Op
	return func(d Document) Value {
		a, b := x(d), y(d)
		if a.kind != Number || b.kind != Number {
			return Value{}
		}
		n := calculate(op, a.number, b.number)
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return Value{}
		}
		return Value{kind: Number, number: n}
	}
}

func calculate(op Op, a, b float64) float64 {
	switch op {
	case Add:
		return a + b
	case Subtract:
		return a - b
	case Multiply:
		return a * b
	case Divide:
		return a / b
	default:
		return math.Mod(a, b)
	}
}

func (c compiler) test(e Expr) test {
	switch e := e.(type) {
	case *Negation:
		return c.negation(c.test(e.X))
	case *In:
		return c.in(e)
	case *Call:
		return c.call(e)
	case *Binary:
		switch {
		case e.Op == And:
			return c.logic(e, no)
		case e.Op == Or:
			return c.logic(e, yes)
		case !e.Op.arithmetic():
			return c.comparison(e)
		}
	}
	value := c.get(e) // a value that is no boolean is as good as false, also under NOT (FACTS §5)
	return func(d Document) truth {
		v := value(d)
		if v.kind != Boolean {
			return unknown
		}
		return truthOf(v.truth)
	}
}

func (c compiler) negation(t test) test {
	return func(d Document) truth {
		switch t(d) {
		case yes:
			return no
		case no:
			return yes
		default:
			return unknown
		}
	}
}

// logic is AND, decided by a false operand, or OR, decided by a true one.
func (c compiler) logic(e *Binary, decisive truth) test {
	x, y := c.test(e.X), c.test(e.Y)
	return func(d Document) truth {
		left := x(d)
		if left == decisive {
			return decisive
		}
		right := y(d)
		if right == decisive || left != unknown {
			return right
		}
		return unknown
	}
}

// outcomes are the orders -1, 0 and 1 that satisfy an operator, as bits 0, 1 and 2.
func (o Op) outcomes() uint8 {
	switch o {
	case Equal:
		return 0b010
	case NotEqual:
		return 0b101
	case Less:
		return 0b001
	case LessOrEqual:
		return 0b011
	case Greater:
		return 0b100
	default:
		return 0b110
	}
}

func (c compiler) comparison(e *Binary) test {
	wanted := e.Op.outcomes()
	anyKind := e.Op == Equal || e.Op == NotEqual
	if constant, ok := e.Y.(*Literal); ok && constant.Value.kind.ordered() {
		return compareConstant(c.get(e.X), constant.Value, wanted)
	}
	x, y := c.get(e.X), c.get(e.Y)
	return func(d Document) truth {
		a := x(d)
		order, comparable := compare(a, y(d))
		if !comparable || !anyKind && !a.kind.ordered() {
			return unknown
		}
		return truthOf(wanted>>(order+1)&1 == 1)
	}
}

// compareConstant is the comparison of nearly every condition, with the kind known beforehand.
func compareConstant(x get, constant Value, wanted uint8) test {
	if constant.kind == String {
		text := constant.text
		return func(d Document) truth {
			v := x(d)
			if v.kind != String {
				return unknown
			}
			return truthOf(wanted>>(strings.Compare(v.text, text)+1)&1 == 1)
		}
	}
	return func(d Document) truth {
		order, comparable := compare(x(d), constant)
		if !comparable {
			return unknown
		}
		return truthOf(wanted>>(order+1)&1 == 1)
	}
}

// in is the same as a chain of comparisons with =, joined by OR.
func (c compiler) in(e *In) test {
	x, items := c.get(e.X), values(e.List)
	t := func(d Document) truth { return among(x(d), items) }
	if e.Negated {
		return c.negation(t)
	}
	return t
}

func values(l *Constants) []Value {
	items := make([]Value, len(l.Items))
	for i := range l.Items {
		items[i] = l.Items[i].Value
	}
	return items
}

func among(v Value, items []Value) truth {
	outcome := no
	for i := range items {
		switch order, comparable := compare(v, items[i]); {
		case !comparable:
			outcome = unknown
		case order == 0:
			return yes
		}
	}
	return outcome
}
