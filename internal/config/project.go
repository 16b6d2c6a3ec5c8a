package config

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config/yamlbody"
	"github.com/twinset/twinset/internal/quota"
)

// Project is the project block.
type Project struct {
	Name  string
	Owner string // in ownership marks; the name unless the block says otherwise

	OnRemove string // one of the values of on_remove; empty when the block does not say
}

// Environment is the environment that was chosen.
type Environment struct {
	Name        string
	Hub         string
	Protect     bool
	OnRemove    string    // what becomes of objects that leave the configuration; the project's when the block does not say; empty: not set
	Parallelism int       // 0: not set
	Limits      *Limits   // nil: not set
	Size        quota.Hub // the zero value: not told
	Jobs        *Jobs     // nil: not set

	Subscription  string // id; empty: not set
	ResourceGroup string // empty: not set
}

// Limits are the thresholds above which deletions are refused; nil means that
// the default holds.
type Limits struct {
	DeletePercent *int
	DeleteCount   *int
}

// environment is an environment block.
type environment struct {
	Environment
	rng       hcl.Range
	isDefault bool
	vars      *hcl.Attribute
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

func (l *loader) decodeEnvironment(b *hcl.Block) {
	content, diags := decode(b.Body, environmentDef)
	l.report(diags)
	e := &environment{Environment: Environment{Name: b.Labels[0]}, rng: b.DefRange, vars: content.Attributes["vars"]}
	if first := l.environments[e.Name]; first != nil {
		l.duplicate("environment", e.Name, first.rng, b.DefRange)
		return
	}
	r := l.constants()
	if a := content.Attributes["hub"]; a != nil {
		var ok bool
		if e.Hub, ok = r.required(a); ok && e.Hub == "" {
			l.report(hcl.Diagnostics{errorAt(a.Expr.Range(), "Invalid hub", `The hub is empty. Write "emulator", a host name such as contoso.azure-devices.net, or a hub's short name.`)})
		}
	}
	e.Protect, _ = r.flag(content.Attributes["protect"])
	e.OnRemove = l.choice(r, content.Attributes["on_remove"], onRemoves()...)
	e.isDefault, _ = r.flag(content.Attributes["default"])
	if n, ok := r.integer(content.Attributes["parallelism"], 1); ok {
		e.Parallelism = n
	}
	e.Subscription, _ = r.text(content.Attributes["subscription"])
	e.ResourceGroup, _ = r.text(content.Attributes["resource_group"])
	for _, sub := range content.Blocks {
		if sub.Type == jobsDef.Type {
			e.Jobs = l.decodeJobs(sub)
		} else {
			e.Limits, e.Size = l.decodeLimits(sub)
		}
	}
	l.environments[e.Name] = e
}

func (l *loader) decodeLimits(b *hcl.Block) (*Limits, quota.Hub) {
	content, diags := decode(b.Body, environmentDef.Blocks[0])
	l.report(diags)
	var limits Limits
	if n, ok := l.constants().integer(content.Attributes["delete_percent"], 0); ok {
		limits.DeletePercent = &n
	}
	if n, ok := l.constants().integer(content.Attributes["delete_count"], 0); ok {
		limits.DeleteCount = &n
	}
	return &limits, l.decodeSize(content.Attributes["sku"], content.Attributes["units"])
}

// decodeSize reads how large the hub is. A hub that cannot exist is an error.
func (l *loader) decodeSize(sku, units *hcl.Attribute) quota.Hub {
	size := quota.Hub{Units: 1}
	var written bool
	size.SKU, written = l.constants().text(sku)
	n, counted := l.constants().integer(units, 1)
	if counted {
		size.Units = n
	}
	switch {
	case !written && counted && sku == nil:
		l.report(hcl.Diagnostics{errorAt(units.NameRange, "Invalid size of the hub", `What a unit is depends on the SKU. Add sku = "S1", or the one that the hub has.`)})
		return quota.Hub{}
	case !written:
		return quota.Hub{}
	}
	if err := size.Check(); err != nil {
		at := sku
		if units != nil && slices.Contains(quota.SKUs(), size.SKU) {
			at = units
		}
		l.report(hcl.Diagnostics{errorAt(at.Expr.Range(), "Invalid size of the hub", capital(err.Error())+".")})
		return quota.Hub{}
	}
	return size
}

// duplicate reports a second block of the same name.
func (c *Config) duplicate(what, name string, first, second hcl.Range) {
	c.add(errorAt(second, "Duplicate "+what, fmt.Sprintf("The %s %q is already declared at %s.", what, name, first)))
}

// chooseEnvironment picks the environment that was asked for, the only one, or
// the default one.
func (l *loader) chooseEnvironment() {
	names := sortedNames(l.environments)
	var defaults []string
	for _, name := range names {
		if l.environments[name].isDefault {
			defaults = append(defaults, name)
		}
	}
	if len(defaults) > 1 {
		l.duplicate("default environment", defaults[0], l.environments[defaults[0]].rng, l.environments[defaults[1]].rng)
	}
	want := l.options.Environment
	switch {
	case want != "" && l.environments[want] == nil:
		l.environmentErr = fmt.Errorf("no environment is named %q%s (declared: %s)", want, didYouMean(want, names), orNone(names))
		l.report(hcl.Diagnostics{errorNowhere("Unknown environment", capital(l.environmentErr.Error())+".")})
	case want != "":
		l.environment = l.environments[want]
	case len(names) == 0:
		l.environmentErr = errors.New("no environment is declared; add an environment block that names the hub")
	case len(names) == 1:
		l.environment = l.environments[names[0]]
	case len(defaults) > 0:
		l.environment = l.environments[defaults[0]]
	default:
		l.environmentErr = fmt.Errorf("several environments are declared: %s; choose one with --env", strings.Join(names, ", "))
	}
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
