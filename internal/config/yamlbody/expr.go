package yamlbody

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/twinset/twinset/internal/config/bounded"
)

// expression implements hcl.Expression over a node.
type expression struct{ n *node }

// Value evaluates the templates inside the node.
func (e *expression) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) { return e.n.eval(ctx) }

// Variables lists the references of all templates inside the node.
func (e *expression) Variables() []hcl.Traversal { return e.n.variables(nil) }

// Range covers the node.
func (e *expression) Range() hcl.Range { return e.n.rng() }

// StartRange is the start of a collection, all of a scalar.
func (e *expression) StartRange() hcl.Range { return e.n.startRange() }

func (n *node) eval(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if n.constant != nil {
		return *n.constant, nil
	}
	v, constant, diags := n.compute(ctx)
	if constant && !diags.HasErrors() {
		n.constant = &v
	}
	return v, diags
}

// compute evaluates the node and tells whether the value holds in any context.
func (n *node) compute(ctx *hcl.EvalContext) (v cty.Value, constant bool, diags hcl.Diagnostics) {
	switch n.kind {
	case boolean:
		return cty.BoolVal(isTrue(n.value)), true, nil
	case number:
		return n.number()
	case text:
		return n.text(ctx)
	case sequence:
		return n.tuple(ctx)
	case mapping:
		return n.object(ctx)
	default:
		return cty.NullVal(cty.DynamicPseudoType), true, nil
	}
}

func (n *node) number() (cty.Value, bool, hcl.Diagnostics) {
	v, err := cty.ParseNumberVal(n.value)
	if err != nil {
		return cty.DynamicVal, true, hcl.Diagnostics{n.error("Invalid number", fmt.Sprintf("Cannot read %s as a number: %s.", n.value, err))}
	}
	return v, true, nil
}

func (n *node) text(ctx *hcl.EvalContext) (cty.Value, bool, hcl.Diagnostics) {
	t := n.parse()
	if t.diags.HasErrors() {
		return cty.DynamicVal, false, t.diags
	}
	if t.expr == nil {
		return cty.StringVal(n.value), true, nil
	}
	v, diags := t.expr.Value(ctx)
	return v, false, diags
}

func (n *node) tuple(ctx *hcl.EvalContext) (cty.Value, bool, hcl.Diagnostics) {
	constant := true
	var diags hcl.Diagnostics
	vals := make([]cty.Value, len(n.items))
	for i, item := range n.items {
		v, d := item.eval(ctx)
		vals[i] = v
		diags = append(diags, d...)
		constant = constant && item.constant != nil
	}
	return cty.TupleVal(vals), constant, diags
}

func (n *node) object(ctx *hcl.EvalContext) (cty.Value, bool, hcl.Diagnostics) {
	constant, known := true, true
	var diags hcl.Diagnostics
	var marks []cty.ValueMarks
	vals := make(map[string]cty.Value, len(n.entries))
	for _, e := range n.entries {
		key, m, ok, d := e.key.keyValue(ctx)
		diags = append(diags, d...)
		v, d := e.value.eval(ctx)
		diags = append(diags, d...)
		constant = constant && e.key.constant != nil && e.value.constant != nil
		known = known && ok
		marks = append(marks, m)
		vals[key] = v
	}
	if !known {
		return cty.DynamicVal, false, diags
	}
	return cty.ObjectVal(vals).WithMarks(marks...), constant, diags
}

// keyValue evaluates the key of a mapping. ok is false when the key is not known.
func (n *node) keyValue(ctx *hcl.EvalContext) (key string, marks cty.ValueMarks, ok bool, diags hcl.Diagnostics) {
	v, diags := n.eval(ctx)
	if diags.HasErrors() {
		return "", nil, false, diags
	}
	v, marks = v.Unmark()
	if v.IsNull() {
		return "", nil, false, n.wrongKey(ctx, "Null value as key", "Can't use a null value as a key.")
	}
	v, err := convert.Convert(v, cty.String)
	if err != nil {
		return "", nil, false, n.wrongKey(ctx, "Incorrect key type", fmt.Sprintf("Can't use this value as a key: %s.", err))
	}
	if !v.IsKnown() {
		return "", nil, false, nil
	}
	return v.AsString(), marks, true, nil
}

func (n *node) wrongKey(ctx *hcl.EvalContext, summary, detail string) hcl.Diagnostics {
	d := n.error(summary, detail)
	d.Expression, d.EvalContext = &expression{n}, ctx
	return hcl.Diagnostics{d}
}

func (n *node) variables(list []hcl.Traversal) []hcl.Traversal {
	switch n.kind {
	case text:
		if t := n.parse(); t.expr != nil {
			list = append(list, t.expr.Variables()...)
		}
	case sequence:
		for _, item := range n.items {
			list = item.variables(list)
		}
	case mapping:
		for _, e := range n.entries {
			list = e.value.variables(e.key.variables(list))
		}
	default:
	}
	return list
}

// parse parses the text of a string as a template, once.
func (n *node) parse() *template {
	t := &n.template
	if t.parsed {
		return t
	}
	t.parsed = true
	if !strings.Contains(n.value, "${") && !strings.Contains(n.value, "%{") {
		return t
	}
	t.expr, t.diags = n.parseAs(bounded.ParseTemplate)
	if t.diags.HasErrors() {
		n.explain(t.diags)
	}
	return t
}

type parseFunc func(src []byte, filename string, start hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics)

// parseAs parses the text such that all positions are those of the file.
func (n *node) parseAs(parse parseFunc) (hclsyntax.Expression, hcl.Diagnostics) {
	at, _ := align(n.src.b, n.start, n.style, n.value)
	if linear(at) {
		return parse([]byte(n.value), n.src.name, n.src.pos(at[0]))
	}
	expr, diags := parse([]byte(n.value), n.src.name, hcl.InitialPos)
	r := remapper{src: n.src, at: at}
	r.diagnostics(diags)
	if expr != nil {
		r.expression(expr)
	}
	return expr, diags
}

// explain adds what YAML may have done to the text of a broken template.
func (n *node) explain(diags hcl.Diagnostics) {
	if n.style != plain || n.end >= len(n.src.b) {
		return
	}
	rest := strings.TrimLeft(string(n.src.b[n.end:n.src.lineEnd(n.end)]), " \t")
	if strings.HasPrefix(rest, "#") {
		diags[0].Detail += " In YAML \" #\" starts a comment, which cut the value off here: put the value in single quotes."
	}
}

// parseTemplates parses all templates below the node, so that their syntax
// errors are known as early as those of HCL files. What stands below ignored
// keys is left for when it is used.
func (n *node) parseTemplates() hcl.Diagnostics {
	switch n.kind {
	case text:
		return n.parse().diags
	case sequence:
		var diags hcl.Diagnostics
		for _, item := range n.items {
			diags = append(diags, item.parseTemplates()...)
		}
		return diags
	case mapping:
		var diags hcl.Diagnostics
		for _, e := range n.entries {
			if ignored(e.key.value) {
				continue
			}
			diags = append(diags, e.key.parseTemplates()...)
			diags = append(diags, e.value.parseTemplates()...)
		}
		return diags
	default:
		return nil
	}
}
