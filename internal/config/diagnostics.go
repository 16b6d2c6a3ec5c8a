package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
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
	found    []*finding
	index    map[string]*finding
	errors   int
	more     int // that are not told
	declared declarations
}

// maxFindings is how many diagnostics are told. Nobody reads more.
const maxFindings = 1000

type finding struct {
	diag   *hcl.Diagnostic
	values shownValues
	where  string // instance, empty outside of instances
	more   map[string]bool
}

// add takes diagnostics. where says in which instance they came up.
func (c *collector) add(where string, diags ...*hcl.Diagnostic) {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			c.errors++
		}
		if len(c.found) >= maxFindings && where == "" {
			c.more++
			continue
		}
		if where == "" {
			d = c.declared.explain(d) // the key holds what it says
		}
		key := findingKey(where, d)
		if f := c.index[key]; f != nil {
			if where != f.where {
				f.more[where] = true
			}
			continue
		}
		if len(c.found) >= maxFindings {
			c.more++
			continue
		}
		if c.index == nil {
			c.index = map[string]*finding{}
		}
		if where != "" {
			d = c.declared.explain(d)
		}
		f := &finding{diag: d, values: newShownValues(involvedIn(d), d.Extra), where: where, more: map[string]bool{}}
		c.index[key] = f
		c.found = append(c.found, f)
	}
}

// declare tells which names references with this root may lead to.
func (c *collector) declare(root string, names []string) {
	if c.declared == nil {
		c.declared = declarations{}
	}
	c.declared[root] = names
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
		d.Detail = blot(f.detail(), sensitive)
		d.Extra = f.values.blot(sensitive)
		d.Expression, d.EvalContext = nil, nil // the values are known by now
		list = append(list, &d)
	}
	slices.SortStableFunc(list, compareDiagnostics)
	if c.more > 0 {
		list = append(list, errorNowhere("Too many mistakes", fmt.Sprintf("There are %d more. Mend these first.", c.more)))
	}
	return list
}

func blot(text string, sensitive []string) string {
	for _, s := range sensitive {
		text = strings.ReplaceAll(text, s, "(sensitive value)")
	}
	return text
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
