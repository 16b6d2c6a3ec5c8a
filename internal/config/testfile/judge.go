package testfile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/schema"
)

// Project is what a configuration evaluates to in a run.
type Project struct {
	Config  *config.Config
	Objects []schema.Object // in order of the files

	valid    bool      // nothing is wrong with the configuration
	warnings []Failure // that come with a valid configuration
}

// Evaluate reads and evaluates the project with the run's environment and
// variables. The error is not about the configuration.
func (r *Run) Evaluate(dir string, o config.Options) (Project, []Failure, error) {
	cfg, diags := r.load(dir, o)
	p := Project{Config: cfg}
	if diags.HasErrors() {
		return p, configFailures(cfg, diags), nil
	}
	for obj, err := range cfg.Objects() {
		if found, ok := errors.AsType[*config.DiagnosticsError](err); ok {
			return p, configFailures(cfg, found.Diagnostics), nil
		}
		if err != nil {
			return p, nil, err
		}
		p.Objects = append(p.Objects, obj)
	}
	p.valid = true
	p.warnings = configWarnings(cfg, slices.Concat(diags, cfg.Warnings()))
	return p, nil, nil
}

// configWarnings are the warnings among diagnostics of the project: they fail no
// run, but a run may expect them.
func configWarnings(cfg *config.Config, diags hcl.Diagnostics) []Failure {
	var list []Failure
	for _, d := range diags {
		if d.Severity == hcl.DiagWarning {
			list = append(list, failureOf(cfg, d))
		}
	}
	return list
}

// Verdict is what a run came to.
type Verdict struct {
	Failures config.Diagnostics // none: the run passes
	Warnings config.Diagnostics // that the run does not expect
	Broken   bool               // it went wrong before its assertions, in a way that was not expected
}

func (r *Run) expects(f Failure) bool {
	return slices.ContainsFunc(r.expected, func(e expected) bool { return f.meets(e.text) })
}

// Judge holds the failures against those that are expected and checks the
// assertions. A run whose configuration is wrong has no objects to assert on.
func (r *Run) Judge(p Project, facts Facts, failures []Failure) (Verdict, error) {
	var v Verdict
	for _, f := range failures {
		if !r.expects(f) {
			v.Failures = append(v.Failures, f.diag)
			v.Broken = true
		}
	}
	for _, w := range p.warnings {
		if !r.expects(w) {
			v.Warnings = append(v.Warnings, w.diag)
		}
	}
	met := slices.Concat(failures, p.warnings)
	for _, e := range r.expected {
		if !slices.ContainsFunc(met, func(f Failure) bool { return f.meets(e.text) }) {
			v.Failures = append(v.Failures, errorAt(e.rng, "Expected failure did not occur", "The run expects a failure %q, by its summary or by an address. %s", e.text, occurred(met)))
		}
	}
	if v.Broken || !p.valid {
		return v, nil
	}
	ctx, err := r.scope(p, facts)
	if err != nil {
		return v, fmt.Errorf("run %q: %w", r.Name, err)
	}
	for _, a := range r.asserts {
		v.Failures = append(v.Failures, r.check(a, ctx)...)
	}
	return v, nil
}

func occurred(list []Failure) string {
	if len(list) == 0 {
		return "Nothing failed."
	}
	var b strings.Builder
	b.WriteString("What failed:")
	for _, f := range list {
		b.WriteString("\n  " + f.diag.Summary)
		if f.Address != "" {
			b.WriteString(" (" + f.Address + ")")
		}
	}
	return b.String()
}

func (r *Run) scope(p Project, facts Facts) (*hcl.EvalContext, error) {
	names, err := facts.names(r.Command)
	if err != nil {
		return nil, err
	}
	ctx := p.Config.Scope()
	maps.Copy(ctx.Variables, names)
	return ctx, nil
}

// check evaluates one assertion.
func (r *Run) check(a assert, ctx *hcl.EvalContext) hcl.Diagnostics {
	v, diags := a.condition.Expr.Value(ctx)
	if diags.HasErrors() {
		for _, d := range diags {
			d.Detail += r.absent(a, ctx)
			d.Expression, d.EvalContext = nil, nil
		}
		return diags
	}
	v, _ = v.Unmark()
	ok, err := convert.Convert(v, cty.Bool)
	switch {
	case err != nil || ok.IsNull() || !ok.IsKnown():
		return hcl.Diagnostics{errorAt(a.condition.Expr.Range(), "Invalid condition", "The condition must be true or false; its value is of type %s.", v.Type().FriendlyName())}
	case ok.True():
		return nil
	}
	return hcl.Diagnostics{errorAt(a.condition.Expr.Range(), "Test assertion failed", "%s", join(r.message(a, ctx), r.involved(a, ctx)))}
}

// message is the text of the assertion, or what is wrong with it.
func (r *Run) message(a assert, ctx *hcl.EvalContext) string {
	v, diags := a.message.Expr.Value(ctx)
	if diags.HasErrors() {
		return "The error_message cannot be evaluated: " + diags.Error()
	}
	if v.IsMarked() {
		return "(sensitive value)"
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil || s.IsNull() || !s.IsKnown() {
		return "The error_message is not a string."
	}
	return s.AsString()
}

func join(message, values string) string {
	if values == "" {
		return message
	}
	return message + "\n\n" + values
}
