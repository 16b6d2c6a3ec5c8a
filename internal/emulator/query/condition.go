package query

// Condition is a WHERE clause by itself. It may be used by several goroutines at once.
type Condition struct {
	Source Source
	where  test // nil: all
}

// Selects tells whether the condition is true for a document of its source.
func (c *Condition) Selects(d Document) bool { return c.where == nil || c.where(d) == yes }

// ParseCondition reads the condition of a job or of a configuration (FACTS §6.2, §7.1): a bare condition on devices, *
// for all devices, or "FROM devices.modules WHERE" and a condition on modules. An empty text is an error; what the
// service makes of it is unverified. The error is an *Error.
func ParseCondition(text string) (*Condition, error) { return parseCondition(text, nil) }

// ParseTarget is ParseCondition with the restriction on target conditions of configurations: they may only name
// deviceId, tags and reported properties (FACTS §6.2), and on modules the moduleId (unverified).
func ParseTarget(text string) (*Condition, error) { return parseCondition(text, targetable) }

func parseCondition(text string, allowed func(names []string) bool) (*Condition, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	c := &Condition{}
	where := p.condition(c)
	p.end()
	if p.err == nil && where != nil {
		p.err = checkExpr(where, c.Source)
	}
	if p.err == nil && allowed != nil {
		p.err = checkPaths(where, c.Source, allowed)
	}
	if p.err != nil {
		return nil, p.err
	}
	if where != nil {
		c.where = compiler{c.Source}.test(where)
	}
	return c, nil
}

// condition reads the whole text; nil stands for *.
func (p *parser) condition(c *Condition) Expr {
	if p.acceptSymbol("*") {
		return nil
	}
	if at := p.peek().at; p.accept("FROM") {
		if c.Source = p.source(); c.Source != Modules {
			p.stop(at, "only devices.modules may stand after FROM in a condition")
		}
		p.expect("WHERE")
	}
	return p.expression(powerOr)
}

func targetable(names []string) bool {
	switch names[0] {
	case "deviceId", "moduleId", "tags":
		return true
	case "properties":
		return len(names) > 1 && names[1] == "reported"
	}
	return false
}

// checkPaths refuses names that are not allowed in a checked expression.
func checkPaths(e Expr, s Source, allowed func(names []string) bool) *Error {
	switch e := e.(type) {
	case *Path:
		if names, _ := e.resolve(s); !allowed(names) {
			return malformed(e.At, "a target condition must not name "+e.String())
		}
	case *Negation:
		return checkPaths(e.X, s, allowed)
	case *In:
		return checkPaths(e.X, s, allowed)
	case *Call:
		return checkPaths(e.Args[0], s, allowed)
	case *Binary:
		if err := checkPaths(e.X, s, allowed); err != nil {
			return err
		}
		return checkPaths(e.Y, s, allowed)
	}
	return nil
}
