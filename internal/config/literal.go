package config

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/schema"
)

// literals writes the devices that blocks of large files declare. Two blocks whose
// texts differ only in their label and in literals below tags and desired declare
// documents that differ only there: the first of them is evaluated with made-up
// literals, and what they left around these is written for all others. A block with
// anything but literals, or with an unusual one, is evaluated.
//
// Looking at a block is for all cores; evaluating one is for the goroutine that iterates.
type literals struct {
	c      *Config
	shapes map[shapeHome]*shapes
	known  int
	block  literalBlock
}

// literalBlock is a block at hand.
type literalBlock struct {
	text   []byte
	spans  []span      // where its cells are
	shape  []byte      // the text around them
	filled rowTemplate // the cells, and the variant for them
}

// shapes are the variants of blocks by the text around their cells. One goroutine adds
// to them while others look.
type shapes struct {
	known atomic.Pointer[map[string]*variant]
}

func newShapes() *shapes {
	s := &shapes{}
	s.known.Store(&map[string]*variant{})
	return s
}

func (s *shapes) find(shape []byte) (v *variant, known bool) {
	v, known = (*s.known.Load())[string(shape)]
	return v, known
}

// add copies what is known, which is little.
func (s *shapes) add(shape []byte, v *variant) {
	more := maps.Clone(*s.known.Load())
	more[string(shape)] = v
	s.known.Store(&more)
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
	l := &literals{c: w.Config, shapes: map[shapeHome]*shapes{}}
	for _, s := range w.Config.devices {
		if s.block == nil && l.shapes[s.home()] == nil {
			l.shapes[s.home()] = newShapes()
		}
	}
	return l
}

// home is that of a block that is text.
func (s deviceSource) home() shapeHome {
	_, yaml := s.file.syntax.(yamlText)
	return shapeHome{scope: s.file.scope, yaml: yaml}
}

// each yields all blocks, with their objects where they are written.
func (l *literals) each(devices []deviceSource) iter.Seq2[deviceSource, []schema.Object] {
	return func(yield func(deviceSource, []schema.Object) bool) {
		for b := range l.looked(devices) { //nolint:errcheck // looking at text does not fail
			if b.left {
				b.objects = l.take(b.deviceSource)
			}
			if !yield(b.deviceSource, b.objects) {
				return
			}
		}
	}
}

// lookedAt is a block that was looked at without the others.
type lookedAt struct {
	deviceSource
	objects []schema.Object // if its shape is known
	left    bool            // to who sees the blocks in order
}

func (l *literals) looked(devices []deviceSource) iter.Seq2[lookedAt, error] {
	all := func(yield func(lookedAt, error) bool) {
		for _, s := range devices {
			if !yield(lookedAt{deviceSource: s}, nil) {
				return
			}
		}
	}
	if l == nil || len(l.shapes) == 0 {
		return all
	}
	return inorder.Spread(context.Background(), inorder.Given(all), func() func(lookedAt) (lookedAt, error) {
		at := &literalBlock{}
		return func(b lookedAt) (lookedAt, error) {
			if b.block == nil && at.find(b.file, b.text) {
				v, known := l.shapes[b.home()].find(at.shape)
				b.objects, b.left = at.objects(b.deviceSource, v), !known
			}
			return b, nil
		}
	})
}

// take returns the objects of a block, which may be the first of its shape; nil when it
// is evaluated.
func (l *literals) take(s deviceSource) []schema.Object {
	if !l.block.find(s.file, s.text) {
		return nil
	}
	shapes := l.shapes[s.home()]
	v, known := shapes.find(l.block.shape)
	if !known && l.known < maxShapes {
		l.known++
		v = l.probe(s.file)
		shapes.add(l.block.shape, v)
	}
	return l.block.objects(s, v)
}

// objects writes the objects of a block at the place where it stands. There are none
// without a variant, or with ids that the hub would refuse.
func (b *literalBlock) objects(s deviceSource, v *variant) []schema.Object {
	if v == nil || !b.filled.choose(v) {
		return nil
	}
	name := labelPart(b.filled.cells[0].text)
	out := make([]schema.Object, len(v.objects))
	for i := range out {
		origin := v.objects[i].origin
		origin.File, origin.Line = s.file.name, origin.Line-1+int(s.text.line)
		out[i] = b.filled.object(i, origin, name)
	}
	return out
}

// find finds the cells of a block and the text around them. A label is the first
// cell.
func (b *literalBlock) find(f *largeFile, c chunk) bool {
	b.text = f.text(c)
	start, end := f.syntax.label(b.text)
	spans, ok := f.syntax.literals(b.text, append(b.spans[:0], span{start: start, end: end}))
	if b.spans = spans; !ok || len(spans) > maxLiterals {
		return false
	}
	b.shape, b.filled.cells = b.shape[:0], b.filled.cells[:0]
	at := 0
	for _, s := range b.spans {
		c := span{end: s.end - s.start, number: s.number}.cell(string(b.text[s.start:s.end]))
		if c.kind == unusualCell {
			return false
		}
		b.filled.cells = append(b.filled.cells, c)
		b.shape = append(append(b.shape, b.text[at:s.start]...), shapeCell, byte(c.kind))
		at = s.end
	}
	b.shape = append(b.shape, b.text[at:]...)
	return b.filled.cells[0].kind == textCell
}

// probe evaluates the block with two rows of made-up cells. It returns nil unless
// they leave the same text around themselves.
func (l *literals) probe(f *largeFile) *variant {
	return l.block.filled.compare(func(row []cell) ([]schema.Object, bool) {
		var text []byte
		at := 0
		for i, s := range l.block.spans {
			text = append(append(text, l.block.text[at:s.start]...), row[i].text...)
			at = s.end
		}
		text = append(text, l.block.text[at:]...)
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
