package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

// DiagnosticsError carries diagnostics through an error.
type DiagnosticsError struct{ Diagnostics Diagnostics }

func (e *DiagnosticsError) Error() string { return e.Diagnostics.Error() }

func errorAt(r hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &r}
}

func errorNowhere(summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}
}

// collector gathers diagnostics. The same mistake in many instances of a block
// is one diagnostic, which names the first instance and counts the others.
type collector struct {
	found  []*finding
	index  map[string]*finding
	errors int
}

type finding struct {
	diag  *hcl.Diagnostic
	where string // instance, empty outside of instances
	more  map[string]bool
}

// add takes diagnostics. where says in which instance they came up.
func (c *collector) add(where string, diags ...*hcl.Diagnostic) {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			c.errors++
		}
		d = suggestName(d)
		key := findingKey(where, d)
		if f := c.index[key]; f != nil {
			if where != f.where {
				f.more[where] = true
			}
			continue
		}
		if c.index == nil {
			c.index = map[string]*finding{}
		}
		f := &finding{diag: d, where: where, more: map[string]bool{}}
		c.index[key] = f
		c.found = append(c.found, f)
	}
}

// findingKey tells equal diagnostics. Inside instances the detail may name
// values that differ, so that the place alone decides.
func findingKey(where string, d *hcl.Diagnostic) string {
	key := fmt.Sprint(d.Severity, d.Summary)
	if d.Subject != nil {
		key += d.Subject.String()
	}
	if where == "" || d.Subject == nil {
		key += "\x00" + d.Detail
	}
	return key
}

// diagnostics lists what was found, in order of files and lines. Values of
// sensitive variables are blotted out.
func (c *collector) diagnostics(sensitive []string) hcl.Diagnostics {
	list := make(hcl.Diagnostics, 0, len(c.found))
	for _, f := range c.found {
		d := *f.diag
		d.Detail = f.detail()
		for _, s := range sensitive {
			d.Detail = strings.ReplaceAll(d.Detail, s, "(sensitive value)")
		}
		list = append(list, &d)
	}
	slices.SortStableFunc(list, compareDiagnostics)
	return list
}

func (f *finding) detail() string {
	detail := f.diag.Detail
	if f.where == "" {
		return detail
	}
	if detail != "" {
		detail += "\n\n"
	}
	detail += "In " + f.where
	switch n := len(f.more); {
	case n == 1:
		detail += " and in 1 more instance"
	case n > 1:
		detail += fmt.Sprintf(" and in %d more instances", n)
	}
	return detail + "."
}

func compareDiagnostics(a, b *hcl.Diagnostic) int {
	x, y := hcl.Range{}, hcl.Range{}
	if a.Subject != nil {
		x = *a.Subject
	}
	if b.Subject != nil {
		y = *b.Subject
	}
	return cmp.Or(
		strings.Compare(x.Filename, y.Filename),
		cmp.Compare(x.Start.Byte, y.Start.Byte),
		strings.Compare(a.Summary, b.Summary),
		strings.Compare(a.Detail, b.Detail),
	)
}

// suggestName adds the nearest name to the report of a reference that leads
// nowhere.
func suggestName(d *hcl.Diagnostic) *hcl.Diagnostic {
	ref, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr)
	if !ok || d.Summary != "Unsupported attribute" || d.EvalContext == nil {
		return d
	}
	for n := len(ref.Traversal) - 1; n > 0; n-- {
		v, diags := ref.Traversal[:n].TraverseAbs(d.EvalContext)
		attr, isAttr := ref.Traversal[n].(hcl.TraverseAttr)
		if diags.HasErrors() || !isAttr || !v.Type().IsObjectType() {
			continue
		}
		if s := yamlbody.Suggest(attr.Name, sortedNames(v.Type().AttributeTypes())); s != "" {
			better := *d
			better.Detail += fmt.Sprintf(" Did you mean %q?", s)
			return &better
		}
		return d
	}
	return d
}
