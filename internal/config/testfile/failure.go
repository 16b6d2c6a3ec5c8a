package testfile

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/plan"
)

// Failure is something that went wrong in a run, and that expect_failures may
// expect.
type Failure struct {
	Address string // of the object, as the configuration or the hub knows it; may be empty
	context string // the block that the failure stands in
	diag    *hcl.Diagnostic
}

// configFailures are the errors among diagnostics of the project.
func configFailures(cfg *config.Config, diags hcl.Diagnostics) []Failure {
	var list []Failure
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			list = append(list, failureOf(cfg, d))
		}
	}
	return list
}

func failureOf(cfg *config.Config, d *hcl.Diagnostic) Failure {
	violation, _ := config.ViolationOf(d)
	return Failure{Address: violation.Object, diag: d, context: contextOf(cfg, d)}
}

// contextOf is the address of the block that a message points into: device.pump
// for the block device "pump".
func contextOf(cfg *config.Config, d *hcl.Diagnostic) string {
	if d.Subject == nil || cfg.Files()[d.Subject.Filename] == nil {
		return ""
	}
	nav, ok := cfg.Files()[d.Subject.Filename].Nav.(interface{ ContextString(offset int) string })
	if !ok {
		return ""
	}
	word, label, _ := strings.Cut(nav.ContextString(d.Subject.Start.Byte), " ")
	if word == "variable" {
		word = "var"
	}
	return word + "." + strings.Trim(label, `"`)
}

// Problem is a failure that only words describe.
func (r *Run) Problem(summary, address, detail string) Failure {
	if address != "" {
		detail = address + ": " + detail
	}
	return Failure{Address: address, diag: &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}}
}

// Refusals are the failures that a plan reports by itself: refused changes, and
// the reasons why the whole of it must not be applied.
func (r *Run) Refusals(p PlanFacts) []Failure {
	var list []Failure
	for _, c := range p.Changes {
		for _, n := range c.Notices {
			if n.Refusal {
				list = append(list, r.Problem("Plan refused", c.Name(), n.Text))
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, reason := range p.Summary.Refused {
		list = append(list, r.Problem("Plan refused", "", reason))
	}
	return list
}

// ApplyFailed is the failure of one change under apply.
func (r *Run) ApplyFailed(c plan.Change, status string, err error) Failure {
	return r.Problem("Apply "+status, c.Name(), fmt.Sprint(err))
}

// meets tells whether the failure is the one that was expected: by its summary,
// or by an address that it is about, points into, or names.
func (f Failure) meets(text string) bool {
	if f.diag.Summary == text {
		return true
	}
	if !strings.Contains(text, ".") || strings.Contains(text, " ") {
		return false
	}
	return mentions(f.Address, text) || mentions(f.context, text) || mentions(f.diag.Detail, text)
}

// mentions finds an address in a text as a whole: device.a is in device.a["x"],
// not in device.ab.
func mentions(text, address string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], address)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(address)
		if (start == 0 || !wordByte(text[start-1]) && text[start-1] != '.') && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		from = start + 1
	}
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
