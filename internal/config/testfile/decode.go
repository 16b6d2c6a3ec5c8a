package testfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/yamlbody"
)

// decoder fills one File.
type decoder struct {
	set   *Set
	file  *File
	args  config.Arguments
	diags hcl.Diagnostics
}

func (d *decoder) report(diags ...*hcl.Diagnostic) { d.diags = append(d.diags, diags...) }

func errorAt(r hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &r}
}

func (d *decoder) content(body hcl.Body, schema *hcl.BodySchema) *hcl.BodyContent {
	content, diags := body.Content(schema)
	d.report(diags...)
	return content
}

func (d *decoder) decodeFile(body hcl.Body) {
	content := d.content(body, fileSchema)
	environment, _ := d.args.Text(content.Attributes["environment"])
	shared := d.variables(content)
	for _, b := range content.Blocks {
		if b.Type == seedBlock.Type {
			d.file.Seed = append(d.file.Seed, d.seed(b)...)
		}
	}
	d.checkSeed(d.file.Seed)
	for _, b := range content.Blocks {
		if b.Type == "run" {
			d.decodeRun(b, environment, shared)
		}
	}
	if len(d.file.Runs) == 0 {
		d.report(errorAt(body.MissingItemRange(), "No runs", `The test file has no run block. Add: run "NAME" { assert { ... } }`))
	}
}

func (d *decoder) decodeRun(b *hcl.Block, environment string, shared []given) {
	before := len(d.diags)
	content := d.content(b.Body, runSchema)
	r := &Run{Name: b.Labels[0], Environment: environment, rng: b.DefRange, set: d.set}
	for _, other := range d.file.Runs {
		if other.Name == r.Name {
			d.report(errorAt(b.DefRange, "Duplicate run", "The run %q is already declared at %s.", r.Name, other.rng))
		}
	}
	r.Command = d.command(content.Attributes["command"])
	if name, ok := d.args.Text(content.Attributes["environment"]); ok {
		r.Environment = name
	}
	r.given = override(shared, d.variables(content))
	r.expected = d.expectations(content.Attributes["expect_failures"])
	seen := false
	for _, sub := range content.Blocks {
		switch sub.Type {
		case seedBlock.Type:
			r.Fresh = true
			r.Seed = append(r.Seed, d.seed(sub)...)
		case "assert":
			d.decodeAssert(r, sub)
		case "plan_options":
			if seen {
				d.report(errorAt(sub.DefRange, "Duplicate block", "There may be only one plan_options block in a run."))
			}
			seen = true
			r.Options = d.options(sub)
		}
	}
	d.checkSeed(r.Seed)
	if len(d.diags) == before {
		d.checkRun(r, content)
	}
	d.file.Runs = append(d.file.Runs, r)
}

// checkRun refuses what a run without a hub cannot use.
func (d *decoder) checkRun(r *Run, content *hcl.BodyContent) {
	if len(r.asserts) == 0 && len(r.expected) == 0 && content.Attributes["expect_failures"] == nil && r.Command == Evaluate {
		d.report(errorAt(r.rng, "Nothing to test", "The run %q evaluates the configuration and asserts nothing. Add an assert block or expect_failures.", r.Name))
	}
	for _, b := range content.Blocks {
		if r.Command == Evaluate && (b.Type == seedBlock.Type || b.Type == "plan_options") {
			d.report(errorAt(b.DefRange, "Hub in a run without one", "A run whose command is evaluate has no hub and makes no plan: a %s block means nothing here. Use the command plan or apply.", b.Type))
		}
	}
}

// command reads a keyword, in quotes or not.
func (d *decoder) command(a *hcl.Attribute) Command {
	if a == nil {
		return Apply
	}
	word := hcl.ExprAsKeyword(a.Expr)
	if word == "" {
		var ok bool
		if word, ok = d.args.Text(a); !ok {
			return Apply
		}
	}
	known := []string{string(Evaluate), string(Plan), string(Apply)}
	if !slices.Contains(known, word) {
		hint := ""
		if s := yamlbody.Suggest(word, known); s != "" {
			hint = fmt.Sprintf(" Did you mean %q?", s)
		}
		d.report(errorAt(a.Expr.Range(), "Unknown command", "A run can evaluate, plan or apply, not %q.%s", word, hint))
		return Apply
	}
	return Command(word)
}

func (d *decoder) options(b *hcl.Block) Options {
	attrs := d.content(b.Body, optionsSchema).Attributes
	o := Options{Targets: d.args.Texts(attrs["targets"])}
	o.Destroy, _ = d.args.Flag(attrs["destroy"])
	o.Adopt, _ = d.args.Flag(attrs["adopt"])
	o.TakeOwnership, _ = d.args.Flag(attrs["take_ownership"])
	o.AllowDeletes, _ = d.args.Integer(attrs["allow_deletes"], 0)
	return o
}

// expectations reads the list with the place of each member: a text, or a
// reference as Terraform has it.
func (d *decoder) expectations(a *hcl.Attribute) []expected {
	if a == nil {
		return nil
	}
	places, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() {
		var list []expected
		for _, text := range d.args.Texts(a) {
			list = append(list, expected{text: text, rng: a.Expr.Range()})
		}
		return list
	}
	var list []expected
	for _, e := range places {
		if ref, diags := hcl.AbsTraversalForExpr(e); !diags.HasErrors() {
			list = append(list, expected{text: string(hclwrite.TokensForTraversal(ref).Bytes()), rng: e.Range()})
		} else if text, ok := d.args.Text(&hcl.Attribute{Name: a.Name, Expr: e, Range: e.Range(), NameRange: a.NameRange}); ok {
			list = append(list, expected{text: text, rng: e.Range()})
		}
	}
	return list
}

// names are what conditions may refer to.
func names() []string { return []string{"plan", "hub", "objects", "output", "var", "local"} }

func (d *decoder) decodeAssert(r *Run, b *hcl.Block) {
	attrs := d.content(b.Body, assertSchema).Attributes
	a := assert{condition: attrs["condition"], message: attrs["error_message"], rng: b.DefRange}
	if a.condition == nil || a.message == nil {
		return
	}
	for _, t := range slices.Concat(a.condition.Expr.Variables(), a.message.Expr.Variables()) {
		switch root := t.RootName(); {
		case root == "plan" && r.Command == Evaluate:
			d.report(errorAt(t.SourceRange(), "No plan in this run", "The command of the run %q is evaluate, which makes no plan. Use plan or apply.", r.Name))
		case root == "hub" && r.Command != Apply:
			d.report(errorAt(t.SourceRange(), "No hub in this run", "The command of the run %q is %s, which changes no hub. Use apply.", r.Name, r.Command))
		case !slices.Contains(names(), root):
			d.report(errorAt(t.SourceRange(), "Unknown name", "A condition knows objects, plan, hub, output, var and local; there is no %q.%s", root, suggestion(root)))
		}
	}
	r.asserts = append(r.asserts, a)
}

func suggestion(root string) string {
	if s := yamlbody.Suggest(root, names()); s != "" {
		return fmt.Sprintf(" Did you mean %q?", s)
	}
	if strings.HasPrefix(root, "device") {
		return ` Objects are reached by their address: objects["device.pump"].`
	}
	return ""
}
