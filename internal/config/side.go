package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Side reads files that stand beside the configuration and share its syntaxes
// and functions, but are no part of it, such as tests. It is not safe for
// concurrent use.
type Side struct {
	dir   *directory
	ctx   *hcl.EvalContext
	files map[string]*hcl.File
}

// NewSide reads from a project's directory.
func NewSide(dir string) *Side {
	d := newDirectory(dir)
	return &Side{dir: d, ctx: &hcl.EvalContext{Functions: functions(d)}, files: map[string]*hcl.File{}}
}

// Names lists the files of the project's directory, sorted.
func (s *Side) Names() ([]string, error) { return s.dir.list() }

// Read returns a file by its path in the project.
func (s *Side) Read(name string) ([]byte, error) { return s.dir.file(name) }

// Files are the sources that diagnostics refer to, by name.
func (s *Side) Files() map[string]*hcl.File { return s.files }

// Parse reads a file in the syntax that its name tells. The file is nil when it
// cannot be read.
func (s *Side) Parse(name string) (*hcl.File, hcl.Diagnostics) {
	src, err := s.dir.file(name)
	if err != nil {
		return nil, hcl.Diagnostics{cannotRead(name, err)}
	}
	f, diags := parse(name, src)
	s.files[name] = &hcl.File{Bytes: src}
	if f != nil {
		s.files[name] = f
	}
	return f, diags
}

// Arguments reads arguments that may use functions only, and reports through the
// given function.
func (s *Side) Arguments(report func(...*hcl.Diagnostic)) Arguments {
	return Arguments{reader{ctx: s.ctx, report: report}}
}

// Arguments evaluates arguments and reports what is wrong with them. ok is false
// for an argument that is not written, null or wrong.
type Arguments struct{ r reader }

// Value evaluates an argument of any type; null is a value.
func (a Arguments) Value(attr *hcl.Attribute) (v cty.Value, ok bool) { return a.r.raw(attr) }

// Text reads a string.
func (a Arguments) Text(attr *hcl.Attribute) (text string, ok bool) { return a.r.text(attr) }

// Flag reads a bool.
func (a Arguments) Flag(attr *hcl.Attribute) (value, ok bool) { return a.r.flag(attr) }

// Integer reads a whole number of at least low.
func (a Arguments) Integer(attr *hcl.Attribute, low int) (n int, ok bool) {
	return a.r.integer(attr, low)
}

// Texts reads a list of strings.
func (a Arguments) Texts(attr *hcl.Attribute) []string { return a.r.texts(attr) }

// Object reads tags or desired properties, in the types that schema speaks.
func (a Arguments) Object(attr *hcl.Attribute) map[string]any { return a.r.object(attr) }

// Repeated is an instance of a block with for_each: its arguments may use each.
// Without for_each there is one, and Key is nil.
type Repeated struct {
	Arguments
	Key *string
}

// Repeat evaluates a for_each argument as the configuration does. A wrong one is
// reported and has no instances.
func (a Arguments) Repeat(attr *hcl.Attribute) []Repeated {
	if attr == nil {
		return []Repeated{{Arguments: a}}
	}
	var list []Repeated
	for _, m := range expand(attr, a.r) {
		ctx := a.r.ctx.NewChild()
		ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(m.key), "value": m.value})}
		list = append(list, Repeated{Arguments: Arguments{reader{ctx: ctx, report: a.r.report}}, Key: &m.key})
	}
	return list
}

// Scope is what expressions about the project may use: var, local, output and
// functions. Variables that are added to it stay in it.
func (c *Config) Scope() *hcl.EvalContext {
	ctx := c.root.NewChild()
	ctx.Variables = map[string]cty.Value{"output": c.outputValue()}
	return ctx
}

// Show writes a value as HCL for a message. Secret and sensitive values are not
// shown.
func Show(v cty.Value) string { return show(v) }
