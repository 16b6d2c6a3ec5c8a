package emulator

import "strings"

func (p *queryParser) or() expr {
	left := p.and()
	for p.accept("or") {
		left = logic{left, p.and(), "true"}
	}
	return left
}

func (p *queryParser) and() expr {
	left := p.not()
	for p.accept("and") {
		left = logic{left, p.not(), "false"}
	}
	return left
}

func (p *queryParser) not() expr {
	if p.accept("not") {
		return not{p.not()}
	}
	return p.comparison()
}

func (p *queryParser) comparison() expr {
	left := p.operand()
	t := p.peek()
	switch {
	case p.err != nil:
		return left
	case t.is("in"), t.is("nin"):
		p.next()
		in := oneOf{left, p.constants()}
		if t.is("nin") {
			return not{in}
		}
		return in
	case t.kind != tokenSymbol:
		return left
	}
	switch t.text {
	case "=", "!=", "<>", "<", ">", "<=", ">=":
		p.next()
		return comparison{left, p.operand(), t.text}
	case "+", "-", "*", "/", "%":
		p.stop(notEmulated("arithmetic in a query (names with such characters need [[...]])"))
	case "[":
		p.stop(notEmulated("array elements in a query"))
	}
	return left
}

func (p *queryParser) operand() expr {
	t := p.peek()
	switch {
	case p.acceptSymbol("("):
		inner := p.or()
		if !p.acceptSymbol(")") {
			p.stop(badRequest())
		}
		return inner
	case t.kind == tokenName && p.peekAt(1).symbol("("):
		return p.function(strings.ToLower(t.text))
	case t.symbol("["):
		p.stop(notEmulated("array constants outside IN and NIN"))
		return constant{}
	}
	if c, found := p.constant(); found {
		return c
	}
	return p.path()
}

// function reads IS_DEFINED(path), the only documented one. The two others that a hub was seen to take are not
// emulated; for the rest the service's answer is assumed to be a 400 (FACTS §5).
func (p *queryParser) function(name string) expr {
	switch name {
	case "is_defined":
		p.next()
		p.next()
		f := isDefined{p.path()}
		if !p.acceptSymbol(")") {
			p.stop(badRequest())
		}
		return f
	case "startswith", "array_contains":
		p.stop(notEmulated(strings.ToUpper(name) + "()"))
	default:
		p.stop(badRequest())
	}
	return constant{}
}

// constants reads [c, c...].
func (p *queryParser) constants() []constant {
	var list []constant
	if !p.acceptSymbol("[") {
		p.stop(badRequest())
	}
	for p.err == nil {
		c, found := p.constant()
		if !found {
			p.stop(badRequest())
		}
		list = append(list, c)
		if !p.acceptSymbol(",") {
			break
		}
	}
	if !p.acceptSymbol("]") {
		p.stop(badRequest())
	}
	return list
}

func (p *queryParser) constant() (constant, bool) {
	t := p.peek()
	var n node
	switch {
	case t.kind == tokenString:
		n = textNode(t.text)
	case t.kind == tokenNumber:
		n = node{kind: number, text: t.text}
	case t.symbol("-") && p.peekAt(1).kind == tokenNumber:
		p.next()
		n = node{kind: number, text: "-" + p.peek().text}
	case t.is("true"), t.is("false"):
		n = boolNode(t.is("true"))
	case t.is("null"):
		n = node{kind: null}
	case t.is("undefined"):
	default:
		return constant{}, false
	}
	p.next()
	return constant{n}, true
}
