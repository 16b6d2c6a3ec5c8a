package render_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
)

var update = flag.Bool("update", false, "rewrite the expected output")

const created = "2026-01-02T03:04:05Z"

func clock() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// outputs are the renderings that a case file may hold.
func outputs(open render.Open, w io.Writer) map[string]func() error {
	text := func(st render.Style, o render.PlanOptions) error {
		_, err := render.PlanText(w, open, st, o)
		return err
	}
	return map[string]func() error{
		"text":     func() error { return text(render.Style{}, render.PlanOptions{}) },
		"drift":    func() error { return text(render.Style{}, render.PlanOptions{DriftOnly: true}) },
		"capped":   func() error { return text(render.Style{}, render.PlanOptions{MaxLines: 3}) },
		"stream":   func() error { return render.PlanStream(w, open, clock, "0.1.0", nil) },
		"json":     func() error { return render.ShowJSON(w, open, "0.1.0") },
		"markdown": func() error { return render.ShowMarkdown(w, open, 0) },
		"html":     func() error { return render.ShowHTML(w, open) },
	}
}

// Each case file holds the changes of a plan, as lines of a plan file, the
// reasons of its refusal and its warnings if there are any, and what becomes of it. Parts that
// are there are checked; add an empty one and run with -update.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runGolden(t, file)
		})
	}
}

func runGolden(t *testing.T, file string) {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var changes []plan.Change
	var refused, warnings []string
	checked := 0
	for i, f := range a.Files {
		switch f.Name {
		case "changes":
			changes = parseChanges(t, f.Data)
			continue
		case "refused":
			refused = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			continue
		case "warnings":
			warnings = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			continue
		}
		var got bytes.Buffer
		show, ok := outputs(planOf(t, changes, refused, warnings...), &got)[f.Name]
		if !ok {
			t.Fatalf("unknown part %s", f.Name)
		}
		if err := show(); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		checked++
		if *update {
			a.Files[i].Data = got.Bytes()
		} else if diff := cmp.Diff(string(f.Data), got.String()); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", f.Name, diff)
		}
	}
	if checked == 0 {
		t.Fatal("the case checks nothing")
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func parseChanges(t *testing.T, text []byte) []plan.Change {
	t.Helper()
	var list []plan.Change
	for line := range strings.Lines(string(text)) {
		var c plan.Change
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, c)
	}
	return list
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

// planOf makes a plan file in memory.
func planOf(t fataler, changes []plan.Change, refused []string, warnings ...string) render.Open {
	t.Helper()
	tally := plan.NewTally()
	var b bytes.Buffer
	w, err := plan.NewWriter(&b, plan.Header{Tool: "0.1.0", Project: "plant", Environment: "dev", Owner: "plant/dev", Hub: "emulator"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		tally.Change(c)
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(plan.Summary{Counts: tally.Counts, Refused: refused, Warnings: warnings}, created); err != nil {
		t.Fatal(err)
	}
	return openBytes(b.Bytes())
}

func openBytes(file []byte) render.Open {
	return func() (*plan.Reader, io.Closer, error) {
		r, err := plan.NewReader(bytes.NewReader(file))
		return r, io.NopCloser(nil), err
	}
}
