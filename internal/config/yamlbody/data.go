package yamlbody

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"gopkg.in/yaml.v3"
)

// Decode reads YAML text that is data and not configuration, with what the subset
// refuses. It is one document, null when there is none. Strings are not templates
// there.
func Decode(src []byte) (cty.Value, hcl.Diagnostics) {
	s := newSource("the text", src)
	if d := s.checkSize(yamlValues); d != nil {
		return cty.DynamicVal, hcl.Diagnostics{d}
	}
	if d := s.checkText(); d != nil {
		return cty.DynamicVal, hcl.Diagnostics{d}
	}
	docs, err := decode(src)
	if err != nil {
		return cty.DynamicVal, hcl.Diagnostics{s.syntaxError(err)}
	}
	b := builder{src: s, anchors: map[*yaml.Node]*node{}}
	v := cty.NullVal(cty.DynamicPseudoType)
	for i, doc := range docs {
		n := b.document(doc)
		switch {
		case n == nil:
		case i > 0:
			b.report(n, "Invalid YAML", "One value is read from the text, which is one document.")
		case len(b.diags) == 0:
			v = n.data()
		}
	}
	return v, b.diags
}

// data is the value of a node that is not configuration.
func (n *node) data() cty.Value {
	switch n.kind {
	case boolean:
		return cty.BoolVal(isTrue(n.value))
	case number:
		v, _, _ := n.number() // its text was checked
		return v
	case text:
		return cty.StringVal(n.value)
	case sequence:
		vals := make([]cty.Value, len(n.items))
		for i, item := range n.items {
			vals[i] = item.data()
		}
		return cty.TupleVal(vals)
	case mapping:
		vals := make(map[string]cty.Value, len(n.entries))
		for _, e := range n.entries {
			vals[e.key.value] = e.value.data()
		}
		return cty.ObjectVal(vals)
	default:
		return cty.NullVal(cty.DynamicPseudoType)
	}
}
