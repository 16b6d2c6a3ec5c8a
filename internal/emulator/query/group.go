package query

import (
	"encoding/binary"
	"iter"
	"maps"
	"math"
	"slices"
)

// Groups gathers the documents of a grouped plan.
type Groups struct {
	plan   *Plan
	byKey  map[string]*group
	buffer []byte
}

type group struct {
	key      Value
	counters []counter // one per column
}

// counter is what any aggregate needs of the values of one column.
type counter struct {
	n             int
	sum, min, max float64
}

// Groups returns an empty collection. Without GROUP BY there is always one group, also of no documents.
func (p *Plan) Groups() *Groups {
	g := &Groups{plan: p, byKey: map[string]*group{}}
	if p.key == nil {
		g.of(Value{})
	}
	return g
}

// Add takes in a document that the plan selects.
func (g *Groups) Add(d Document) {
	var key Value
	if g.plan.key != nil {
		key = g.plan.key(d)
	}
	counters := g.of(key).counters
	for i := range counters {
		column := &g.plan.columns[i]
		switch column.aggregate {
		case Plain:
		case Count:
			counters[i].n++
		default:
			if v := column.get(d); v.kind == Number { // other values do not take part: unverified
				counters[i].add(v.number)
			}
		}
	}
}

func (c *counter) add(v float64) {
	if c.n == 0 {
		c.min, c.max = v, v
	}
	c.n++
	c.sum += v
	c.min, c.max = min(c.min, v), max(c.max, v)
}

// of returns the group of a key. Documents without the key are a group of their own: unverified.
func (g *Groups) of(key Value) *group {
	g.buffer = appendKey(g.buffer[:0], key)
	found := g.byKey[string(g.buffer)]
	if found == nil {
		found = &group{key: key, counters: make([]counter, len(g.plan.columns))}
		g.byKey[string(g.buffer)] = found
	}
	return found
}

// appendKey writes a value so that equal ones are the same bytes and bytes sort as values do: by kind, then by value.
// Objects and arrays are as their JSON.
func appendKey(b []byte, v Value) []byte {
	b = append(b, byte(v.kind))
	switch v.kind {
	case Boolean:
		if v.truth {
			return append(b, 1)
		}
		return append(b, 0)
	case Number:
		return binary.BigEndian.AppendUint64(b, sortable(v.number))
	case String:
		return append(b, v.text...)
	case Object, Array:
		return v.tree.AppendJSON(b)
	case Undefined, Null:
	}
	return b
}

// sortable maps floats to integers of the same order; 0 and -0 are one.
func sortable(f float64) uint64 {
	bits := math.Float64bits(f + 0)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// Rows yields the groups with a key after the given one, by the order of their keys, each with that key. The order is
// unverified.
func (g *Groups) Rows(after string) iter.Seq2[string, []Field] {
	return func(yield func(string, []Field) bool) {
		for _, key := range slices.Sorted(maps.Keys(g.byKey)) {
			if key > after && !yield(key, g.row(g.byKey[key])) {
				return
			}
		}
	}
}

func (g *Groups) row(of *group) []Field {
	row := make([]Field, 0, len(g.plan.columns))
	for i := range g.plan.columns {
		column := &g.plan.columns[i]
		v := of.key
		if column.aggregate != Plain {
			v = of.counters[i].result(column.aggregate)
		}
		if v.kind != Undefined {
			row = append(row, Field{column.name, v})
		}
	}
	return row
}

// result is undefined for an aggregate of no numbers: unverified.
func (c *counter) result(a Aggregate) Value {
	if a == Count {
		return IntValue(int64(c.n))
	}
	if c.n == 0 {
		return Value{}
	}
	n := c.sum
	switch a {
	case Average:
		n = c.sum / float64(c.n)
	case Minimum:
		n = c.min
	case Maximum:
		n = c.max
	case Plain, Count, Sum:
	}
	if math.IsInf(n, 0) {
		return Value{}
	}
	return Value{kind: Number, number: n}
}
