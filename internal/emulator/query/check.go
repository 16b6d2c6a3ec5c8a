package query

import "slices"

func malformed(at Pos, text string) *Error { return &Error{Offset: at, Text: text} }

// check applies the rules that are not grammar.
func (q *Query) check() *Error {
	if q.Source == Jobs && (!q.Star || q.GroupBy != nil) { // FACTS §5
		return malformed(0, "devices.jobs takes SELECT * only")
	}
	if err := q.checkColumns(); err != nil {
		return err
	}
	if q.GroupBy != nil {
		if err := q.GroupBy.check(q.Source); err != nil {
			return err
		}
	}
	if err := q.checkShape(); err != nil {
		return err
	}
	if q.Where == nil {
		return nil
	}
	return checkExpr(q.Where, q.Source)
}

// checkColumns looks at each column by itself, then for two of one name.
func (q *Query) checkColumns() *Error {
	seen := map[string]bool{}
	for _, c := range q.Columns {
		if c.Path != nil {
			if err := c.Path.check(q.Source); err != nil {
				return err
			}
		}
		if c.Aggregate != Plain && c.Alias == "" {
			return &Error{NotEmulated, c.At, c.Aggregate.name() + "() without an alias"} // its name in the result is unverified
		}
		name := c.name(q.Source)
		if seen[name] {
			return &Error{NotEmulated, c.At, "two columns named " + name} // what the service does is unverified
		}
		seen[name] = true
	}
	return nil
}

// name is the alias, or else the last name of the path.
func (c Column) name(s Source) string {
	if c.Alias != "" {
		return c.Alias
	}
	names, _ := c.Path.resolve(s)
	return names[len(names)-1]
}

// grouped reports that rows stand for groups of documents.
func (q *Query) grouped() bool {
	return q.GroupBy != nil || slices.ContainsFunc(q.Columns, func(c Column) bool { return c.Aggregate != Plain })
}

// checkShape compares the columns with GROUP BY. A column that does not have one value in a group is unverified and
// refused.
func (q *Query) checkShape() *Error {
	if !q.grouped() {
		return nil
	}
	if q.Star {
		return malformed(q.GroupBy.At, "SELECT * has no groups")
	}
	var key []string
	if q.GroupBy != nil {
		key, _ = q.GroupBy.resolve(q.Source)
	}
	for _, c := range q.Columns {
		if c.Aggregate != Plain {
			continue
		}
		if names, _ := c.Path.resolve(q.Source); !slices.Equal(names, key) {
			return malformed(c.At, "the column "+c.Path.String()+" is neither grouped by nor aggregated")
		}
	}
	return nil
}

func (e *Path) check(s Source) *Error {
	if _, ok := e.resolve(s); !ok {
		return malformed(e.At, "a document of "+s.String()+" has no "+e.String())
	}
	return nil
}

func checkExpr(e Expr, s Source) *Error {
	switch e := e.(type) {
	case *Path:
		return e.check(s)
	case *Negation:
		return checkExpr(e.X, s)
	case *In:
		return checkExpr(e.X, s)
	case *Call:
		return e.check(s)
	case *Binary:
		if err := checkExpr(e.X, s); err != nil {
			return err
		}
		return checkExpr(e.Y, s)
	}
	return nil
}

// check knows the functions of twin and job queries. IS_DEFINED is the only documented one; STARTSWITH and
// ARRAY_CONTAINS were seen with a path and a constant and are taken only so; for all others, those of message routing
// among them, the service's answer is assumed to be a refusal (FACTS §5).
func (e *Call) check(s Source) *Error {
	wanted := 2
	switch e.Name {
	case "is_defined":
		wanted = 1
	case "startswith", "array_contains":
	default:
		return malformed(e.At, "unknown function "+e.Name)
	}
	if len(e.Args) != wanted {
		return malformed(e.At, "wrong number of arguments of "+e.Name)
	}
	path, ok := e.Args[0].(*Path)
	if !ok {
		return malformed(e.Args[0].position(), e.Name+" needs a path")
	}
	if wanted == 2 {
		constant, ok := e.Args[1].(*Literal)
		if !ok || e.Name == "startswith" && constant.Value.kind != String {
			return malformed(e.Args[1].position(), e.Name+" needs a constant")
		}
	}
	return path.check(s)
}
