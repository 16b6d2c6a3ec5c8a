package config

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// literals writes the devices that blocks of large files declare. Two blocks whose
// texts differ only in their label and in literals below tags and desired declare
// documents that differ only there: the first of them is evaluated with made-up
// literals, and what they left around these is written for all others. A block with
// anything but literals, or with an unusual one, is evaluated.
type literals struct {
	c      *Config
	shapes map[shapeHome]map[string]*variant
	known  int

	text  []byte // of the block at hand; with where its cells are
	spans []span
	row   rowTemplate // its cells, and the variant for them
	key   []byte
}

// shapeHome is what the meaning of a text depends on besides the text.
type shapeHome struct {
	scope *scope
	yaml  bool
}

// maxShapes bounds what is tried: in a project whose blocks are all of different
// shapes they are evaluated.
const maxShapes = 1000

// maxLiterals is how many literals of a block are told apart.
const maxLiterals = 500

// literals returns nil when blocks are evaluated.
func (w *walker) literals() *literals {
	if w.evaluateAll || w.incomplete || len(w.policies) > 0 || len(w.moves.blocks) > 0 {
		return nil
	}
	return &literals{c: w.Config, shapes: map[shapeHome]map[string]*variant{}}
}

// take looks at a block, and tells whether its objects are written.
func (l *literals) take(s deviceSource) bool {
	if l == nil || s.block != nil || !l.find(s.file, s.text) {
		return false
	}
	_, yaml := s.file.syntax.(yamlText)
	home := shapeHome{scope: s.file.scope, yaml: yaml}
	shapes := l.shapes[home]
	if shapes == nil {
		shapes = map[string]*variant{}
		l.shapes[home] = shapes
	}
	v, known := shapes[string(l.key)]
	if !known && l.known < maxShapes {
		l.known++
		v = l.probe(s.file)
		shapes[string(l.key)] = v
	}
	return v != nil && l.row.choose(v)
}

// find finds the cells of a block and the text around them. A label is the first
// cell.
func (l *literals) find(f *largeFile, c chunk) bool {
	l.text = f.text(c)
	start, end := f.syntax.label(l.text)
	spans, ok := f.syntax.literals(l.text, append(l.spans[:0], span{start: start, end: end}))
	if l.spans = spans; !ok || len(spans) > maxLiterals {
		return false
	}
	l.key, l.row.cells = l.key[:0], l.row.cells[:0]
	at := 0
	for _, s := range l.spans {
		c := span{end: s.end - s.start, number: s.number}.cell(string(l.text[s.start:s.end]))
		if c.kind == unusualCell {
			return false
		}
		l.row.cells = append(l.row.cells, c)
		l.key = append(append(l.key, l.text[at:s.start]...), shapeCell, byte(c.kind))
		at = s.end
	}
	l.key = append(l.key, l.text[at:]...)
	return l.row.cells[0].kind == textCell
}

// probe evaluates the block with two rows of made-up cells. It returns nil unless
// they leave the same text around themselves.
func (l *literals) probe(f *largeFile) *variant {
	return l.row.compare(func(row []cell) ([]schema.Object, bool) {
		var text []byte
		at := 0
		for i, s := range l.spans {
			text = append(append(text, l.text[at:s.start]...), row[i].text...)
			at = s.end
		}
		text = append(text, l.text[at:]...)
		indent := len(text) - len(bytes.TrimLeft(text, " "))
		b, diags := (&largeFile{name: f.name, src: text, syntax: f.syntax, scope: f.scope}).block(chunk{line: 1, column: uint32(indent + 1), end: uint32(len(text))})
		if b == nil || len(diags) > 0 {
			return nil, false
		}
		return l.c.evaluateSilently(b)
	})
}

// evaluateSilently evaluates a device block that has no instances of its own. ok is
// false when there is anything to say about it, or to do with its objects that a
// template does not do.
func (c *Config) evaluateSilently(b *hcl.Block) (objects []schema.Object, ok bool) {
	quiet := *c
	quiet.found = collector{}
	said := false
	report := func(diags ...*hcl.Diagnostic) { said = said || len(diags) > 0 }
	d := quiet.decodeDevice(b)
	if d.forEach != nil || d.id != nil || d.parent != nil || d.manifest != nil {
		return nil, false
	}
	top := instance{each: reader{ctx: c.root, report: report}}
	in := quiet.begin(&d.twinBlock, top, element{}, deviceDef.Type+labelPart(d.label))
	in.each.report = report
	objects, plain := quiet.plainObjects(d, in)
	return objects, plain && !said && len(quiet.found.found) == 0 && quiet.found.errors == 0
}
