package plan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// doneLine is a change that a journal tells of. Its marks are computed from what was
// declared before, and what the change declared.
type doneLine struct {
	plan.Change

	Was, Is *declaredMark
}

type declaredMark struct {
	Created   bool
	Declared  schema.Doc
	Passwords []schema.Secret
}

func (m *declaredMark) tag() schema.Doc {
	if m == nil {
		return nil
	}
	mark, _ := schema.MarkOf(schema.Object{Doc: m.Declared, Passwords: m.Passwords})
	mark.Created = m.Created
	return mark.Tag()
}

// Each case file is an apply that is taken back: what was done, what is live now, how
// it is asked for, and the plan.
func TestUndoCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/undo/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runUndoCase(t, file)
		})
	}
}

func runUndoCase(t *testing.T, file string) {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := map[string][]byte{}
	for _, f := range a.Files {
		part[f.Name] = f.Data
	}
	o := plan.UndoOptions{Apply: "a1", Backup: ".twinset/backup/a1"}
	if text := part["options"]; text != nil {
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
	}
	o.ChangedBy = func(schema.Address, schema.Path) string { return "" }
	got := undone(t, doneChanges(t, part["done"]), objects(t, part["live"], false), o)
	if *update {
		setPart(a, "plan", got)
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(string(part["plan"]), string(got)); diff != "" {
		t.Errorf("plan differs (-want +got):\n%s", diff)
	}
}

func doneChanges(t *testing.T, text []byte) []plan.Change {
	t.Helper()
	var list []plan.Change
	for raw := range strings.Lines(string(text)) {
		var l doneLine
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		l.MarkBefore, l.Mark = l.Was.tag(), l.Is.tag()
		list = append(list, l.Change)
	}
	return list
}

func undone(t *testing.T, done []plan.Change, live schema.Stream, o plan.UndoOptions) []byte {
	t.Helper()
	undo, tally := plan.NewUndo(plan.Policy{Owner: owner}, o), plan.NewTally()
	for _, c := range done {
		undo.Look(c)
	}
	now := map[schema.Address]plan.UndoNow{}
	var held []schema.Revision
	for l, err := range undo.Live(live, tally) {
		if err != nil {
			t.Fatal(err)
		}
		now[l.Addr] = plan.UndoNow{Live: &l}
		for _, r := range l.Revisions {
			held = append(held, schema.Revision{ID: r.ID})
		}
	}
	var b bytes.Buffer
	for _, c := range done {
		is := now[c.Addr]
		is.Held = held
		change, ok, err := undo.Decide(c, is)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		tally.Change(change)
		if err := plan.Encode(&b, change); err != nil {
			t.Fatal(err)
		}
	}
	for _, reason := range undo.Verdict(tally) {
		b.WriteString("refused: " + reason + "\n")
	}
	for _, text := range undo.Warnings(tally) {
		b.WriteString("warning: " + text + "\n")
	}
	return b.Bytes()
}
