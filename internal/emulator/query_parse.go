package emulator

import (
	"strings"
)

// query is a parsed query: SELECT columns FROM source WHERE where.
type query struct {
	star    bool
	count   string   // alias of a lone COUNT(); empty for none
	columns []column // of a projection
	modules bool     // FROM devices.modules
	where   expr     // nil for none
}

// column is one output of a projection.
type column struct {
	name string
	path *path
}

// maxQuery is the length of a query in characters (FACTS §5).
const maxQuery = 8192

// queryParser reads the grammar of FACTS §5 by recursive descent. A mistake is the service's bare 400; what the service
// knows but the emulator does not is a 501. The first of either is kept in err and ends the parse.
type queryParser struct {
	tokens []token
	paths  []*path // all paths read, to be bound once the source is known
	err    *fault
}

func parseQuery(text string) (*query, *fault) {
	if len([]rune(text)) > maxQuery {
		return nil, preconditionFailed("the query is too long")
	}
	tokens, ok := lexQuery(text)
	if !ok {
		return nil, badRequest()
	}
	p := &queryParser{tokens: tokens}
	q := p.query()
	if p.err != nil {
		return nil, p.err
	}
	for _, path := range p.paths {
		if err := path.bind(q.modules); err != nil {
			return nil, err
		}
	}
	return q, q.nameColumns()
}

func (p *queryParser) query() *query {
	q := &query{}
	p.expect("select")
	if p.peek().is("top") {
		p.stop(notEmulated("TOP"))
	}
	p.selectList(q)
	p.expect("from")
	p.source(q)
	if p.accept("where") {
		q.where = p.or()
	}
	if p.peek().is("group") {
		p.stop(notEmulated("GROUP BY"))
	}
	if p.peek().kind != tokenEnd {
		p.stop(badRequest())
	}
	return q
}

func (p *queryParser) selectList(q *query) {
	if p.acceptSymbol("*") {
		q.star = true
		return
	}
	for p.err == nil {
		p.selectItem(q)
		if !p.acceptSymbol(",") {
			break
		}
	}
	if q.count != "" && len(q.columns) > 0 {
		p.stop(notEmulated("COUNT() next to other columns"))
	}
}

func (p *queryParser) selectItem(q *query) {
	if name := p.peek(); name.kind == tokenName && p.peekAt(1).symbol("(") {
		p.aggregate(q, strings.ToLower(name.text))
		return
	}
	c := column{path: p.path()}
	if p.accept("as") {
		c.name = p.name()
	}
	q.columns = append(q.columns, c)
}

func (p *queryParser) aggregate(q *query, name string) {
	switch name {
	case "avg", "sum", "min", "max":
		p.stop(notEmulated(strings.ToUpper(name) + "()"))
		return
	case "count":
	default:
		p.stop(badRequest())
		return
	}
	p.next()
	p.next()
	if !p.acceptSymbol(")") {
		p.stop(badRequest())
		return
	}
	if !p.accept("as") {
		p.stop(notEmulated("COUNT() without an alias")) // its name in the result is unverified
		return
	}
	if q.count != "" {
		p.stop(notEmulated("more than one COUNT()"))
		return
	}
	q.count = p.name()
}

// source reads devices, devices.modules or devices.jobs.
func (p *queryParser) source(q *query) {
	p.expect("devices")
	if !p.acceptSymbol(".") {
		return
	}
	switch {
	case p.accept("modules"):
		q.modules = true
	case p.accept("jobs"):
		p.stop(notEmulated("FROM devices.jobs"))
	default:
		p.stop(badRequest())
	}
}

// path reads name.name...; after a dot every word is a name.
func (p *queryParser) path() *path {
	found := &path{}
	if t := p.peek(); t.kind == tokenName && reserved(t.text) {
		p.stop(badRequest())
	}
	for p.err == nil {
		found.names = append(found.names, p.name())
		if !p.acceptSymbol(".") {
			break
		}
	}
	p.paths = append(p.paths, found)
	return found
}

func reserved(word string) bool {
	switch strings.ToLower(word) {
	case "select", "from", "where", "group", "and", "or", "not", "in", "nin", "as", "top", "true", "false", "null", "undefined":
		return true
	}
	return false
}

func (p *queryParser) name() string {
	t := p.next()
	if t.kind != tokenName && t.kind != tokenQuotedName {
		p.stop(badRequest())
	}
	return t.text
}

// nameColumns gives columns without AS the last name of their path. What the service does with two equal names is
// unverified.
func (q *query) nameColumns() *fault {
	seen := map[string]bool{}
	for i := range q.columns {
		c := &q.columns[i]
		if c.name == "" {
			c.name = c.path.names[len(c.path.names)-1]
		}
		if seen[c.name] {
			return notEmulated("two columns named " + c.name)
		}
		seen[c.name] = true
	}
	return nil
}
