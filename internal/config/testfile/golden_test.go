package testfile

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

var update = flag.Bool("update", false, "rewrite the expectations of the golden files")

// A golden file holds a project with a test and, in want, what people are told
// about it. The hub is played: the file refused lists what a plan refuses, failed
// what goes wrong under apply, seed what the hub says of the first seed.
func TestGoldens(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) < 3 {
		t.Fatalf("got %d files (%v), want some", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			golden(t, name)
		})
	}
}

func golden(t *testing.T, name string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dir, want, played := t.TempDir(), "", map[string]string{}
	var tests []string
	for _, f := range archive.Files {
		switch {
		case f.Name == "want":
			want = string(f.Data)
		case !strings.Contains(f.Name, "."):
			played[f.Name] = strings.TrimSpace(string(f.Data))
		default:
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			if IsTestFile(f.Name) {
				tests = append(tests, f.Name)
			}
		}
	}
	got := told(t, dir, tests, played)
	if !*update {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("got differs from want (-want +got):\n%s", diff)
		}
		return
	}
	last := len(archive.Files) - 1
	archive.Files[last] = txtar.File{Name: "want", Data: []byte(got)}
	if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

func told(t *testing.T, dir string, tests []string, played map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	tell := func(files map[string]*hcl.File, diags config.Diagnostics) {
		if err := config.WriteDiagnostics(&b, files, diags, 0, false); err != nil {
			t.Fatal(err)
		}
	}
	set, diags := Load(dir, tests)
	tell(set.Sources(), diags)
	if diags.HasErrors() {
		return b.String()
	}
	for _, f := range set.Files {
		for _, r := range f.Runs {
			p, failures, err := r.Evaluate(dir, config.Options{})
			if err != nil {
				t.Fatal(err)
			}
			v, err := r.Judge(p, facts(p), append(failures, r.played(f, played)...))
			if err != nil {
				t.Fatal(err)
			}
			tell(set.Sources(), v.Failures)
		}
	}
	return b.String()
}

func facts(p Project) Facts { return Facts{Objects: p.Objects, Plan: &PlanFacts{}} }

// played are the failures that only a hub can cause.
func (r *Run) played(f *File, texts map[string]string) []Failure {
	var list []Failure
	if text := texts["refused"]; text != "" {
		list = append(list, r.Refusals(PlanFacts{Summary: plan.Summary{Refused: strings.Split(text, "\n")}})...)
	}
	if text := texts["failed"]; text != "" {
		change := plan.Change{Addr: schema.DeviceAddress("d")}
		list = append(list, r.ApplyFailed(change, "failed", errors.New(text)))
	}
	if text := texts["seed"]; text != "" {
		list = append(list, r.SeedFailed(f.Seed[0], errors.New(text)))
	}
	return list
}
