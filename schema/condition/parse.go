package condition

import (
	"math"
	"strconv"
	"strings"
)

type parser struct {
	tokens  []token
	modules bool
	err     error
}

// The binding powers, weakest first. Comparisons do not chain.
const (
	powerOr = iota + 1
	powerAnd
	powerNot
	powerCompare
	powerAdd
	powerMultiply
)

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) take() token {
	t := p.tokens[0]
	if t.kind != endToken {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) fail(text string) {
	if p.err == nil {
		p.err = &syntaxError{p.peek().at, text}
	}
}

func (p *parser) symbol(s string) bool {
	if t := p.peek(); t.kind == symbolToken && t.text == s {
		p.take()
		return true
	}
	return false
}

func (p *parser) keyword(s string) bool {
	if t := p.peek(); t.kind == wordToken && strings.EqualFold(t.text, s) {
		p.take()
		return true
	}
	return false
}

func (p *parser) source() bool {
	return p.keyword("devices") && p.symbol(".") && p.keyword("modules")
}

func (p *parser) end() {
	if t := p.peek(); t.kind != endToken {
		p.fail("the condition should end before " + strconv.Quote(t.text))
	}
}

// expression reads operators that bind stronger than least.
func (p *parser) expression(least int) node {
	x := p.operand(least)
	for p.err == nil {
		op, power := p.operator()
		if power <= least {
			return x
		}
		p.take()
		x = p.binary(x, op, power)
		if power == powerCompare {
			if _, again := p.operator(); again == powerCompare {
				p.fail("comparisons do not chain: use parentheses")
			}
		}
	}
	return x
}

// operator is the one that comes next, with its power; zero for none.
func (p *parser) operator() (op string, power int) {
	switch t := p.peek(); t.kind {
	case wordToken:
		op = strings.ToUpper(t.text)
	case symbolToken:
		op = t.text
	case endToken, quotedToken, numberToken, textToken:
	}
	switch op {
	case "OR":
		return op, powerOr
	case "AND":
		return op, powerAnd
	case "=", "!=", "<>", "<", "<=", ">", ">=", "IN", "NIN":
		return op, powerCompare
	case "+", "-":
		return op, powerAdd
	case "*", "/", "%":
		return op, powerMultiply
	}
	return "", 0
}

func (p *parser) binary(x node, op string, power int) node {
	switch op {
	case "IN":
		return among{x, p.list()}
	case "NIN":
		return negation{among{x, p.list()}}
	}
	y := p.expression(power)
	switch power {
	case powerOr, powerAnd:
		return logic{power == powerAnd, x, y}
	case powerCompare:
		return comparison{op, x, y}
	default:
		return compute{op, x, y}
	}
}

func (p *parser) operand(least int) node {
	switch {
	case least < powerNot && p.keyword("NOT"):
		return negation{p.expression(powerNot - 1)}
	case p.symbol("("):
		x := p.expression(0)
		p.must(")")
		return x
	}
	if v, ok := p.constant(); ok {
		return constant{v}
	}
	t := p.peek()
	if t.kind != wordToken && t.kind != quotedToken {
		p.fail("a value is missing")
		return constant{}
	}
	p.take()
	if t.kind == wordToken && p.symbol("(") {
		return p.call(strings.ToLower(t.text))
	}
	return p.path(t)
}

func (p *parser) must(s string) {
	if !p.symbol(s) {
		p.fail(strconv.Quote(s) + " is missing")
	}
}

// constant reads one if there is one. A list by itself is a value that compares to
// nothing.
func (p *parser) constant() (Value, bool) {
	t := p.peek()
	switch t.kind {
	case textToken:
		p.take()
		return Text(t.text), true
	case numberToken:
		p.take()
		return p.number(t, 1), true
	case symbolToken:
		switch {
		case t.text == "-" && p.tokens[1].kind == numberToken:
			p.take()
			return p.number(p.take(), -1), true
		case t.text == "[":
			p.list()
			return Value{kind: composite, raw: []byte("{}")}, true
		}
	case wordToken:
		if v, ok := constants(strings.ToLower(t.text)); ok {
			p.take()
			return v, true
		}
	case endToken, quotedToken:
	}
	return Value{}, false
}

func constants(word string) (Value, bool) {
	switch word {
	case "true", "false":
		return Value{kind: boolean, truth: word == "true"}, true
	case "null":
		return Value{kind: null}, true
	case "undefined":
		return Value{}, true
	}
	return Value{}, false
}

func (p *parser) number(t token, sign float64) Value {
	n, err := strconv.ParseFloat(t.text, 64)
	if hex, ok := strings.CutPrefix(strings.ToLower(t.text), "0x"); ok {
		var u uint64
		u, err = strconv.ParseUint(hex, 16, 64)
		n = float64(u)
	}
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.Contains(t.text, "_") {
		p.fail(strconv.Quote(t.text) + " is not a number")
	}
	return Value{kind: number, number: sign * n}
}

func (p *parser) list() []Value {
	p.must("[")
	var items []Value
	for p.err == nil && !p.symbol("]") {
		if len(items) > 0 {
			p.must(",")
		}
		v, ok := p.constant()
		if !ok || v.kind == composite {
			p.fail("a list holds constants")
		}
		items = append(items, v)
	}
	return items
}

// call reads the arguments of a function whose parenthesis is open.
func (p *parser) call(name string) node {
	c := call{name: name}
	switch name {
	case "is_defined":
		c.x = p.path(p.take())
	case "startswith", "array_contains":
		c.x = p.expression(0)
		p.must(",")
		v, ok := p.constant()
		if !ok || v.kind == composite || name == "startswith" && v.kind != text {
			p.fail("the second argument of " + name + " is a constant")
		}
		c.with = v
	default:
		p.fail("twin queries have no function " + strconv.Quote(name))
	}
	p.must(")")
	return c
}

// path reads the rest of a dotted name. Names of the service are the same in any
// case, others are not (FACTS §5).
func (p *parser) path(first token) node {
	at := first.at
	names := []string{first.text}
	for p.symbol(".") {
		t := p.take()
		if t.kind != wordToken && t.kind != quotedToken {
			p.fail("a name is missing after the dot")
			return constant{}
		}
		names = append(names, t.text)
	}
	if len(names) > 1 && strings.EqualFold(names[0], "devices") {
		names = names[1:]
		if p.modules && len(names) > 1 && strings.EqualFold(names[0], "modules") {
			names = names[1:]
		}
	}
	for i, known := range []string{"deviceId", "moduleId", "tags", "properties"} {
		if !strings.EqualFold(names[0], known) {
			continue
		}
		names[0] = known
		switch {
		case i < 2 || known == "tags":
			return path{names}
		case len(names) > 1 && strings.EqualFold(names[1], "reported"):
			names[1] = "reported"
			return path{names}
		}
	}
	if p.err == nil {
		p.err = &syntaxError{at, "a target condition is about deviceId, tags and reported properties, not " + strings.Join(names, ".")}
	}
	return constant{}
}
