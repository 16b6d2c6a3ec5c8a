package yamlbody

import (
	"github.com/hashicorp/hcl/v2"
	"gopkg.in/yaml.v3"
)

// Check reads YAML text that is data and not configuration, and reports what the
// subset refuses. Strings are not templates there.
func Check(src []byte) hcl.Diagnostics {
	s := newSource("the text", src)
	if d := s.checkText(); d != nil {
		return hcl.Diagnostics{d}
	}
	docs, err := decode(src)
	if err != nil {
		return hcl.Diagnostics{s.syntaxError(err)}
	}
	b := builder{src: s, anchors: map[*yaml.Node]*node{}}
	for _, doc := range docs {
		b.document(doc)
	}
	return b.diags
}
