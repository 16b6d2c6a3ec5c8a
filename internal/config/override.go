package config

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// isOverride tells whether a configuration file changes what others declare.
func isOverride(name string) bool {
	stem, _, _ := strings.Cut(path.Base(name), ".twin.")
	return stem == "override" || strings.HasSuffix(stem, "_override")
}

// override lays the blocks of override files, in order, over the blocks of the
// same type and labels.
func (l *loader) override(p *part, over []*hcl.Block) {
	l.unfold(p, over)
	index := map[string]*hcl.Block{}
	for _, b := range p.blocks {
		if key := blockName(b); index[key] == nil {
			index[key] = b
		}
	}
	for _, b := range over {
		switch base := index[blockName(b)]; {
		case b.Type == localsDef.Type:
			l.overrideLocals(p, b)
		case b.Type == importDef.Type || b.Type == movedDef.Type || b.Type == removedDef.Type:
			l.add(errorAt(b.DefRange, "Nothing to override", fmt.Sprintf("An override file changes what other files declare, and a block of type %s has no name to find it by. Put it into another file.", b.Type)))
		case base == nil:
			l.add(nothingToOverride(b, p.labels(b.Type)))
		default:
			base.Body = &overridden{base: base.Body, over: b.Body}
		}
	}
}

// unfold turns the device blocks of large files that are overridden from text
// into blocks.
func (l *loader) unfold(p *part, over []*hcl.Block) {
	labels := map[string]bool{}
	for _, b := range over {
		if b.Type == deviceDef.Type {
			labels[b.Labels[0]] = true
		}
	}
	for _, f := range p.large {
		for _, c := range f.devices {
			if len(labels) == 0 || !labels[f.label(c)] {
				continue
			}
			b, diags := f.block(c)
			l.report(diags)
			if b != nil {
				p.blocks = append(p.blocks, b)
				f.unfolded = append(f.unfolded, c)
			}
		}
	}
}

// overrideLocals replaces local values by name, whichever block declares them.
func (l *loader) overrideLocals(p *part, over *hcl.Block) {
	attrs, diags := over.Body.JustAttributes()
	l.report(diags)
	declared := map[string]bool{}
	for _, b := range p.blocks {
		if b.Type != localsDef.Type {
			continue
		}
		own, _ := b.Body.JustAttributes() // what is wrong with it is said when it is decoded
		for name := range own {
			declared[name] = true
		}
		b.Body = &overridden{base: b.Body, over: over.Body}
	}
	for _, name := range sortedNames(attrs) {
		if !declared[name] {
			l.add(errorAt(attrs[name].NameRange, "Nothing to override",
				fmt.Sprintf("An override file changes what other files declare, and none declares the local value %q.%s", name, near(name, sortedNames(declared)))))
		}
	}
}

// blockName is the type and the label of a block, as HCL writes them.
func blockName(b *hcl.Block) string {
	if len(b.Labels) == 0 {
		return b.Type
	}
	return fmt.Sprintf("%s %q", b.Type, b.Labels[0])
}

func nothingToOverride(b *hcl.Block, labels []string) *hcl.Diagnostic {
	given := ""
	if len(b.Labels) > 0 {
		given = b.Labels[0]
	}
	return errorAt(b.DefRange, "Nothing to override",
		fmt.Sprintf("An override file changes what other files declare, and none declares %s.%s", blockName(b), near(given, labels)))
}

// near names what may be meant, or the few names that there are.
func near(given string, names []string) string {
	const few = 6
	if s := hint(given, names); s != "" || len(names) == 0 {
		return s
	}
	more := ""
	if len(names) > few {
		names, more = names[:few], ", ..."
	}
	return " Declared: " + strings.Join(names, ", ") + more + "."
}

// overridden is a body with another one laid over it. Arguments replace
// arguments. Blocks with a label are matched by it; of the other types all
// blocks are replaced.
type overridden struct{ base, over hcl.Body }

// Content decodes both bodies. What is required may stand in either.
func (o *overridden) Content(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	free := optional(schema)
	low, diags := o.base.Content(free)
	high, more := o.over.Content(free)
	content, rest := merge(schema, low, high)
	return content, slices.Concat(diags, more, rest)
}

// PartialContent decodes what the schema knows and leaves the rest.
func (o *overridden) PartialContent(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	free := optional(schema)
	low, base, diags := o.base.PartialContent(free)
	high, over, more := o.over.PartialContent(free)
	content, rest := merge(schema, low, high)
	return content, &overridden{base, over}, slices.Concat(diags, more, rest)
}

// JustAttributes takes every argument of the base, with the value that is laid
// over it. It adds none.
func (o *overridden) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	low, diags := o.base.JustAttributes()
	high, more := o.over.JustAttributes()
	out := maps.Clone(low)
	for name := range low {
		if high[name] != nil {
			out[name] = high[name]
		}
	}
	return out, append(diags, more...)
}

// MissingItemRange is where something could be added to the base.
func (o *overridden) MissingItemRange() hcl.Range { return o.base.MissingItemRange() }

func optional(schema *hcl.BodySchema) *hcl.BodySchema {
	free := &hcl.BodySchema{Attributes: slices.Clone(schema.Attributes), Blocks: schema.Blocks}
	for i := range free.Attributes {
		free.Attributes[i].Required = false
	}
	return free
}

func merge(schema *hcl.BodySchema, low, high *hcl.BodyContent) (*hcl.BodyContent, hcl.Diagnostics) {
	out := &hcl.BodyContent{Attributes: hcl.Attributes{}, MissingItemRange: low.MissingItemRange}
	maps.Copy(out.Attributes, low.Attributes)
	maps.Copy(out.Attributes, high.Attributes)
	var diags hcl.Diagnostics
	for _, a := range schema.Attributes {
		if a.Required && out.Attributes[a.Name] == nil {
			diags = append(diags, errorAt(low.MissingItemRange, "Missing required argument", fmt.Sprintf("The argument %q is required, but no definition was found.", a.Name)))
		}
	}
	replaced := map[string]bool{}
	for _, b := range high.Blocks {
		replaced[b.Type] = len(b.Labels) == 0
	}
	for _, b := range low.Blocks {
		if !replaced[b.Type] {
			out.Blocks = append(out.Blocks, b)
		}
	}
	for _, b := range high.Blocks {
		if replaced[b.Type] {
			out.Blocks = append(out.Blocks, b)
			continue
		}
		diags = append(diags, lay(b, out.Blocks)...)
	}
	return out, diags
}

// lay puts a block with a label over the one that it names.
func lay(b *hcl.Block, blocks hcl.Blocks) hcl.Diagnostics {
	var labels []string
	for _, base := range blocks {
		if blockName(base) == blockName(b) {
			base.Body = &overridden{base: base.Body, over: b.Body}
			return nil
		}
		if base.Type == b.Type {
			labels = append(labels, base.Labels[0])
		}
	}
	return hcl.Diagnostics{nothingToOverride(b, labels)}
}
