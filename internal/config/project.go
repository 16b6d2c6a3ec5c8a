package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

// Project is the project block.
type Project struct {
	Name  string
	Owner string // in ownership marks; the name unless the block says otherwise

	OnRemove string // one of the values of on_remove; empty when the block does not say
}

func (l *loader) decodeProject(b *hcl.Block) {
	content, diags := decode(b.Body, projectDef)
	l.report(diags)
	l.project.Name = b.Labels[0]
	l.project.Owner = b.Labels[0]
	l.decodeDefaults(content.Attributes["defaults"])
	for _, p := range content.Blocks {
		l.decodePolicy(p)
	}
	if owner, ok := l.constants().text(content.Attributes["owner"]); ok {
		l.project.Owner = owner
	}
	l.project.OnRemove = l.choice(l.constants(), content.Attributes["on_remove"], onRemoves()...)
	if l.project.Owner == "" {
		l.report(hcl.Diagnostics{errorAt(b.DefRange, "Invalid project name", "The name of the project is its owner mark on the hub and cannot be empty.")})
	}
}

// checkVersion reads the version constraint before anything else, so that an old
// twinset says that it is old, not that it does not know a word. The constraint
// of an override file is the only one.
func (l *loader) checkVersion(files []configFile) {
	var list []*hcl.Attribute
	overridden := false
	for _, f := range slices.Backward(files) {
		found := versionConstraints(f.File)
		if f.override && len(found) > 0 {
			list, overridden = found, true
			break
		}
	}
	for _, f := range files {
		if !overridden && !f.override {
			list = append(list, versionConstraints(f.File)...)
		}
	}
	for _, a := range list {
		l.requireVersion(a)
	}
}

func versionConstraints(file *hcl.File) []*hcl.Attribute {
	var list []*hcl.Attribute
	content, _, _ := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "project", LabelNames: []string{"name"}}}})
	for _, b := range content.Blocks {
		args, _, _ := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "required_version"}}})
		if a := args.Attributes["required_version"]; a != nil {
			list = append(list, a)
		}
	}
	return list
}

func (l *loader) requireVersion(a *hcl.Attribute) {
	text, ok := l.constants().text(a)
	if !ok {
		return
	}
	own, known := parseVersion(l.options.Version)
	allowed, err := allowsVersion(text, own)
	switch {
	case err != nil:
		l.report(hcl.Diagnostics{errorAt(a.Expr.Range(), "Invalid version constraint", fmt.Sprintf("%s. Write versions like >= 0.1 or ~> 1.2, separated by commas.", capital(err.Error())))})
	case known && !allowed: // a build without a version is a developer's own
		l.report(hcl.Diagnostics{errorAt(a.Expr.Range(), "Unsupported twinset version", fmt.Sprintf("The project requires twinset %s; this is %s. Install another version, or change required_version.", text, l.options.Version))})
	}
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// duplicate reports a second block of the same name.
func (c *Config) duplicate(what, name string, first, second hcl.Range) {
	c.add(errorAt(second, "Duplicate "+what, fmt.Sprintf("The %s %q is already declared at %s.", what, name, first)))
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func didYouMean(given string, names []string) string {
	if s := yamlbody.Suggest(given, names); s != "" {
		return fmt.Sprintf(", did you mean %q?", s)
	}
	return ""
}

func sortedNames[T any](m map[string]T) []string {
	return slices.Sorted(maps.Keys(m))
}

// integer reads a whole number of at least low.
func (r reader) integer(a *hcl.Attribute, low int) (int, bool) {
	v, ok := r.value(a, cty.Number)
	if !ok {
		return 0, false
	}
	f := v.AsBigFloat()
	n, _ := f.Int64()
	if !f.IsInt() || n < int64(low) || n > math.MaxInt32 {
		r.wrong(a.Expr, "Invalid number", fmt.Sprintf("The argument %q must be a whole number of at least %d.", a.Name, low))
		return 0, false
	}
	return int(n), true
}
