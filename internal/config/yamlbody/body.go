package yamlbody

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config/bounded"
)

// body implements hcl.Body over one mapping, or over the documents of a file.
type body struct {
	src     *source
	docs    []*node
	hidden  map[string]bool // names that PartialContent has handed out
	nav     *navigation     // of the file's own body only
	missing hcl.Range
}

// Content decodes the body and reports every key that the schema does not know.
func (b *body) Content(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	content, diags := b.decode(schema)
	known := names(schema)
	for _, e := range b.entries(nil) {
		if !known[e.key.value] && !b.hidden[e.key.value] && len(diags) < bounded.MaxErrors {
			diags = append(diags, unsupported(e.key, schema, content))
		}
	}
	return content, diags
}

// PartialContent decodes what the schema knows and leaves the rest.
func (b *body) PartialContent(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	content, diags := b.decode(schema)
	rest := *b
	rest.hidden = names(schema)
	maps.Copy(rest.hidden, b.hidden)
	return content, &rest, diags
}

// JustAttributes takes every key as an argument.
func (b *body) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	attrs := hcl.Attributes{}
	var diags hcl.Diagnostics
	for _, e := range b.entries(&diags) {
		if !b.hidden[e.key.value] {
			diags = append(diags, addAttribute(attrs, e)...)
		}
	}
	return attrs, diags
}

// MissingItemRange is where the body begins.
func (b *body) MissingItemRange() hcl.Range { return b.missing }

// entries lists the keys of the body in order, without those that are ignored.
// Values that are no mapping are reported when diags is given.
func (b *body) entries(diags *hcl.Diagnostics) []entry {
	var list []entry
	for _, doc := range b.docs {
		if doc.kind != mapping && doc.kind != null && diags != nil {
			*diags = append(*diags, doc.error("Mapping required", fmt.Sprintf("Keys and values are required here, not %s.", doc.kind)))
		}
		for _, e := range doc.entries {
			if !ignored(e.key.value) {
				list = append(list, e)
			}
		}
	}
	return list
}

func (b *body) decode(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	content := &hcl.BodyContent{Attributes: hcl.Attributes{}, MissingItemRange: b.missing}
	var diags hcl.Diagnostics
	blocks := map[string]*hcl.BlockHeaderSchema{}
	attrs := map[string]bool{}
	for i := range schema.Blocks {
		blocks[schema.Blocks[i].Type] = &schema.Blocks[i]
	}
	for _, a := range schema.Attributes {
		attrs[a.Name] = true
	}
	for _, e := range b.entries(&diags) {
		name := e.key.value
		switch {
		case b.hidden[name]:
		case attrs[name]:
			diags = append(diags, addAttribute(content.Attributes, e)...)
		case blocks[name] != nil:
			u := unpacker{body: b, schema: blocks[name], typeRange: e.key.rng(), content: content}
			u.unpack(e.key, e.value, nil)
			diags = append(diags, u.diags...)
		}
	}
	return content, append(diags, b.missingArguments(schema, content)...)
}

func (b *body) missingArguments(schema *hcl.BodySchema, content *hcl.BodyContent) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, a := range schema.Attributes {
		if a.Required && content.Attributes[a.Name] == nil && !b.hidden[a.Name] {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError,
				Summary:  "Missing required argument",
				Detail:   fmt.Sprintf("The argument %q is required, but no definition was found.", a.Name),
				Subject:  &b.missing,
			})
		}
	}
	return diags
}

func addAttribute(attrs hcl.Attributes, e entry) hcl.Diagnostics {
	name := e.key.value
	if first := attrs[name]; first != nil {
		return hcl.Diagnostics{e.key.error("Attribute redefined", fmt.Sprintf("The argument %q was already set at %s. Each argument may be set only once.", name, first.NameRange))}
	}
	attrs[name] = &hcl.Attribute{
		Name:      name,
		Expr:      &expression{e.value},
		NameRange: e.key.rng(),
		Range:     e.rng(),
	}
	return nil
}

// rng covers a member of a mapping. The value of an alias is elsewhere.
func (e entry) rng() hcl.Range {
	if e.value.start < e.key.end {
		return e.key.rng()
	}
	return e.key.src.rng(e.key.start, e.value.end)
}

// unpacker turns the value of a key into blocks: a mapping per label, then a
// body, or a sequence of bodies.
type unpacker struct {
	body      *body
	schema    *hcl.BlockHeaderSchema
	typeRange hcl.Range
	content   *hcl.BodyContent
	ranges    []hcl.Range
	diags     hcl.Diagnostics
}

func (u *unpacker) unpack(key, v *node, labels []string) {
	if len(labels) == len(u.schema.LabelNames) {
		u.bodies(key, v, labels)
		return
	}
	what := u.schema.LabelNames[len(labels)]
	if v.kind != mapping {
		u.diags = append(u.diags, key.error("Missing block label",
			fmt.Sprintf("Below %q there must be a mapping with the %s of each %s block as a key, not %s.", key.value, what, u.schema.Type, v.kind)))
		return
	}
	for _, e := range v.entries {
		if ignored(e.key.value) {
			continue
		}
		ranges := u.ranges
		u.ranges = append(slices.Clip(ranges), e.key.rng())
		u.unpack(e.key, e.value, append(slices.Clip(labels), e.key.value))
		u.ranges = ranges
	}
}

func (u *unpacker) bodies(key, v *node, labels []string) {
	switch v.kind {
	case mapping, null:
		u.block(key, v, labels)
	case sequence:
		for _, item := range v.items {
			if item.kind != mapping && item.kind != null {
				u.diags = append(u.diags, item.error("Mapping required", fmt.Sprintf("Each %s block is a mapping, not %s.", u.schema.Type, item.kind)))
				continue
			}
			u.block(key, item, labels)
		}
	default:
		u.diags = append(u.diags, v.error("Mapping required", fmt.Sprintf("A %s block is a mapping of its arguments, not %s.", u.schema.Type, v.kind)))
	}
}

func (u *unpacker) block(key, v *node, labels []string) {
	block := &hcl.Block{
		Type:        u.schema.Type,
		Labels:      labels,
		Body:        &body{src: u.body.src, docs: []*node{v}, missing: key.rng()},
		DefRange:    key.rng(),
		TypeRange:   u.typeRange,
		LabelRanges: u.ranges,
	}
	u.content.Blocks = append(u.content.Blocks, block)
	if u.body.nav != nil {
		u.body.nav.add(block, max(v.end, key.end))
	}
}

func names(schema *hcl.BodySchema) map[string]bool {
	known := map[string]bool{}
	for _, a := range schema.Attributes {
		known[a.Name] = true
	}
	for _, b := range schema.Blocks {
		known[b.Type] = true
	}
	return known
}

// unsupported words the report of an unknown key as HCL does. Shape does not
// tell arguments from blocks here, so what the key resembles decides.
func unsupported(key *node, schema *hcl.BodySchema, content *hcl.BodyContent) *hcl.Diagnostic {
	var attrs, blocks []string
	for _, a := range schema.Attributes {
		if content.Attributes[a.Name] == nil {
			attrs = append(attrs, a.Name)
		}
	}
	for _, b := range schema.Blocks {
		blocks = append(blocks, b.Type)
	}
	name, hint := key.value, ""
	attr, block := Suggest(name, attrs), Suggest(name, blocks)
	if near := strings.TrimSpace(attr + " " + block); near != "" {
		hint = fmt.Sprintf(" Did you mean %q?", strings.Fields(near)[0])
	}
	if len(schema.Attributes) == 0 || attr == "" && block != "" {
		return key.error("Unsupported block type", fmt.Sprintf("Blocks of type %q are not expected here.%s", name, hint))
	}
	return key.error("Unsupported argument", fmt.Sprintf("An argument named %q is not expected here.%s", name, hint))
}
