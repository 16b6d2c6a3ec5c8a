package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/plan"
)

// project is a loaded configuration with the chosen environment.
type project struct {
	*config.Config
	environment config.Environment
	owner       string // project.owner/environment: unique on the hub

	hierarchy  *plan.Hierarchy // of the objects that are planned
	membership *plan.Membership
	manifests  *plan.Manifests
	shard      *plan.Shard    // the part that is planned; nil for all
	overlays   *plan.Overlays // that are planned
	declared   int64          // devices and modules that are planned
	ids        *idList        // of all that are declared; nil when the hub's limits will not be known
}

// load reads the configuration. What is wrong with it has been printed when an
// error comes back.
func (g *global) load() (*project, error) {
	cfg, diags := config.Load(g.dir(), config.Options{Version: version, Environment: g.envName, Vars: g.vars, EnvVars: g.envVars()})
	if diags.HasErrors() {
		return nil, g.printDiagnostics(cfg, cfg.Check()) // with what is wrong in the objects
	}
	env, err := cfg.Environment()
	if _, several := errors.AsType[*config.SetError](err); several {
		return nil, err // what there is to say is said of each hub
	}
	if said := g.printDiagnostics(cfg, diags); said != nil || err != nil {
		return nil, cmp.Or(said, err)
	}
	return &project{Config: cfg, environment: env, owner: ownerOf(cfg, env)}, nil
}

// ownerOf is the owner in marks: project.owner/environment. Hubs of a set have the same
// one, for no object is on two of them.
func ownerOf(cfg *config.Config, e config.Environment) string {
	return cfg.Project().Owner + "/" + cmp.Or(e.Set, e.Name)
}

// sharesOf are the parts of the fleet on the hubs of a set.
func sharesOf(e config.Environment) []plan.Share {
	list := make([]plan.Share, len(e.Shares))
	for i, s := range e.Shares {
		list[i] = plan.Share(s)
	}
	return list
}

// current are addresses as they are now, after the moves that the configuration
// tells of.
func (p *project) current(addrs []string) []string {
	now := make([]string, len(addrs))
	for i, a := range addrs {
		now[i] = p.Current(a)
	}
	return now
}

// overlaid are the overlays of a plan, and those of its targets that name none.
func (p *project) overlaid(o planOptions, targets []string) (*plan.Overlays, []string) {
	var list []plan.Overlay
	var only, rest []string
	for _, t := range targets {
		if slices.ContainsFunc(p.Overlays(), func(v config.Overlay) bool { return v.Name == t }) {
			only = append(only, t)
		} else {
			rest = append(rest, t)
		}
	}
	if o.destroy || len(targets) > 0 && len(only) == 0 {
		return nil, rest
	}
	for _, v := range p.Overlays() {
		list = append(list, plan.Overlay(v))
	}
	overlays := plan.NewOverlays(p.owner, list)
	if len(only) > 0 {
		overlays.Only(only)
	}
	return overlays, rest
}

// envVars are the variables given as TWINSET_VAR_name.
func (g *global) envVars() map[string]string {
	vars := map[string]string{}
	for _, pair := range g.env.Environ {
		name, value, _ := strings.Cut(pair, "=")
		if name, ok := strings.CutPrefix(name, "TWINSET_VAR_"); ok && name != "" {
			vars[name] = value
		}
	}
	return vars
}

// printDiagnostics shows what was found on stderr and ends the command when
// there are errors among it.
func (g *global) printDiagnostics(cfg *config.Config, diags config.Diagnostics) error {
	if len(diags) == 0 {
		return nil
	}
	if err := config.WriteDiagnostics(g.env.Stderr, cfg.Files(), diags, g.width(), g.colored(g.env.StderrTTY)); err != nil {
		return err
	}
	if diags.HasErrors() {
		return exit(exitError)
	}
	return nil
}

// width is that of the terminal; 0 does not wrap.
func (g *global) width() int {
	f, ok := g.env.Stderr.(*os.File)
	if !ok || !g.env.StderrTTY {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// explain prints every diagnostic of a configuration when evaluating one object
// failed, instead of the first one. A plan that only policies object to is
// refused.
func (g *global) explain(p *project, err error) error {
	if _, ok := errors.AsType[*config.DiagnosticsError](err); !ok {
		return err
	}
	diags := p.Check()
	if !diags.HasErrors() {
		return fmt.Errorf("evaluate configuration: %w", err)
	}
	err = g.printDiagnostics(p.Config, diags)
	if config.Refused(diags) {
		return exit(exitRefused)
	}
	return err
}
