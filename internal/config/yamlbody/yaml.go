package yamlbody

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/hcl/v2"
	"gopkg.in/yaml.v3"

	"github.com/twinset/twinset/internal/config/bounded"
)

// Parse reads YAML. The file's body is the merge of its documents. It is usable
// when there are errors, and then holds what could be read.
func Parse(src []byte, filename string) (*hcl.File, hcl.Diagnostics) {
	s := newSource(filename, src)
	if d := s.checkSize(yamlValues); d != nil {
		return s.file(nil), hcl.Diagnostics{d}
	}
	if d := s.checkText(); d != nil {
		return s.file(nil), hcl.Diagnostics{d}
	}
	docs, err := decode(src)
	b := builder{src: s, anchors: map[*yaml.Node]*node{}}
	var roots []*node
	for _, doc := range docs {
		if n := b.document(doc); n != nil {
			roots = append(roots, n)
		}
	}
	if err != nil {
		b.diags = append(b.diags, s.syntaxError(err))
	}
	for _, n := range roots {
		if len(b.diags) < bounded.MaxErrors {
			b.diags = append(b.diags, n.parseTemplates()...)
		}
	}
	return s.file(roots), b.diags
}

func (s *source) file(roots []*node) *hcl.File {
	nav := &navigation{}
	return &hcl.File{
		Body:  &body{src: s, docs: roots, nav: nav, missing: s.rng(0, 0)},
		Bytes: s.b,
		Nav:   nav,
	}
}

// decode reads all documents up to the first syntax error.
func decode(src []byte) (docs []*yaml.Node, err error) {
	defer func() {
		// The parser panics on states that it believes impossible.
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(src))
	for {
		var doc yaml.Node
		if err := dec.Decode(&doc); err != nil {
			if errors.Is(err, io.EOF) {
				return docs, nil
			}
			return docs, err
		}
		docs = append(docs, &doc)
	}
}

// builder makes our tree from the parser's, and checks the subset.
type builder struct {
	src     *source
	anchors map[*yaml.Node]*node // nil while the node is being built
	aliased int
	spent   bool
	diags   hcl.Diagnostics
}

func (b *builder) report(n *node, summary, detail string) {
	if len(b.diags) >= bounded.MaxErrors {
		return
	}
	b.diags = append(b.diags, n.error(summary, detail))
}

func (b *builder) document(doc *yaml.Node) *node {
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil
	}
	return b.build(doc.Content[0], 0)
}

func (b *builder) build(y *yaml.Node, depth int) *node {
	n := &node{src: b.src, size: 1}
	n.start = b.src.offset(y.Line, y.Column)
	n.end = n.start
	if y.Kind == yaml.AliasNode {
		return b.alias(y, n)
	}
	if y.Anchor != "" {
		b.anchors[y] = nil
	}
	tag := b.properties(n)
	if depth > maxDepth {
		b.report(n, "Nested too deep", depthDetail)
		return n
	}
	switch y.Kind {
	case yaml.MappingNode:
		b.mapping(n, y, depth)
	case yaml.SequenceNode:
		b.sequence(n, y, depth)
	default:
		b.scalar(n, y, tag)
	}
	b.checkTag(n, y, tag)
	if y.Anchor != "" {
		b.anchors[y] = n
	}
	return n
}

// properties moves the start of a node past its anchor and tag, and tells
// whether there was a tag.
func (b *builder) properties(n *node) (tag string) {
	o := n.start
	for o < len(b.src.b) && (b.src.b[o] == '&' || b.src.b[o] == '!') {
		from := o
		for o < len(b.src.b) && !isSpace(b.src.b[o]) && !bytes.ContainsRune([]byte(",[]{}"), rune(b.src.b[o])) {
			o++
		}
		if o == from {
			break
		}
		if b.src.b[from] == '!' {
			tag = string(b.src.b[from:o])
		}
		n.start = b.src.skipSpace(o)
		o = n.start
	}
	n.end = n.start
	return tag
}

func (b *builder) checkTag(n *node, y *yaml.Node, tag string) {
	if tag == "" && y.Style&yaml.TaggedStyle == 0 {
		return
	}
	switch {
	case tag == "!!str" && y.Kind == yaml.ScalarNode:
		n.kind = text
	case tag == "!!map" && n.kind == mapping, tag == "!!seq" && n.kind == sequence:
	default:
		b.report(n, "Unsupported YAML tag", fmt.Sprintf("The tag %s is not supported: values are strings, numbers, booleans, null, sequences and mappings. Remove the tag, or quote the value if it is a string.", tag))
	}
}

func (b *builder) alias(y *yaml.Node, at *node) *node {
	at.end = at.start + 1 + len(y.Value)
	target, known := b.anchors[y.Alias]
	if !known || target == nil {
		b.report(at, "Recursive YAML alias", fmt.Sprintf("The alias *%s stands inside the value that it names.", y.Value))
		return at
	}
	b.aliased += target.size
	if b.aliased > maxAliasNodes {
		if !b.spent {
			b.spent = true
			b.report(at, "Too many YAML aliases", fmt.Sprintf("Aliases add more than %d values to this file. Use a profile or a local value to share configuration.", maxAliasNodes))
		}
		return at
	}
	return target
}

func (b *builder) scalar(n *node, y *yaml.Node, tag string) {
	n.value = y.Value
	n.style = scalarStyle(y.Style)
	if n.style == plain && y.Value == "" {
		// A value that is not there; the parser's place for it is where it stopped.
		n.end = n.start
		return
	}
	_, n.end = align(b.src.b, n.start, n.style, n.value)
	if n.style == literal || n.style == folded {
		n.end = n.start + len(bytes.TrimRight(b.src.b[n.start:n.end], " \t\r\n"))
	}
	n.kind = text
	if n.style != plain || tag != "" {
		return
	}
	var ok bool
	if n.kind, ok = resolve(n.value); !ok {
		b.report(n, "Unsupported number", oddNumberDetail)
	}
	if n.kind == number {
		b.checkNumber(n)
	}
}

func scalarStyle(s yaml.Style) style {
	switch {
	case s&yaml.SingleQuotedStyle != 0:
		return single
	case s&yaml.DoubleQuotedStyle != 0:
		return double
	case s&yaml.LiteralStyle != 0:
		return literal
	case s&yaml.FoldedStyle != 0:
		return folded
	default:
		return plain
	}
}

func (b *builder) sequence(n *node, y *yaml.Node, depth int) {
	n.kind = sequence
	for _, c := range y.Content {
		item := b.build(c, depth+1)
		n.items = append(n.items, item)
		n.size += item.size
		n.end = max(n.end, b.endOf(c, item))
	}
	b.close(n, y, ']')
}

func (b *builder) mapping(n *node, y *yaml.Node, depth int) {
	n.kind = mapping
	seen := map[string]*node{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := b.build(y.Content[i], depth+1)
		value := b.build(y.Content[i+1], depth+1)
		n.size += key.size + value.size
		n.end = max(n.end, b.endOf(y.Content[i], key), b.endOf(y.Content[i+1], value))
		if b.checkKey(key, y.Content[i], seen) {
			n.entries = append(n.entries, entry{key, value})
		}
	}
	b.close(n, y, '}')
}

// endOf is where a child ends in its parent. An alias stands for a node that is
// elsewhere in the file.
func (b *builder) endOf(y *yaml.Node, n *node) int {
	if y.Kind == yaml.AliasNode {
		return b.src.offset(y.Line, y.Column) + 1 + len(y.Value)
	}
	return n.end
}

// close sets the end of a flow collection to its bracket, which the parser does
// not tell.
func (b *builder) close(n *node, y *yaml.Node, bracket byte) {
	if y.Style&yaml.FlowStyle == 0 {
		if len(y.Content) > 0 {
			n.start = min(n.start, b.src.offset(y.Content[0].Line, y.Content[0].Column))
		}
		return
	}
	o := max(n.end, n.start+1)
	for o = b.src.skipSpace(o); o < len(b.src.b) && b.src.b[o] == ','; {
		o = b.src.skipSpace(o + 1)
	}
	if o < len(b.src.b) && b.src.b[o] == bracket {
		o++
	}
	n.end = min(o, len(b.src.b))
}

// checkKey accepts a key that is a string and new to its mapping.
func (b *builder) checkKey(key *node, y *yaml.Node, seen map[string]*node) bool {
	switch {
	case y.Kind == yaml.ScalarNode && y.Tag == "!!merge" && key.style == plain:
		b.report(key, "YAML merge keys are not supported", "Use a profile, or the functions merge and deepmerge, to combine values.")
		return false
	case key.kind != text:
		b.report(key, "Invalid key", fmt.Sprintf("Keys must be strings, but this one is %s. Put it in quotes.", key.kind))
		return false
	case b.tooLong(key):
		return false
	}
	return b.unique(key, seen)
}

func (b *builder) unique(key *node, seen map[string]*node) bool {
	if first, ok := seen[key.value]; ok {
		if len(b.diags) >= bounded.MaxErrors {
			return false
		}
		b.report(key, "Duplicate key", fmt.Sprintf("The key %q was already used at %s. Remove one of the two.", key.value, first.rng()))
		return false
	}
	seen[key.value] = key
	return true
}
