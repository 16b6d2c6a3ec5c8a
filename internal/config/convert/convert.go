package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/yamlbody"
)

// Syntax is a concrete syntax of the language.
type Syntax string

// The syntaxes.
const (
	HCL  Syntax = "hcl"
	YAML Syntax = "yaml"
	JSON Syntax = "json"
)

// File is a source to convert. The name tells its syntax.
type File struct {
	Name  string
	Bytes []byte
}

// Convert writes files, in order, as one file of a syntax. Warnings say what the
// syntax cannot hold; with errors there is no output.
func Convert(files []File, to Syntax) ([]byte, hcl.Diagnostics) {
	all := &group{}
	var diags hcl.Diagnostics
	for i, f := range files {
		root, d := read(f)
		diags = append(diags, d...)
		if d.HasErrors() || diags.HasErrors() {
			continue
		}
		root.space(config.SyntaxOf(f.Name) == string(JSON))
		all.join(root, i == 0)
	}
	if diags.HasErrors() {
		return nil, inOrder(diags, files)
	}
	want := all.meaning()
	out, d := write(all, to)
	if diags = append(diags, d...); diags.HasErrors() {
		return nil, inOrder(diags, files)
	}
	if d := verify(files[0].Name, out, to, want); d != nil {
		return nil, append(diags, d)
	}
	return out, inOrder(diags, files)
}

// join adds the items of another file.
func (g *group) join(other *group, first bool) {
	if first {
		*g = *other
		return
	}
	other.lowerTop()
	for i, it := range other.items {
		it.blank = it.blank || i == 0
		g.items = append(g.items, it)
	}
	g.foot = append(g.foot, other.foot...)
}

// read makes the tree of a file, if it is configuration.
func read(f File) (*group, hcl.Diagnostics) {
	if isTest(f.Name) {
		return nil, hcl.Diagnostics{problem(hcl.Range{Filename: f.Name, Start: hcl.InitialPos, End: hcl.InitialPos}, "Not a configuration file", "Files of tests are not converted. Convert the configuration; tests may be in any syntax.")}
	}
	file, diags := config.Parse(f.Name, f.Bytes)
	if diags.HasErrors() {
		return nil, diags
	}
	g := config.FileGrammar(f.Name)
	if diags = check(file.Body, g); diags.HasErrors() {
		return nil, diags
	}
	if Syntax(config.SyntaxOf(f.Name)) == HCL {
		return readHCL(f.Name, f.Bytes, file, g)
	}
	return readYAML(f.Name, f.Bytes, file, g)
}

func isTest(name string) bool { return strings.Contains(name, ".twintest.") }

// check reports the keys that the grammar does not know, because what they are
// decides how they are written. Whether anything is missing does not matter.
func check(body hcl.Body, g *config.Grammar) hcl.Diagnostics {
	if g.Free {
		_, diags := body.JustAttributes()
		return diags
	}
	schema := *g.Schema
	schema.Attributes = nil
	for _, a := range g.Schema.Attributes {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: a.Name})
	}
	content, diags := body.Content(&schema)
	for _, b := range content.Blocks {
		diags = append(diags, check(b.Body, g.Blocks[b.Type])...)
	}
	return diags
}

func write(root *group, to Syntax) ([]byte, hcl.Diagnostics) {
	switch to {
	case YAML:
		return writeYAML(root)
	case JSON:
		return writeJSON(root)
	default:
		return writeHCL(root)
	}
}

// verify reads the output back and compares what it means.
func verify(name string, out []byte, to Syntax, want string) *hcl.Diagnostic {
	if strings.Contains(name, ".vars.") {
		name = "output.auto.vars." + string(to)
	} else {
		name = "output.twin." + string(to)
	}
	root, diags := read(File{name, out})
	at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if diags.HasErrors() {
		first := diags[0]
		return problem(at, "Conversion failed", fmt.Sprintf("The output would not be read: %s: %s Please report this.", first.Summary, first.Detail))
	}
	if root.meaning() != want {
		return problem(at, "Conversion failed", "The output would mean something else than the source. Please report this.")
	}
	return nil
}

// ignoredNames reports names that YAML and JSON ignore, and could not hold.
func ignoredNames(g *group) hcl.Diagnostics {
	var diags hcl.Diagnostics
	report := func(it *item, what, name string) {
		diags = append(diags, problem(it.at, "No form in YAML and JSON",
			fmt.Sprintf("The %s %q begins with x- or is //, and such keys are ignored in YAML and JSON. Rename it.", what, name)))
	}
	for _, it := range g.items {
		if it.kind == argument && yamlbody.Ignored(it.name) {
			report(it, "argument", it.name)
		}
		for _, l := range it.labels {
			if yamlbody.Ignored(l) {
				report(it, "label", l)
			}
		}
		if it.kind == block {
			diags = append(diags, ignoredNames(it.body)...)
		}
	}
	return diags
}

// inOrder sorts diagnostics by their place in the files.
func inOrder(diags hcl.Diagnostics, files []File) hcl.Diagnostics {
	place := func(d *hcl.Diagnostic) (file, offset int) {
		if d.Subject == nil {
			return 0, 0
		}
		return slices.IndexFunc(files, func(f File) bool { return f.Name == d.Subject.Filename }), d.Subject.Start.Byte
	}
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		i, x := place(a)
		j, y := place(b)
		return cmp.Or(cmp.Compare(i, j), cmp.Compare(x, y))
	})
	return diags
}

func problem(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &at}
}

func warning(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: &at}
}

func droppedComment(c comment) *hcl.Diagnostic {
	return warning(c.at, "Comment dropped", fmt.Sprintf("The output cannot hold this comment: %s", strings.TrimSpace(c.text)))
}
