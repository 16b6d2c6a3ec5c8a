package config

import (
	"cmp"
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/twinset/twinset/internal/config/bounded"
)

// Options is what a run adds to the files.
type Options struct {
	Version     string            // of twinset, for required_version; a development build has none that parses
	Environment string            // name of the environment; empty chooses
	Vars        []VarInput        // from the command line, in order; later ones win
	EnvVars     map[string]string // TWINSET_VAR_*, by variable name

	splitAbove int // bytes of an HCL file; 0 means the constant of that name
}

// VarInput is one --var (Name and Expr), one --var-file (File), or a value that
// the caller has evaluated (Name and Value).
type VarInput struct {
	Name, Expr string
	File       string    // path; relative ones start at the project's directory
	Value      cty.Value // cty.NilVal: use Expr

	// Where the name and the value are written, for messages about them: a file
	// of the caller's.
	NameRange, ValueRange hcl.Range
}

// Config is an evaluated project: everything but its instances. It is not safe
// for concurrent use.
type Config struct {
	dir            *directory
	files          map[string]*hcl.File
	project        Project
	environment    *environment
	environmentErr error
	root           *hcl.EvalContext
	profiles       map[string]*profile
	defaults       defaults
	policies       []*policy
	outputs        []Output
	merged         map[string]twinValues // profiles that no instance changes, by list of names
	devices        []deviceSource
	targeting      []*targetingBlock // configurations and deployments, in order
	moves          moves
	overlays       []Overlay
	incomplete     bool // some variable or local has no value, because of a mistake
	found          collector
	sensitive      []string // values to keep out of messages
	evaluateAll    bool     // rows are not written by templates: what they write is compared with this
}

// Project is the project block.
func (c *Config) Project() Project { return c.project }

// Environment is the chosen environment, or an error that says why there is
// none; a [SetError] when it stands for several hubs.
func (c *Config) Environment() (Environment, error) {
	if c.environmentErr != nil || c.environment == nil {
		return Environment{}, c.environmentErr
	}
	e := c.environment.Environment
	e.OnRemove = cmp.Or(e.OnRemove, c.project.OnRemove)
	return e, nil
}

// Files are the sources that diagnostics refer to, by name.
func (c *Config) Files() map[string]*hcl.File { return c.files }

// loader fills a Config from files.
type loader struct {
	*Config
	options      Options
	functions    map[string]function.Function
	projectRange *hcl.Range
	environments map[string]*environment
	containers   map[string]*environment // the first that has a container, by URL
	sets         map[string][]string     // names of environments, by that of their block
	declared     map[string]hcl.Range    // environment blocks
	variables    map[string]*variable
	locals       map[string]*local
	labels       map[string]int32 // of device blocks, by place in devices
	deviceBlocks []*hcl.Block     // those of files that are parsed whole, in order
	large        []*largeFile
	outputBlocks map[string]*hcl.Block

	overlayBlocks []*hcl.Block

	folders      []*folder // that were read; the first is the project's own
	repository   string    // path of the directory that includes must stay in; empty until it is looked for
	isRepository bool      // and not just the project's directory
	sizes        bounded.Sizes
	broken       bool // something that is included cannot be read
}

// Load reads a project's directory and evaluates project, environment,
// variables, locals and profiles. The configuration is never nil: its Files go
// with the diagnostics.
func Load(dir string, o Options) (*Config, hcl.Diagnostics) {
	d := newDirectory(dir)
	if o.splitAbove == 0 {
		o.splitAbove = splitAbove
	}
	l := &loader{
		Config: &Config{
			dir:      d,
			files:    map[string]*hcl.File{},
			profiles: map[string]*profile{},
			merged:   map[string]twinValues{},
		},
		options:      o,
		functions:    functions(d),
		environments: map[string]*environment{},
		containers:   map[string]*environment{},
		sets:         map[string][]string{},
		declared:     map[string]hcl.Range{},
		variables:    map[string]*variable{},
		locals:       map[string]*local{},
		labels:       map[string]int32{},
		outputBlocks: map[string]*hcl.Block{},
		folders:      []*folder{{dir: d}},
	}
	l.root = &hcl.EvalContext{Functions: l.functions, Variables: map[string]cty.Value{}}
	l.load()
	return l.Config, l.found.diagnostics(l.sensitive)
}

func (l *loader) load() {
	files := l.readProject()
	l.checkVersion(files)
	if l.found.errors > 0 {
		return
	}
	all := l.gather(l.folders[0], files)
	if l.broken {
		return
	}
	l.large = all.large
	for _, b := range all.blocks {
		l.decodeBlock(b)
	}
	if l.projectRange == nil {
		l.report(hcl.Diagnostics{errorNowhere("Missing project block", `No file declares the project. Add: project "NAME" {}`)})
	}
	l.chooseEnvironment()
	l.evaluateVariables()
	l.evaluateLocals()
	l.incomplete = !l.root.Variables["var"].IsWhollyKnown() || !l.root.Variables["local"].IsWhollyKnown()
	l.linkProfiles()
	l.evaluateOutputs()
	l.decodeMoves()
	l.decodeOverlays()
	l.addDevices()
}

func (l *loader) report(diags hcl.Diagnostics) { l.found.add("", diags...) }

func (l *loader) add(diags ...*hcl.Diagnostic) { l.found.add("", diags...) }

// constants reads arguments that may use functions only.
func (l *loader) constants() reader {
	return reader{ctx: &hcl.EvalContext{Functions: l.functions}, report: l.add}
}

// scope reads arguments that may use variables and locals.
func (l *loader) scope() reader { return reader{ctx: l.root, report: l.add} }

func (l *loader) readProject() []configFile {
	files := l.readFiles(l.folders[0])
	if len(files) == 0 && l.found.errors == 0 {
		l.add(errorNowhere("No configuration files", "The directory holds no file named *.twin.hcl, *.twin.yaml, *.twin.yml or *.twin.json. Run twinset init to make a project, or name its directory with --chdir."))
	}
	return files
}

// bounded tells whether a variable or local value may be used in others, which
// could be twice as large for each.
func (l *loader) bounded(v cty.Value, place hcl.Range) bool {
	if l.sizes.Exhausted() {
		return false // was reported
	}
	err := l.sizes.Add(v)
	switch {
	case errors.Is(err, bounded.ErrNumber):
		l.add(errorAt(place, "Number out of range", bounded.Sentence(err)))
	case err != nil:
		l.add(errorAt(place, "Value too large", bounded.Sentence(err)))
	}
	return err == nil
}

func (l *loader) decodeBlock(b *hcl.Block) {
	switch b.Type {
	case projectDef.Type:
		l.decodeOnlyProject(b)
	case environmentDef.Type:
		l.decodeEnvironment(b)
	case variableDef.Type:
		l.decodeVariable(b)
	case localsDef.Type:
		l.decodeLocals(b)
	case profileDef.Type:
		l.decodeProfile(b)
	case deviceDef.Type:
		l.deviceBlocks = append(l.deviceBlocks, b)
	case configurationDef.Type, deploymentDef.Type:
		l.decodeTargeting(b)
	case policyDef.Type:
		l.decodePolicy(b)
	case outputDef.Type:
		l.decodeOutput(b)
	case overlayDef.Type:
		l.overlayBlocks = append(l.overlayBlocks, b)
	case importDef.Type, movedDef.Type, removedDef.Type:
		l.moves.blocks = append(l.moves.blocks, b)
	}
}

func (l *loader) decodeOnlyProject(b *hcl.Block) {
	if l.projectRange != nil {
		l.duplicate("project", b.Labels[0], *l.projectRange, b.DefRange)
		return
	}
	l.projectRange = &b.DefRange
	l.decodeProject(b)
}
