package bounded

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// operations are HCL's operators that make numbers, within the range of numbers.
var operations = map[*hclsyntax.Operation]*hclsyntax.Operation{
	hclsyntax.OpAdd:      within(hclsyntax.OpAdd),
	hclsyntax.OpSubtract: within(hclsyntax.OpSubtract),
	hclsyntax.OpMultiply: within(hclsyntax.OpMultiply),
	hclsyntax.OpDivide:   within(hclsyntax.OpDivide),
	hclsyntax.OpModulo:   within(hclsyntax.OpModulo),
	hclsyntax.OpNegate:   within(hclsyntax.OpNegate),
}

func within(op *hclsyntax.Operation) *hclsyntax.Operation {
	return &hclsyntax.Operation{Impl: Numbers(op.Impl), Type: op.Type}
}

// boundArithmetic puts the operators of a tree into bounds. A literal with a
// minus is left as it is: literals were checked, and the form of such a number
// means something to those who read trees.
func boundArithmetic(root hclsyntax.Node) {
	_ = hclsyntax.VisitAll(root, func(n hclsyntax.Node) hcl.Diagnostics {
		switch e := n.(type) {
		case *hclsyntax.BinaryOpExpr:
			if op := operations[e.Op]; op != nil {
				e.Op = op
			}
		case *hclsyntax.UnaryOpExpr:
			if _, literal := e.Val.(*hclsyntax.LiteralValueExpr); !literal && e.Op == hclsyntax.OpNegate {
				e.Op = operations[e.Op]
			}
		}
		return nil
	})
}

// Numbers puts the numbers that a function takes and returns into bounds.
func Numbers(f function.Function) function.Function {
	return function.New(&function.Spec{
		Description: f.Description(),
		Params:      f.Params(),
		VarParam:    f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			for i, a := range args {
				if err := checkShallow(a); err != nil {
					return cty.DynamicPseudoType, function.NewArgError(i, err)
				}
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := f.Call(args)
			if err == nil {
				err = checkShallow(v)
			}
			return v, err
		},
	})
}

// checkShallow checks a number, and the numbers of a list.
func checkShallow(v cty.Value) error {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return nil
	}
	if v.Type() == cty.Number {
		return checkFloat(v.AsBigFloat())
	}
	if t := v.Type(); t.IsTupleType() || (t.IsListType() || t.IsSetType()) && t.ElementType() == cty.Number {
		for it := v.ElementIterator(); it.Next(); {
			if _, e := it.Element(); e.Type() == cty.Number {
				if err := checkShallow(e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
