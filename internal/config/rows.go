package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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
// what it returns to add to errors.
type rowFormat interface {
	rows(r io.Reader) iter.Seq2[row, error]
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
	for r, err := range t.rows() {
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

// table is the rows of a file.
type table struct {
	dir    *directory
	path   string
	format rowFormat
	keyed  bool
}

// rows reads the table from its beginning. Rows that repeat a key are an error,
// which comes last. A table without rows is an error too: an empty inventory
// would silently be an empty fleet.
func (t table) rows() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		seen, count := newKeySet(), 0
		for r, err := range t.read() {
			if err == nil && t.keyed {
				seen.add(r.key)
			}
			if !yield(r, err) || err != nil {
				return
			}
			count++
		}
		if count == 0 {
			yield(row{}, fmt.Errorf("the file %q has no data row, which would be an empty fleet", t.path))
			return
		}
		if err := t.repeats(seen.repeated()); err != nil {
			yield(row{}, err)
		}
	}
}

// repeats reads the table a second time if there may be rows that repeat a key,
// and says which.
func (t table) repeats(suspect func(key string) bool) error {
	if suspect == nil {
		return nil
	}
	lines := map[string]int{}
	var first error
	more := 0
	for r, err := range t.read() {
		switch {
		case err != nil:
			return err
		case !suspect(r.key):
			continue
		}
		line, again := lines[r.key]
		switch {
		case !again:
			lines[r.key] = r.line
		case first == nil:
			first = fmt.Errorf("the key %q is in line %d of %s and again in line %d", r.key, line, t.path, r.line)
		default:
			more++
		}
	}
	if more > 0 {
		return fmt.Errorf("%w (rows that repeat a key: %d)", first, more+1)
	}
	return first
}

// read opens the file and returns its rows as they are.
func (t table) read() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		f, err := t.dir.open(t.path)
		if err != nil {
			yield(row{}, err)
			return
		}
		defer func() { _ = f.Close() }()
		for r, err := range t.format.rows(&rowLimit{r: f}) {
			if err != nil {
				yield(row{}, t.explain(err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// open opens a file of the project as file does, but to be read bit by bit.
func (d *directory) open(name string) (io.ReadCloser, error) {
	name, err := d.local(name)
	if err != nil {
		return nil, err
	}
	root, err := d.root()
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	f, err := root.Open(name)
	if err != nil {
		return nil, d.explain(name, err)
	}
	return f, nil
}

// lineError is a mistake in a line of a table.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

func (t table) explain(err error) error {
	var at *lineError
	var p *fs.PathError
	switch {
	case errors.As(err, &at):
		return fmt.Errorf("line %d of %s: %w", at.line, t.path, at.err)
	case errors.As(err, &p):
		return fileError(t.path, err)
	default:
		return fmt.Errorf("%s: %w", t.path, err)
	}
}

// rowLimit ends a file at a line that is too long.
type rowLimit struct {
	r    io.Reader
	line int // bytes since the last line break
}

var errLongRow = fmt.Errorf("a line is longer than %d MiB", maxRow>>20)

func (l *rowLimit) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for _, c := range p[:n] {
		l.line++
		if c == '\n' {
			l.line = 0
		}
		if l.line > maxRow {
			return 0, errLongRow
		}
	}
	return n, err
}

// rowsOf recognises an argument that is the call of a row function and returns
// its rows. ok is false for any other expression.
func (c *Config) rowsOf(a *hcl.Attribute, r reader) (rows iter.Seq[element], ok bool) {
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
		return t.elements(call, r), true
	}
	return nil, false
}

// elements reports what is wrong with the table as a call of the function would.
func (t table) elements(call *hclsyntax.FunctionCallExpr, r reader) iter.Seq[element] {
	return func(yield func(element) bool) {
		for row, err := range t.rows() {
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
