package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

// declarations are the names that references may lead to, by the word before
// the dot. A scope may hold fewer of them.
type declarations map[string][]string

// explain adds to a report of the expression evaluator what it cannot know: the
// name that was meant, and what to do.
func (names declarations) explain(d *hcl.Diagnostic) *hcl.Diagnostic {
	better := *d
	if d.EvalContext == nil {
		labels(&better)
		return &better
	}
	switch e := d.Expression.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		names.reference(&better, e.Traversal)
	case *hclsyntax.RelativeTraversalExpr:
		names.relative(&better, e)
	case *hclsyntax.ObjectConsKeyExpr:
		if d.Summary == "Null value as key" {
			better.Subject = e.Range().Ptr() // HCL points at the value
		}
	case *hclsyntax.FunctionCallExpr:
		if d.Summary == "Call to unknown function" {
			better.Detail = fmt.Sprintf("There is no function named %q.%s", e.Name, hint(e.Name, functionNames(d.EvalContext)))
		}
	}
	return &better
}

// labels gives one summary to what HCL words anew for each type of block.
func labels(d *hcl.Diagnostic) {
	switch {
	case strings.HasPrefix(d.Summary, "Missing name for "), strings.HasPrefix(d.Summary, "Missing id for "):
		d.Summary = "Missing block label"
	case strings.HasPrefix(d.Summary, "Extraneous label for "):
		d.Summary = "Extra block label"
	}
}

func (names declarations) reference(d *hcl.Diagnostic, ref hcl.Traversal) {
	switch d.Summary {
	case "Unknown variable":
		d.Detail = unknownRoot(ref.RootName(), d.EvalContext)
	case "Variables not allowed":
		d.Detail = "Only constants and functions can be used here: variables and local values are not known yet, or not for this purpose."
	case "Unsupported attribute", "Invalid index", "Missing map element":
		if !names.undeclared(d, ref) {
			d.Detail += suggestStep(ref, d.EvalContext)
		}
	}
}

func (names declarations) relative(d *hcl.Diagnostic, e *hclsyntax.RelativeTraversalExpr) {
	if _, splat := e.Source.(*hclsyntax.AnonSymbolExpr); splat || d.Summary != "Unsupported attribute" {
		return // the symbol has a value only while the splat is under evaluation
	}
	v, diags := e.Source.Value(d.EvalContext)
	if diags.HasErrors() {
		return
	}
	inner := hcl.EvalContext{Variables: map[string]cty.Value{"": v}}
	d.Detail += suggestStep(slices.Concat(hcl.Traversal{hcl.TraverseRoot{}}, e.Traversal), &inner)
}

// unknownRoot says what the first word of a reference can be.
func unknownRoot(name string, ctx *hcl.EvalContext) string {
	if name == "each" {
		return "each.key and each.value exist only where there is an instance: in a block with for_each, in its modules, and in profiles that they use."
	}
	var roots []string
	for ; ctx != nil; ctx = ctx.Parent() {
		roots = append(roots, sortedNames(ctx.Variables)...)
	}
	slices.Sort(roots)
	roots = slices.Compact(roots)
	if s := hint(name, roots); s != "" {
		return fmt.Sprintf("There is no variable named %q.%s", name, s)
	}
	return fmt.Sprintf("There is no variable named %q. References begin with one of: %s. Text must stand in quotes.", name, strings.Join(roots, ", "))
}

// undeclared words a reference to a variable or local that nobody declares.
func (names declarations) undeclared(d *hcl.Diagnostic, ref hcl.Traversal) bool {
	what := "variable"
	if ref.RootName() == "local" {
		what = "local value"
	}
	known, ok := names[ref.RootName()]
	if !ok || len(ref) < 2 {
		return false
	}
	name, ok := stepName(ref[1])
	if !ok || slices.Contains(known, name) {
		return false
	}
	d.Summary = "Undeclared " + what
	d.Detail = fmt.Sprintf("No %s is named %q.", what, name)
	if s := hint(name, known); s != "" {
		d.Detail += s
	} else {
		d.Detail += fmt.Sprintf(" Declare the %s, or correct the name.", what)
	}
	return true
}

// suggestStep finds the step of a reference that leads nowhere, and the name
// that may be meant.
func suggestStep(ref hcl.Traversal, ctx *hcl.EvalContext) string {
	for n := len(ref) - 1; n > 0; n-- {
		v, diags := ref[:n].TraverseAbs(ctx)
		if diags.HasErrors() {
			continue
		}
		name, ok := stepName(ref[n])
		v, marks := v.Unmark()
		if !ok || len(marks) > 0 || !mergeable(v) {
			return ""
		}
		return hint(name, Members(v))
	}
	return ""
}

// stepName is the name that a step of a reference looks up, if it does.
func stepName(step hcl.Traverser) (string, bool) {
	switch s := step.(type) {
	case hcl.TraverseAttr:
		return s.Name, true
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String && s.Key.IsKnown() && !s.Key.IsNull() && !s.Key.IsMarked() {
			return s.Key.AsString(), true
		}
	}
	return "", false
}

// Absent finds the first reference of an expression that leads nowhere: to
// which object it leads, what is looked up there, and what the object holds.
func Absent(e hcl.Expression, ctx *hcl.EvalContext) (object hcl.Traversal, name string, members []string, ok bool) {
	for _, t := range e.Variables() {
		for n := 1; n < len(t); n++ {
			v, diags := t[:n].TraverseAbs(ctx)
			name, ok := stepName(t[n])
			if diags.HasErrors() || !ok || !mergeable(v) || !v.Type().IsObjectType() || v.Type().HasAttribute(name) {
				continue
			}
			return t[:n], name, Members(v), true
		}
	}
	return nil, "", nil, false
}

func functionNames(ctx *hcl.EvalContext) []string {
	var names []string
	for ; ctx != nil; ctx = ctx.Parent() {
		names = append(names, sortedNames(ctx.Functions)...)
	}
	no := refused()
	return slices.DeleteFunc(names, func(name string) bool { return no[name] != "" })
}

// hint asks for the name that was meant.
func hint(given string, names []string) string {
	if s := yamlbody.Suggest(given, names); s != "" {
		return fmt.Sprintf(" Did you mean %q?", s)
	}
	return ""
}
