package query

// Pos is a byte offset into the text of a query.
type Pos int

// Source is a collection of documents.
type Source uint8

// The sources of FACTS §5.
const (
	Devices Source = iota
	Modules
	Jobs
)

// Query is a parsed query. It is equal to what parsing its String gives, but for positions.
type Query struct {
	Top     int // 0: all
	Star    bool
	Columns []Column // unless Star
	Source  Source
	Where   Expr  // nil: all
	GroupBy *Path // nil: none
}

// Column is one output of a projection.
type Column struct {
	At        Pos
	Aggregate Aggregate
	Path      *Path  // nil for Count
	Alias     string // empty without AS
}

// Aggregate is what a column does with the documents of a group.
type Aggregate uint8

// The aggregates of FACTS §5; Plain is a column without one.
const (
	Plain Aggregate = iota
	Count
	Average
	Sum
	Minimum
	Maximum
)

// Op is an operator between two expressions.
type Op uint8

// The operators of FACTS §5. Both spellings of "not equal" are NotEqual.
const (
	Or Op = iota + 1
	And
	Equal
	NotEqual
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
	Add
	Subtract
	Multiply
	Divide
	Modulo
)

// Expr is an expression; the types below are all there are.
type Expr interface{ position() Pos }

type (
	// Literal is a constant other than a list.
	Literal struct {
		At    Pos
		Value Value
	}
	// Constants is the constant [c, c...].
	Constants struct {
		At    Pos
		Items []Literal
	}
	// Path is a dotted name as it was written, without the double brackets of quoted names.
	Path struct {
		At    Pos
		Names []string
	}
	// Negation is NOT x.
	Negation struct {
		At Pos
		X  Expr
	}
	// Binary is x op y.
	Binary struct {
		At   Pos // of the operator
		Op   Op
		X, Y Expr
	}
	// In is x IN list, or x NIN list.
	In struct {
		At      Pos // of the operator
		Negated bool
		X       Expr
		List    *Constants
	}
	// Call is a function call.
	Call struct {
		At   Pos
		Name string // lower case
		Args []Expr
	}
)

func (e *Literal) position() Pos   { return e.At }
func (e *Constants) position() Pos { return e.At }
func (e *Path) position() Pos      { return e.At }
func (e *Negation) position() Pos  { return e.At }
func (e *Binary) position() Pos    { return e.At }
func (e *In) position() Pos        { return e.At }
func (e *Call) position() Pos      { return e.At }

// Binding powers, weakest first. NOT stands between AND and the comparisons, which do not chain.
const (
	powerOr = iota + 1
	powerAnd
	powerNot
	powerCompare
	powerAdd
	powerMultiply
	powerPrimary
)

func (o Op) power() int {
	switch o {
	case Or:
		return powerOr
	case And:
		return powerAnd
	case Add, Subtract:
		return powerAdd
	case Multiply, Divide, Modulo:
		return powerMultiply
	case Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual:
	}
	return powerCompare
}

func (o Op) arithmetic() bool { return o >= Add }

// symbols are the operators as they are printed.
func (o Op) symbol() string {
	return [...]string{"", "OR", "AND", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"}[o]
}

func (a Aggregate) name() string {
	return [...]string{"", "COUNT", "AVG", "SUM", "MIN", "MAX"}[a]
}
