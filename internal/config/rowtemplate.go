package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/schema"
)

// rowTemplate writes the objects that a device block declares for the rows of a
// table. A block that does no more with a row than put its fields into places
// declares the same text around them for every row: it is evaluated for made-up
// fields, and what they left between them is written for all others. A row with
// anything unusual is evaluated.
type rowTemplate struct {
	c        *Config
	d        *deviceBlock
	columns  []string // that the block uses, sorted
	computed []computed
	ctx      *hcl.EvalContext // for these; nil without
	variants map[string]*variant

	asked, taken int // rows

	cells []cell // of the row at hand: its key, the columns, what is computed, what collections hold
	kinds []byte
	now   *variant // for these; with ids
	ids   [][2]string
}

// variant is the template for rows whose cells have certain kinds. One without
// objects stands for rows that are evaluated.
type variant struct{ objects []objectTemplate }

// objectTemplate is an object with places for cells.
type objectTemplate struct {
	kind      schema.Kind
	id, sub   pieces
	doc       pieces
	lifecycle *schema.Lifecycle
	origin    schema.Origin
	name      [2]string // of the origin, around the quoted key
}

// pieces are text and, behind each but the last, the number of a cell.
type pieces struct {
	text  []string
	cells []int
}

// maxVariants bounds what is tried: a table whose rows are all of different kinds is
// evaluated, and so is one of which none of the first rows was written.
const maxVariants = 64

// rowTemplate returns one, or nil for a block whose instances are evaluated.
func (w *walker) rowTemplate(d *deviceBlock) *rowTemplate {
	if w.evaluateAll || d.forEach == nil || w.incomplete || len(w.policies) > 0 || len(w.moves.blocks) > 0 || d.parent != nil {
		return nil
	}
	u, made, ok := w.use(d)
	if !ok {
		return nil
	}
	t := &rowTemplate{c: w.Config, d: made, columns: sortedNames(u.columns), computed: u.computed, variants: map[string]*variant{}}
	if len(t.computed) > 0 {
		t.ctx = w.root.NewChild()
		t.ctx.Variables = map[string]cty.Value{}
	}
	t.cells = make([]cell, t.own())
	return t
}

// take looks at a row, and tells whether the template writes its objects.
func (t *rowTemplate) take(r cells) bool {
	if t == nil || t.taken == 0 && t.asked > maxVariants {
		return false
	}
	t.asked++
	t.cells = t.cells[:t.own()]
	if !r.fill(t.columns, t.cells[:1+len(t.columns)]) || !t.usual(t.cells[:1+len(t.columns)]) || !t.compute() {
		return false
	}
	t.expand()
	v, known := t.variants[string(t.kinds)]
	if !known {
		if len(t.variants) < maxVariants {
			v = t.probe()
		}
		t.variants[string(t.kinds)] = v
	}
	return v != nil && t.choose(v)
}

// choose takes a variant for the cells at hand. It returns false when it makes ids that
// the hub would refuse.
func (t *rowTemplate) choose(v *variant) bool {
	t.now, t.ids = v, t.ids[:0]
	for i := range v.objects {
		o := &v.objects[i]
		id := [2]string{t.string(o.id), t.string(o.sub)}
		if !schema.ValidID(id[0]) || o.kind == schema.KindModule && !schema.ValidID(id[1]) {
			return false
		}
		t.ids = append(t.ids, id)
	}
	t.taken++
	return true
}

func (t *rowTemplate) usual(row []cell) bool {
	return !slices.ContainsFunc(row, func(c cell) bool { return c.kind == unusualCell })
}

func (t *rowTemplate) string(p pieces) string {
	if len(p.cells) == 0 {
		return p.text[0]
	}
	if len(p.cells) == 1 && p.text[0] == "" && p.text[1] == "" {
		return t.cells[p.cells[0]].text
	}
	return string(t.append(nil, p))
}

func (t *rowTemplate) append(b []byte, p pieces) []byte {
	for i, cell := range p.cells {
		b = append(append(b, p.text[i]...), t.cells[cell].text...)
	}
	return append(b, p.text[len(p.text)-1]...)
}

func (p pieces) size() int {
	n := len(p.cells) * maxCell
	for _, s := range p.text {
		n += len(s)
	}
	return n
}

// write hands out the objects of the row that was taken last.
func (w *walker) write(t *rowTemplate) bool {
	name := `"` + t.cells[0].text + `"`
	for i := range t.now.objects {
		if !w.sendWritten(t.object(i, t.now.objects[i].origin, name)) {
			return false
		}
	}
	return true
}

// object is one of those of the cells at hand. name is how they are called in its
// address.
func (t *rowTemplate) object(i int, origin schema.Origin, name string) schema.Object {
	o := &t.now.objects[i]
	obj := schema.Object{Addr: schema.Address{Kind: o.kind, ID: t.ids[i][0], Sub: t.ids[i][1]}, Origin: origin}
	obj.Origin.Name = o.name[0] + name + o.name[1]
	obj.Doc = t.append(make(schema.Doc, 0, o.doc.size()), o.doc)
	if o.lifecycle != nil {
		lc := *o.lifecycle
		obj.Lifecycle = &lc
	}
	return obj
}

// probe evaluates the block for two rows of made-up cells of the kinds at hand. It
// returns nil unless they leave the same text around themselves.
func (t *rowTemplate) probe() *variant { return t.compare(t.evaluate) }

// compare evaluates two rows of made-up cells.
func (t *rowTemplate) compare(evaluate func(row []cell) ([]schema.Object, bool)) *variant {
	var found [2]*variant
	for i := range found {
		row := t.madeUp(i)
		objects, ok := evaluate(row)
		if !ok {
			return nil
		}
		found[i] = &variant{}
		for _, o := range objects {
			found[i].objects = append(found[i].objects, t.templateOf(o, row))
		}
	}
	same := slices.EqualFunc(found[0].objects, found[1].objects, func(a, b objectTemplate) bool {
		return a.kind == b.kind && a.name == b.name && a.id.equal(b.id) && a.sub.equal(b.sub) && a.doc.equal(b.doc)
	})
	if !same || len(found[0].objects) == 0 {
		return nil
	}
	return found[0]
}

func (p pieces) equal(q pieces) bool {
	return slices.Equal(p.text, q.text) && slices.Equal(p.cells, q.cells)
}
