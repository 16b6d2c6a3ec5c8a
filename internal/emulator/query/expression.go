package query

import "strings"

// expression reads what binds at least as tightly as the given power.
func (p *parser) expression(least int) Expr {
	left := p.prefix(least)
	for most := powerPrimary; ; {
		t := p.peek()
		op, in := infix(t)
		power := op.power()
		if op == 0 && !in || power < least || power > most {
			return left
		}
		p.next()
		if in {
			left = &In{At: t.at, Negated: t.is("nin"), X: left, List: p.list()}
		} else {
			left = &Binary{At: t.at, Op: op, X: left, Y: p.expression(power + 1)}
		}
		if power == powerCompare { // a = b = c is refused
			most = powerNot
		}
	}
}

// infix tells which operator a token is, or that it is IN or NIN, which bind like a comparison.
func infix(t token) (op Op, in bool) {
	switch {
	case t.is("or"):
		return Or, false
	case t.is("and"):
		return And, false
	case t.is("in"), t.is("nin"):
		return 0, true
	case t.kind != tokenSymbol:
		return 0, false
	case t.text == "<>":
		return NotEqual, false
	}
	for op := Equal; op <= Modulo; op++ {
		if op.symbol() == t.text {
			return op, false
		}
	}
	return 0, false
}

// prefix reads an operand, or NOT where it may stand.
func (p *parser) prefix(least int) Expr {
	t := p.peek()
	switch {
	case t.is("not") && least <= powerNot:
		p.next()
		return &Negation{At: t.at, X: p.expression(powerNot)}
	case t.symbol("("):
		p.next()
		inner := p.expression(powerOr)
		p.expectSymbol(")")
		return inner
	case t.symbol("["):
		return p.list()
	case t.kind == tokenName && p.peekAt(1).symbol("("):
		return p.call()
	}
	if c, found := p.constant(); found {
		return &c
	}
	return p.path()
}

// call reads any function; check knows which ones there are.
func (p *parser) call() Expr {
	t := p.next()
	c := &Call{At: t.at, Name: strings.ToLower(t.text)}
	p.next()
	if p.acceptSymbol(")") {
		return c
	}
	for {
		c.Args = append(c.Args, p.expression(powerOr))
		if !p.acceptSymbol(",") {
			p.expectSymbol(")")
			return c
		}
	}
}

// list reads [c, c...].
func (p *parser) list() *Constants {
	l := &Constants{At: p.peek().at}
	p.expectSymbol("[")
	for {
		c, found := p.constant()
		if !found {
			p.stop(p.peek().at, "expected a constant")
		}
		l.Items = append(l.Items, c)
		if !p.acceptSymbol(",") {
			p.expectSymbol("]")
			return l
		}
	}
}

// constant reads a constant other than a list. A sign belongs to a number; there is no other use of one (FACTS §5).
func (p *parser) constant() (Literal, bool) {
	t := p.peek()
	var v Value
	switch {
	case t.kind == tokenString:
		v = TextValue(t.text)
	case t.kind == tokenNumber:
		v = NumberValue(t.text)
	case t.symbol("-") && p.peekAt(1).kind == tokenNumber:
		p.next()
		v = NumberValue("-" + p.peek().text)
	case t.is("true"), t.is("false"):
		v = BoolValue(t.is("true"))
	case t.is("null"):
		v = NullValue()
	case t.is("undefined"):
	default:
		return Literal{}, false
	}
	p.next()
	return Literal{At: t.at, Value: v}, true
}
