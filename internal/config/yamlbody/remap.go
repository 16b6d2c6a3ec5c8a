package yamlbody

import (
	"reflect"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// remapper moves the positions of an expression from the decoded text, where it
// was parsed, to the file. at holds the file's offset for each byte of the text.
type remapper struct {
	src  *source
	at   []int
	seen map[hclsyntax.Node]bool
}

func (r *remapper) offset(b int) int { return r.at[min(max(b, 0), len(r.at)-1)] }

func (r *remapper) rng(g hcl.Range) hcl.Range {
	start, end := r.offset(g.Start.Byte), r.offset(g.End.Byte)
	if g.End.Byte > g.Start.Byte {
		// The end is after the last byte, not before what follows the text.
		end = max(min(r.offset(g.End.Byte-1)+1, end), start)
	}
	return r.src.rng(start, end)
}

func (r *remapper) diagnostics(diags hcl.Diagnostics) {
	for _, d := range diags {
		if d.Subject != nil {
			g := r.rng(*d.Subject)
			d.Subject = &g
		}
		if d.Context != nil {
			g := r.rng(*d.Context)
			d.Context = &g
		}
	}
}

// expression rewrites every position in the tree.
func (r *remapper) expression(root hclsyntax.Node) {
	if r.seen == nil {
		r.seen = map[hclsyntax.Node]bool{}
	}
	_ = hclsyntax.VisitAll(root, func(n hclsyntax.Node) hcl.Diagnostics {
		r.node(n)
		return nil
	})
}

func (r *remapper) node(n hclsyntax.Node) {
	v := reflect.ValueOf(n)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct || r.seen[n] {
		return
	}
	r.seen[n] = true
	for _, f := range v.Elem().Fields() {
		if f.CanSet() {
			r.field(f)
		}
	}
	if key, ok := n.(*hclsyntax.ObjectConsKeyExpr); ok {
		r.expression(key.Wrapped) // a literal key is no child for VisitAll
	}
}

func (r *remapper) field(f reflect.Value) {
	switch g := f.Interface().(type) {
	case hcl.Range:
		f.Set(reflect.ValueOf(r.rng(g)))
	case []hcl.Range:
		for i := range g {
			g[i] = r.rng(g[i])
		}
	case hcl.Traversal:
		for i := range g {
			g[i] = r.step(g[i])
		}
	}
}

func (r *remapper) step(s hcl.Traverser) hcl.Traverser {
	switch s := s.(type) {
	case hcl.TraverseRoot:
		s.SrcRange = r.rng(s.SrcRange)
		return s
	case hcl.TraverseAttr:
		s.SrcRange = r.rng(s.SrcRange)
		return s
	case hcl.TraverseIndex:
		s.SrcRange = r.rng(s.SrcRange)
		return s
	default:
		return s
	}
}
