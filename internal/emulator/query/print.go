package query

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// String prints the query on one line, with as few parentheses as it needs.
func (q *Query) String() string {
	var b strings.Builder
	b.WriteString("SELECT ")
	if q.Top > 0 {
		b.WriteString("TOP " + strconv.Itoa(q.Top) + " ")
	}
	if q.Star {
		b.WriteByte('*')
	}
	for i, c := range q.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.String())
	}
	b.WriteString(" FROM " + q.Source.String())
	if q.Where != nil {
		b.WriteString(" WHERE ")
		printExpr(&b, q.Where, powerOr)
	}
	if q.GroupBy != nil {
		b.WriteString(" GROUP BY " + q.GroupBy.String())
	}
	return b.String()
}

// String prints the name that stands after FROM.
func (s Source) String() string {
	return [...]string{"devices", "devices.modules", "devices.jobs"}[s]
}

// String prints the column with its alias.
func (c Column) String() string {
	var s string
	if c.Path != nil {
		s = c.Path.String()
	}
	if c.Aggregate != Plain {
		s = c.Aggregate.name() + "(" + s + ")"
	}
	if c.Alias != "" {
		s += " AS " + quoteName(c.Alias)
	}
	return s
}

// String prints the path; names that need them get double brackets.
func (e *Path) String() string {
	names := make([]string, len(e.Names))
	for i, n := range e.Names {
		names[i] = quoteName(n)
	}
	return strings.Join(names, ".")
}

func quoteName(name string) string {
	plain := strings.IndexFunc(name, func(r rune) bool { return !nameRune(r) }) < 0
	if plain && !reserved(name) && (name[0] < '0' || name[0] > '9') {
		return name
	}
	return "[[" + name + "]]"
}

// printExpr puts an expression that binds weaker than least into parentheses.
func printExpr(b *strings.Builder, e Expr, least int) {
	if power(e) < least {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	switch e := e.(type) {
	case *Literal:
		b.WriteString(e.Value.source())
	case *Constants:
		b.WriteString(e.String())
	case *Path:
		b.WriteString(e.String())
	case *Negation:
		b.WriteString("NOT ")
		printExpr(b, e.X, powerNot)
	case *Binary:
		left := e.Op.power()
		if left == powerCompare {
			left++
		}
		printExpr(b, e.X, left)
		b.WriteString(" " + e.Op.symbol() + " ")
		printExpr(b, e.Y, e.Op.power()+1)
	case *In:
		printExpr(b, e.X, powerCompare+1)
		if e.Negated {
			b.WriteString(" NIN ")
		} else {
			b.WriteString(" IN ")
		}
		b.WriteString(e.List.String())
	case *Call:
		b.WriteString(strings.ToUpper(e.Name) + "(")
		for i, arg := range e.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			printExpr(b, arg, powerOr)
		}
		b.WriteByte(')')
	}
}

func power(e Expr) int {
	switch e := e.(type) {
	case *Binary:
		return e.Op.power()
	case *In:
		return powerCompare
	case *Negation:
		return powerNot
	}
	return powerPrimary
}

// String prints the list in brackets.
func (e *Constants) String() string {
	items := make([]string, len(e.Items))
	for i := range e.Items {
		items[i] = e.Items[i].Value.source()
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// source is a primitive as a constant.
func (v Value) source() string {
	switch v.kind {
	case Null:
		return "null"
	case Boolean:
		return strconv.FormatBool(v.truth)
	case Number:
		return v.Literal()
	case String:
		return quoteString(v.text)
	case Undefined, Object, Array:
	}
	return "undefined"
}

func quoteString(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
