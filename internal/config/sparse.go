package config

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/twinset/twinset/internal/config/bounded"
)

// sparse is a body without most of what the schema does not know, if that is
// very much: HCL looks for a similar name for each.
func sparse(body hcl.Body, schema *hcl.BodySchema) hcl.Body {
	switch b := body.(type) {
	case *hclsyntax.Body:
		return sparseHCL(b, schema)
	case scopedBody:
		b.Body = sparse(b.Body, schema)
		return b
	default:
		return body
	}
}

func sparseHCL(b *hclsyntax.Body, schema *hcl.BodySchema) *hclsyntax.Body {
	if len(b.Attributes)+len(b.Blocks) <= bounded.MaxErrors {
		return b
	}
	known := map[string]bool{}
	for _, a := range schema.Attributes {
		known[a.Name] = true
	}
	for _, block := range schema.Blocks {
		known[block.Type] = true
	}
	var unknown []*hclsyntax.Attribute
	for name, a := range b.Attributes {
		if !known[name] {
			unknown = append(unknown, a)
		}
	}
	blocks := b.Blocks
	if n := len(blocks); n > bounded.MaxErrors {
		left := bounded.MaxErrors
		blocks = slices.DeleteFunc(slices.Clone(blocks), func(block *hclsyntax.Block) bool {
			if !known[block.Type] {
				left--
			}
			return left < 0 && !known[block.Type]
		})
	}
	if len(unknown) <= bounded.MaxErrors && len(blocks) == len(b.Blocks) {
		return b
	}
	slices.SortFunc(unknown, func(x, y *hclsyntax.Attribute) int { return cmp.Compare(x.SrcRange.Start.Byte, y.SrcRange.Start.Byte) })
	some := *b
	some.Blocks = blocks
	some.Attributes = hclsyntax.Attributes{}
	for name, a := range b.Attributes {
		if known[name] {
			some.Attributes[name] = a
		}
	}
	for _, a := range unknown[:min(len(unknown), bounded.MaxErrors)] {
		some.Attributes[a.Name] = a
	}
	return &some
}
