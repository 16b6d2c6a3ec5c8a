package config

import (
	"fmt"
	"io"
	"iter"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

// maxRow bounds a row of a table. The desired properties of a twin end at 32 KB,
// so that a longer row is no inventory but a file of another kind.
const maxRow = 1 << 20

// rowFunction is a function that reads a table: a file of rows, each with a key.
// Where for_each is a call of it, the rows are read one by one; anywhere else it
// is an ordinary function, whose value holds the whole table.
type rowFunction struct {
	name string
	// open checks the arguments behind the path and returns the way to read rows.
	open func(args []cty.Value) (rowFormat, error)
	// keyed tells from the same arguments whether the rows have keys; without
	// them the value is a list.
	keyed func(args []cty.Value) bool
	spec  function.Spec // without Type and Impl
}

// rowFormat turns a file into rows. The file's name is left to the caller of
// what it returns to add to errors. Rows that take wants are not turned into values;
// take may be nil.
type rowFormat interface {
	rows(r io.Reader, take func(cells) bool) iter.Seq2[row, error]
}

// row is a line of a table.
type row struct {
	element
	line int // where it starts, from 1
}

// rowFunctions are the functions that read tables.
func rowFunctions() []rowFunction { return []rowFunction{csvMapRows, jsonLinesRows} }

// function is the ordinary function: all rows in one value.
func (f rowFunction) function(dir *directory) function.Function {
	spec := f.spec
	spec.Type = func(args []cty.Value) (cty.Type, error) {
		v, err := f.all(dir, args)
		return v.Type(), err
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.all(dir, args) }
	return function.New(&spec)
}

func (f rowFunction) all(dir *directory, args []cty.Value) (cty.Value, error) {
	for _, a := range args {
		if !a.IsWhollyKnown() {
			return cty.DynamicVal, nil
		}
	}
	format, err := f.open(args[1:])
	if err != nil {
		return cty.DynamicVal, err
	}
	t := table{dir: dir, path: args[0].AsString(), format: format, keyed: f.keyed(args[1:])}
	values := map[string]cty.Value{}
	var list []cty.Value
	for r, err := range t.rows(nil) {
		if err != nil {
			return cty.DynamicVal, function.NewArgError(0, err)
		}
		list = append(list, r.value)
		values[r.key] = r.value
	}
	if t.keyed {
		return cty.ObjectVal(values), nil
	}
	return cty.TupleVal(list), nil
}

// rowsOf recognises an argument that is the call of a row function and returns
// its rows. ok is false for any other expression.
func (c *Config) rowsOf(a *hcl.Attribute, r reader, take func(cells) bool) (rows iter.Seq[element], ok bool) {
	expr, s := unscoped(a.Expr)
	dir := c.dir
	if s != nil {
		dir, r.ctx = s.dir, s.context(r.ctx)
	}
	call := directCall(expr)
	if call == nil || call.ExpandFinal || len(call.Args) == 0 {
		return nil, false
	}
	for _, f := range rowFunctions() {
		if f.name != call.Name {
			continue
		}
		args, ok := f.arguments(call, r.ctx)
		if !ok || !f.keyed(args[1:]) {
			return nil, false // the ordinary way words what is wrong
		}
		format, err := f.open(args[1:])
		if err != nil {
			return nil, false
		}
		t := table{dir: dir, path: args[0].AsString(), format: format, keyed: true}
		return t.elements(call, r, take), true
	}
	return nil, false
}

// elements reports what is wrong with the table as a call of the function would.
func (t table) elements(call *hclsyntax.FunctionCallExpr, r reader, take func(cells) bool) iter.Seq[element] {
	return func(yield func(element) bool) {
		for row, err := range t.rows(take) {
			if err != nil {
				d := errorAt(call.Args[0].StartRange(), "Invalid function argument", fmt.Sprintf("Invalid value for %q parameter: %s.", "path", err))
				d.Context = call.Range().Ptr()
				r.report(d)
				return
			}
			if !yield(row.element) {
				return
			}
		}
	}
}

// arguments evaluates the arguments of a call. ok is false when there is
// anything unusual about them.
func (f rowFunction) arguments(call *hclsyntax.FunctionCallExpr, ctx *hcl.EvalContext) (args []cty.Value, ok bool) {
	for i, arg := range call.Args {
		want := f.spec.VarParam
		if i < len(f.spec.Params) {
			want = &f.spec.Params[i]
		}
		if want == nil {
			return nil, false
		}
		if want.Type == customdecode.ExpressionClosureType {
			args = append(args, customdecode.ExpressionClosureVal(&customdecode.ExpressionClosure{Expression: arg, EvalContext: ctx}))
			continue
		}
		v, diags := arg.Value(ctx)
		if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() || v.Type() != want.Type {
			return nil, false
		}
		args = append(args, v)
	}
	return args, len(args) >= len(f.spec.Params)
}

// directCall is the function call that an expression consists of, in any
// syntax; nil when it is something else.
func directCall(e hcl.Expression) *hclsyntax.FunctionCallExpr {
	if t := yamlbody.Template(e); t != nil {
		e = t
	}
	for {
		switch x := e.(type) {
		case *hclsyntax.FunctionCallExpr:
			return x
		case *hclsyntax.TemplateWrapExpr:
			e = x.Wrapped
		case *hclsyntax.ParenthesesExpr:
			e = x.Expression
		default:
			return nil
		}
	}
}
