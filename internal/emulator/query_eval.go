package emulator

import (
	"cmp"
	"strconv"
	"strings"
)

// expr is part of a condition. Evaluation knows three truth values: a comparison with something that is not there, or
// of values that do not compare, is neither true nor false, and stays so under NOT. That is unverified (FACTS §5), and
// it never selects more than another rule would.
type expr interface {
	eval(r *record) node
}

type constant struct{ value node }

func (c constant) eval(*record) node { return c.value }

type comparison struct {
	left, right expr
	operator    string
}

func (c comparison) eval(r *record) node {
	left, right := c.left.eval(r), c.right.eval(r)
	order, comparable := compareNodes(&left, &right)
	if !comparable {
		return node{}
	}
	switch c.operator {
	case "=":
		return boolNode(order == 0)
	case "!=", "<>":
		return boolNode(order != 0)
	}
	if left.kind != number && left.kind != text {
		return node{}
	}
	switch c.operator {
	case "<":
		return boolNode(order < 0)
	case "<=":
		return boolNode(order <= 0)
	case ">":
		return boolNode(order > 0)
	default:
		return boolNode(order >= 0)
	}
}

// compareNodes compares primitives of one type (FACTS §5).
func compareNodes(a, b *node) (order int, comparable bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case null:
		return 0, true
	case text, boolean:
		return strings.Compare(a.text, b.text), true
	case number:
		if a.text == b.text {
			return 0, true
		}
		x, errX := strconv.ParseFloat(a.text, 64)
		y, errY := strconv.ParseFloat(b.text, 64)
		return cmp.Compare(x, y), errX == nil && errY == nil
	case absent, object, array:
	}
	return 0, false
}

// logic is AND, decided by a false operand, or OR, decided by a true one.
type logic struct {
	left, right expr
	decisive    string
}

func (l logic) eval(r *record) node {
	left := l.left.eval(r)
	if left.kind == boolean && left.text == l.decisive {
		return left
	}
	right := l.right.eval(r)
	if right.kind == boolean && right.text == l.decisive {
		return right
	}
	if left.kind != boolean || right.kind != boolean {
		return node{}
	}
	return left
}

type not struct{ inner expr }

func (n not) eval(r *record) node {
	v := n.inner.eval(r)
	if v.kind != boolean {
		return node{}
	}
	return boolNode(v.text == "false")
}

// oneOf is IN [...].
type oneOf struct {
	value expr
	list  []constant
}

func (o oneOf) eval(r *record) node {
	v := o.value.eval(r)
	if v.kind == absent {
		return node{}
	}
	for i := range o.list {
		if order, comparable := compareNodes(&v, &o.list[i].value); comparable && order == 0 {
			return boolNode(true)
		}
	}
	return boolNode(false)
}

// isDefined is true for null too (FACTS §5).
type isDefined struct{ path *path }

func (d isDefined) eval(r *record) node {
	v := d.path.eval(r)
	return boolNode(v.kind != absent)
}

// path is a dotted name: a built-in one, whose case does not matter, or one below tags and properties.
type path struct {
	names  []string
	column func(r *record, rest []string) node
}

func (p *path) eval(r *record) node { return p.column(r, p.names[1:]) }

// bind drops the prefix of the source and finds the column. A first name that a twin never has is an error; the
// service's answer is unverified (FACTS §5).
func (p *path) bind(modules bool) *fault {
	if len(p.names) > 1 && strings.EqualFold(p.names[0], "devices") {
		p.names = p.names[1:]
		if modules && len(p.names) > 1 && strings.EqualFold(p.names[0], "modules") {
			p.names = p.names[1:]
		}
	}
	canonical, column := columnOf(p.names[0])
	if column == nil {
		return badRequest()
	}
	p.names[0], p.column = canonical, column
	return nil
}

func intNode(n int64) node { return node{kind: number, text: strconv.FormatInt(n, 10)} }
