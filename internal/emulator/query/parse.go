package query

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxLength is the length of a query or a condition in characters (FACTS §5).
const MaxLength = 8192

// Parse reads a query and checks it. The error is an *Error.
func Parse(text string) (*Query, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	q := p.query()
	p.end()
	if p.err == nil {
		p.err = q.check()
	}
	if p.err != nil {
		return nil, p.err
	}
	return q, nil
}

// parser reads tokens. The first mistake is kept in err and leaves only the end of the text to be read.
type parser struct {
	tokens []token // what is left; the last one is tokenEnd
	err    *Error
}

func newParser(text string) (*parser, error) {
	if utf8.RuneCountInString(text) > MaxLength {
		return nil, &Error{Kind: TooLong, Text: "the query is too long"}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Text: "the query is not UTF-8"}
	}
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	return &parser{tokens: tokens}, nil
}

func (p *parser) stop(at Pos, text string) { p.fail(&Error{Offset: at, Text: text}) }

func (p *parser) fail(err *Error) {
	if p.err == nil {
		p.err = err
	}
	p.tokens = p.tokens[len(p.tokens)-1:]
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) peekAt(n int) token { return p.tokens[min(n, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[0]
	if len(p.tokens) > 1 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) accept(keyword string) bool {
	if !p.peek().is(keyword) {
		return false
	}
	p.next()
	return true
}

func (p *parser) acceptSymbol(s string) bool {
	if !p.peek().symbol(s) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(keyword string) {
	if !p.accept(keyword) {
		p.stop(p.peek().at, "expected "+keyword)
	}
}

func (p *parser) expectSymbol(s string) {
	if !p.acceptSymbol(s) {
		p.stop(p.peek().at, "expected "+s)
	}
}

func (p *parser) end() {
	if t := p.peek(); t.kind != tokenEnd {
		p.stop(t.at, "expected the end of the query")
	}
}

func (p *parser) query() *Query {
	q := &Query{}
	p.expect("SELECT")
	if p.accept("TOP") {
		q.Top = p.top()
	}
	if p.acceptSymbol("*") {
		q.Star = true
	} else {
		q.Columns = p.columns()
	}
	p.expect("FROM")
	q.Source = p.source()
	if p.accept("WHERE") {
		q.Where = p.expression(powerOr)
	}
	if p.accept("GROUP") {
		p.expect("BY")
		q.GroupBy = p.path()
	}
	return q
}

// top reads the number of TOP n.
func (p *parser) top() int {
	t := p.next()
	n, err := strconv.Atoi(t.text)
	if t.kind != tokenNumber || err != nil || n < 1 {
		p.stop(t.at, "TOP needs a whole number above zero")
	}
	return n
}

func (p *parser) columns() []Column {
	var list []Column
	for {
		list = append(list, p.column())
		if !p.acceptSymbol(",") {
			return list
		}
	}
}

func (p *parser) column() Column {
	first := p.peek()
	c := Column{At: first.at}
	if first.kind == tokenName && p.peekAt(1).symbol("(") {
		p.aggregate(&c)
	} else {
		c.Path = p.path()
	}
	if p.accept("AS") {
		c.Alias = p.name()
	}
	return c
}

// aggregate reads COUNT() or another aggregate of one path.
func (p *parser) aggregate(c *Column) {
	t := p.next()
	p.next()
	switch strings.ToLower(t.text) {
	case "count":
		c.Aggregate = Count
	case "avg":
		c.Aggregate = Average
	case "sum":
		c.Aggregate = Sum
	case "min":
		c.Aggregate = Minimum
	case "max":
		c.Aggregate = Maximum
	default:
		p.stop(t.at, "unknown aggregate "+t.text)
		return
	}
	if c.Aggregate != Count {
		c.Path = p.path()
	}
	p.expectSymbol(")")
}

// source reads devices, devices.modules or devices.jobs.
func (p *parser) source() Source {
	p.expect("devices")
	if !p.acceptSymbol(".") {
		return Devices
	}
	switch {
	case p.accept("modules"):
		return Modules
	case p.accept("jobs"):
		return Jobs
	}
	p.stop(p.peek().at, "expected devices, devices.modules or devices.jobs")
	return Devices
}

// path reads name.name... Nobody has seen what the service says to x[0] after it (FACTS §5).
func (p *parser) path() *Path {
	t := p.peek()
	found := &Path{At: t.at}
	if t.kind == tokenName && reserved(t.text) {
		p.stop(t.at, "expected a name, not "+t.text)
	}
	found.Names = append(found.Names, p.name())
	for p.acceptSymbol(".") {
		if t := p.peek(); t.kind == tokenName && reservedInside(t.text) {
			p.stop(t.at, "the name "+t.text+" needs [["+t.text+"]]")
		}
		found.Names = append(found.Names, p.name())
	}
	if t := p.peek(); t.symbol("[") {
		p.fail(&Error{Kind: NotEmulated, Offset: t.at, Text: "array elements in a query"})
	}
	return found
}

func (p *parser) name() string {
	t := p.next()
	if t.kind != tokenName && t.kind != tokenQuotedName {
		p.stop(t.at, "expected a name")
	}
	return t.text
}

// reserved reports words that no path may begin with.
func reserved(word string) bool {
	switch strings.ToLower(word) {
	case "select", "from", "where", "group", "by", "and", "or", "not", "in", "nin", "as", "top", "true", "false", "null", "undefined":
		return true
	}
	return false
}

// reservedInside reports words that are refused after a dot too. Only this one was seen to be (issue
// MicrosoftDocs/azure-docs#17106); others are unverified and taken as names.
func reservedInside(word string) bool { return strings.EqualFold(word, "group") }
