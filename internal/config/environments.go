package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/schema/condition"
)

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

	Set    string  // the name of the block when it stands for several hubs; else empty
	Shares []Share // of all hubs of the set, sorted by name; nil when every hub has the whole fleet
}

// Share is the part of the fleet that stands on one hub of a set.
type Share struct {
	Name  string // of the environment
	Where *condition.Condition
}

// SetError says that an environment stands for several hubs, which have to be taken
// one by one.
type SetError struct {
	Name    string
	Members []string // names of environments, sorted
}

// Error says how one of the hubs is chosen.
func (e *SetError) Error() string {
	return fmt.Sprintf("environment %s stands for %d hubs; choose one: --env '%s'", e.Name, len(e.Members), strings.Join(e.Members, "', '"))
}

// Limits are the thresholds above which deletions are refused; nil means that
// the default holds.
type Limits struct {
	DeletePercent *int
	DeleteCount   *int
}

// environment is an environment block, or one hub of it.
type environment struct {
	Environment
	rng       hcl.Range
	isDefault bool
	vars      *hcl.Attribute
	each      reader // reads the block's arguments
	where     *hcl.Attribute
}

func (l *loader) decodeEnvironment(b *hcl.Block) {
	content, diags := decode(b.Body, environmentDef)
	l.report(diags)
	name := b.Labels[0]
	if first, declared := l.declared[name]; declared {
		l.duplicate("environment", name, first, b.DefRange)
		return
	}
	l.declared[name] = b.DefRange
	all := content.Attributes["for_each"]
	if all == nil {
		e := l.environmentOf(b, content, name, l.constants())
		l.environments[name] = e
		if e.where != nil {
			l.report(hcl.Diagnostics{errorAt(e.where.NameRange, "Invalid share", "The argument \"where\" says which devices stand on which hub of an environment with for_each. This one has a single hub.")})
		}
		return
	}
	l.decodeSet(b, content, all)
}

// decodeSet reads a block that stands for several hubs.
func (l *loader) decodeSet(b *hcl.Block, content *hcl.BodyContent, all *hcl.Attribute) {
	name := b.Labels[0]
	before := l.found.errors
	list := expand(all, l.constants())
	if len(list) == 0 && l.found.errors == before {
		l.report(hcl.Diagnostics{errorAt(all.Expr.Range(), "Invalid for_each", "The environment has no hub.")})
	}
	hubs := map[string]string{}
	var shares []Share
	var members []*environment
	for _, m := range list {
		r := l.constants()
		r.ctx = eachContext(r.ctx, m)
		e := l.environmentOf(b, content, fmt.Sprintf("%s[%q]", name, m.key), r)
		e.Set = name
		if first, taken := hubs[strings.ToLower(e.Hub)]; taken && e.Hub != "" {
			l.report(hcl.Diagnostics{errorAt(all.Expr.Range(), "Two environments of one hub", fmt.Sprintf("%s and %s have the hub %s. Each hub of a set is another one.", first, e.Name, e.Hub))})
		}
		hubs[strings.ToLower(e.Hub)] = e.Name
		if share, ok := l.share(e); ok {
			shares = append(shares, share)
		}
		members = append(members, e)
		l.environments[e.Name] = e
		l.sets[name] = append(l.sets[name], e.Name)
	}
	for _, e := range members {
		e.Shares = shares
	}
}

// share reads which part of the fleet stands on the hub.
func (l *loader) share(e *environment) (Share, bool) {
	text, ok := e.each.required(e.where)
	if !ok {
		return Share{}, false
	}
	where, err := condition.Parse(text)
	if err == nil {
		err = declaredOnly(where)
	}
	if err != nil {
		l.report(hcl.Diagnostics{errorAt(e.where.Expr.Range(), "Invalid share", capital(err.Error())+".")})
		return Share{}, false
	}
	return Share{Name: e.Name, Where: where}, true
}

// declaredOnly refuses conditions on what is only known once a device exists.
func declaredOnly(where *condition.Condition) error {
	if where.Modules {
		return errors.New("modules stand where their device does; write the condition without FROM devices.modules WHERE")
	}
	for _, p := range where.Paths() {
		if p[0] != "deviceId" && p[0] != "tags" {
			return fmt.Errorf("where a device stands is decided by what is declared, deviceId and tags, not by %s", strings.Join(p, "."))
		}
	}
	return nil
}

func (l *loader) environmentOf(b *hcl.Block, content *hcl.BodyContent, name string, r reader) *environment {
	e := &environment{Environment: Environment{Name: name}, rng: b.DefRange, vars: content.Attributes["vars"], each: r, where: content.Attributes["where"]}
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
			e.Jobs = l.decodeJobs(sub, r)
			l.ownContainer(e, sub.DefRange)
		} else {
			e.Limits, e.Size = l.decodeLimits(sub, r)
		}
	}
	return e
}

func (l *loader) decodeLimits(b *hcl.Block, r reader) (*Limits, quota.Hub) {
	content, diags := decode(b.Body, environmentDef.Blocks[0])
	l.report(diags)
	var limits Limits
	if n, ok := r.integer(content.Attributes["delete_percent"], 0); ok {
		limits.DeletePercent = &n
	}
	if n, ok := r.integer(content.Attributes["delete_count"], 0); ok {
		limits.DeleteCount = &n
	}
	return &limits, l.decodeSize(content.Attributes["sku"], content.Attributes["units"], r)
}

// decodeSize reads how large the hub is. A hub that cannot exist is an error.
func (l *loader) decodeSize(sku, units *hcl.Attribute, r reader) quota.Hub {
	size := quota.Hub{Units: 1}
	var written bool
	size.SKU, written = r.text(sku)
	n, counted := r.integer(units, 1)
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

// chooseEnvironment picks the environment that was asked for, the only one, or
// the default one.
func (l *loader) chooseEnvironment() {
	names := sortedNames(l.declared)
	var defaults []string
	for _, name := range names {
		if l.first(name).isDefault {
			defaults = append(defaults, name)
		}
	}
	if len(defaults) > 1 {
		l.duplicate("default environment", defaults[0], l.declared[defaults[0]], l.declared[defaults[1]])
	}
	want := EnvironmentName(l.options.Environment)
	switch {
	case want != "" && l.first(want).Name == "":
		l.environmentErr = fmt.Errorf("no environment is named %q%s (declared: %s)", want, didYouMean(want, names), orNone(names))
		l.report(hcl.Diagnostics{errorNowhere("Unknown environment", capital(l.environmentErr.Error())+".")})
	case want != "":
		l.choose(want)
	case len(names) == 0:
		l.environmentErr = errors.New("no environment is declared; add an environment block that names the hub")
	case len(names) == 1:
		l.choose(names[0])
	case len(defaults) > 0:
		l.choose(defaults[0])
	default:
		l.environmentErr = fmt.Errorf("several environments are declared: %s; choose one with --env", strings.Join(names, ", "))
	}
}

// choose takes an environment. Of a set the first one stands for the others where
// variables are asked for.
func (l *loader) choose(name string) {
	l.environment = l.environments[name]
	if members := l.sets[name]; len(members) > 0 {
		l.environment = l.environments[members[0]]
		l.environmentErr = &SetError{Name: name, Members: members}
	}
}

// first is the environment of a name, or the first of a set; without a name when
// there is none.
func (l *loader) first(name string) *environment {
	if members := l.sets[name]; len(members) > 0 {
		name = members[0]
	}
	if e := l.environments[name]; e != nil {
		return e
	}
	return &environment{}
}

// EnvironmentName is the name of an environment as it is declared: quotes may be left
// out of one of a set.
func EnvironmentName(given string) string {
	set, key, ok := strings.Cut(given, "[")
	key, closed := strings.CutSuffix(key, "]")
	if !ok || !closed || strings.HasPrefix(key, `"`) {
		return given
	}
	return fmt.Sprintf("%s[%q]", set, key)
}
