package condition

import "fmt"

// Condition tells which devices, or which modules, a configuration targets.
type Condition struct {
	Modules bool // it selects modules
	where   node // nil: all
}

// Twin gives the value at a path that a condition names: deviceId, moduleId, or a
// path below tags or properties.reported, as the first name says.
type Twin func(path []string) Value

// Verdict is whether a twin meets a condition.
type Verdict uint8

// The verdicts.
const (
	No Verdict = iota
	Maybe
	Yes
)

// Parse reads a condition: an expression on devices, * for all of them, or
// "FROM devices.modules WHERE" and an expression on modules. The error says what
// is wrong and where.
func Parse(text string) (*Condition, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	c := &Condition{}
	if p.symbol("*") {
		p.end()
		return c, p.err
	}
	if p.keyword("FROM") {
		c.Modules, p.modules = true, true
		if !p.source() || !p.keyword("WHERE") {
			p.fail("a condition on modules begins with FROM devices.modules WHERE")
		}
	}
	c.where = p.expression(0)
	p.end()
	if p.err != nil {
		return nil, p.err
	}
	return c, nil
}

// Meets tells whether a twin meets the condition. What is neither true nor false
// does not select (FACTS §5).
func (c *Condition) Meets(t Twin) Verdict {
	if c.where == nil {
		return Yes
	}
	switch o := c.where.test(t); {
	case o == yes:
		return Yes
	case o&yes != 0:
		return Maybe
	default:
		return No
	}
}

// syntaxError is a mistake and where it stands, counted in bytes from 1.
type syntaxError struct {
	at   int
	text string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%s at character %d", e.text, e.at+1) }
