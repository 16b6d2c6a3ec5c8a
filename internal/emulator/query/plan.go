package query

// Plan is a query ready to read documents. It may be used by several goroutines at once.
type Plan struct {
	Source  Source
	Top     int  // rows in all, 0 without a limit
	Star    bool // rows are whole documents
	Grouped bool // rows come from Groups instead of Row

	where   test // nil: all
	columns []planColumn
	key     get // of GROUP BY, else nil
}

type planColumn struct {
	name      string
	aggregate Aggregate
	get       get // nil for Count
}

// Field is a column of a row.
type Field struct {
	Name  string
	Value Value
}

// Plan compiles a query that Parse returned.
func (q *Query) Plan() *Plan {
	c := compiler{q.Source}
	p := &Plan{Source: q.Source, Top: q.Top, Star: q.Star, Grouped: q.grouped()}
	if q.Where != nil {
		p.where = c.test(q.Where)
	}
	if q.GroupBy != nil {
		p.key = c.path(q.GroupBy)
	}
	for _, column := range q.Columns {
		compiled := planColumn{name: column.name(q.Source), aggregate: column.Aggregate}
		if column.Path != nil {
			compiled.get = c.path(column.Path)
		}
		p.columns = append(p.columns, compiled)
	}
	return p
}

// Selects tells whether WHERE is true for the document.
func (p *Plan) Selects(d Document) bool { return p.where == nil || p.where(d) == yes }

// Row appends the columns of a document, in the order of SELECT. A column without a value is left out (unverified).
func (p *Plan) Row(row []Field, d Document) []Field {
	for i := range p.columns {
		if v := p.columns[i].get(d); v.kind != Undefined {
			row = append(row, Field{p.columns[i].name, v})
		}
	}
	return row
}
