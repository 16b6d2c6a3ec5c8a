package testfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config"
)

// Set are the test files of a project.
type Set struct {
	Files []*File
	side  *config.Side
}

// Sources are the files that diagnostics refer to, by name.
func (s *Set) Sources() map[string]*hcl.File { return s.side.Files() }

// File is a test file: runs in order, on one hub.
type File struct {
	Name string
	Seed []Twin // what the hub holds when the first run begins
	Runs []*Run
}

// Command is what a run does.
type Command string

// The commands.
const (
	Evaluate Command = "evaluate" // the objects of the configuration; no hub
	Plan     Command = "plan"     // and the plan against the hub
	Apply    Command = "apply"    // and the plan is carried out
)

// Run is a run block.
type Run struct {
	Name        string
	Command     Command
	Environment string // empty chooses as without a test
	Options     Options
	Fresh       bool   // the run has seeds: its hub starts anew with Seed
	Seed        []Twin // of a Fresh run

	rng      hcl.Range
	set      *Set
	given    []given
	asserts  []assert
	expected []expected
}

// Options are those of the command plan.
type Options struct {
	Targets       []string
	Destroy       bool
	Adopt         bool
	TakeOwnership bool
	AllowDeletes  int
}

// assert is an assert block.
type assert struct {
	condition, message *hcl.Attribute
	rng                hcl.Range
}

// expected is a member of expect_failures.
type expected struct {
	text string
	rng  hcl.Range
}

// IsTestFile tells whether a file of this name holds tests.
func IsTestFile(name string) bool {
	has := func(s string) bool { return strings.HasSuffix(name, s) && len(name) > len(s) }
	return !strings.HasPrefix(name, ".") && slices.ContainsFunc([]string{".twintest.hcl", ".twintest.yaml", ".twintest.yml", ".twintest.json"}, has)
}

// Names lists the test files of a project.
func Names(dir string) ([]string, error) {
	all, err := config.NewSide(dir).Names()
	return slices.DeleteFunc(all, func(name string) bool { return !IsTestFile(name) }), err
}

// Load parses test files of a project. The set is never nil: its Sources go with
// the diagnostics.
func Load(dir string, names []string) (*Set, config.Diagnostics) {
	s := &Set{side: config.NewSide(dir)}
	var found hcl.Diagnostics
	for _, name := range names {
		f, diags := s.side.Parse(name)
		found = append(found, diags...)
		if f == nil || diags.HasErrors() {
			continue
		}
		d := decoder{set: s, file: &File{Name: name}}
		d.args = s.side.Arguments(d.report)
		d.decodeFile(f.Body)
		slices.SortStableFunc(d.diags, byPlace)
		found = append(found, d.diags...)
		s.Files = append(s.Files, d.file)
	}
	return s, found
}

// byPlace orders the diagnostics of one file.
func byPlace(a, b *hcl.Diagnostic) int {
	if a.Subject == nil || b.Subject == nil {
		return 0
	}
	return cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte)
}
