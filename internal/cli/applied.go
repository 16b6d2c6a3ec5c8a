package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
)

// applied is an apply as its journal tells it.
type applied struct {
	apply.Begun // the last of its runs

	file  string
	runs  int
	done  plan.Counts
	found int // objects that were as planned already
	open  int // what the last run did not get done
}

// applies are all that have a journal, the latest first.
func (g *global) applies() ([]applied, error) { return g.appliesLike("") }

// appliesLike are those whose id begins so.
func (g *global) appliesLike(id string) ([]applied, error) {
	entries, err := os.ReadDir(g.journals())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	var list []applied
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".ndjson" || !strings.HasPrefix(e.Name(), id) {
			continue
		}
		a, err := readApplied(filepath.Join(g.journals(), e.Name()))
		if err != nil {
			return nil, err
		}
		if a.runs > 0 {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b applied) int {
		return cmp.Or(strings.Compare(b.At, a.At), strings.Compare(a.Apply, b.Apply))
	})
	return list, nil
}

func readApplied(file string) (applied, error) {
	a := applied{file: file}
	for l, err := range a.lines() {
		switch {
		case err != nil:
			return a, err
		case l.Begun != nil:
			a.Begun = *l.Begun
			a.runs++
			a.open = 0 // tried again, or given up
		case l.Entry.Status == apply.Already:
			a.found++
		case l.Entry.Status == apply.Done:
			a.count(l.Entry.Action)
		default:
			a.open++
		}
	}
	if a.runs > 1 {
		return a, a.recount()
	}
	return a, nil
}

// recount counts every object once, which several runs may have met: as done, if one
// of them did it.
func (a *applied) recount() error {
	a.done, a.found = plan.Counts{}, 0
	seed, seen := maphash.MakeSeed(), map[uint64]bool{}
	for c, err := range a.changes() {
		if err != nil {
			return err
		}
		a.count(c.Action)
		seen[maphash.Bytes(seed, c.Addr.AppendKey(nil))] = true
	}
	for l, err := range a.lines() {
		if err != nil {
			return err
		}
		if l.Entry.Status != apply.Already {
			continue
		}
		if key := maphash.Bytes(seed, l.Entry.Addr.AppendKey(nil)); !seen[key] {
			seen[key] = true
			a.found++
		}
	}
	return nil
}

func (a *applied) count(action plan.Action) {
	switch action {
	case plan.Create:
		a.done.Create++
	case plan.Update:
		a.done.Update++
	case plan.Delete:
		a.done.Delete++
	}
}

func (a *applied) lines() iter.Seq2[apply.Line, error] {
	return func(yield func(apply.Line, error) bool) {
		f, err := os.Open(a.file)
		if err != nil {
			yield(apply.Line{}, fmt.Errorf("read journal: %w", err))
			return
		}
		defer f.Close()
		for l, err := range apply.ReadJournal(f) {
			if err != nil {
				err = fmt.Errorf("%s: %w", a.file, err)
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

// changes are what was done, once for each object: a plan that was taken back can be
// applied again, under the same id.
func (a *applied) changes() iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		seed, seen := maphash.MakeSeed(), map[uint64]bool{}
		for l, err := range a.lines() {
			if err == nil && l.Entry.Status != apply.Done {
				continue
			}
			if err == nil && a.runs > 1 {
				key := maphash.Bytes(seed, l.Entry.Addr.AppendKey(nil))
				if seen[key] {
					continue
				}
				seen[key] = true
			}
			if !yield(l.Entry.Change, err) {
				return
			}
		}
	}
}

// appliedAs finds an apply by its id, or the beginning of it.
func (g *global) appliedAs(id string) (applied, error) {
	found, err := g.appliesLike(id)
	switch {
	case err != nil:
		return applied{}, err
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return applied{}, fmt.Errorf("there are %d applies whose id begins with %s%s", len(found), id, known(found))
	default:
		return applied{}, fmt.Errorf("there is no journal of an apply %s%s", id, g.knownApplies())
	}
}

// knownApplies is a list for the end of an error.
func (g *global) knownApplies() string {
	list, err := g.applies()
	if err != nil {
		return ""
	}
	return known(list)
}

const maxKnown = 10

func known(list []applied) string {
	if len(list) == 0 {
		return "; there is none here: journals are in .twinset/journal/ of the project's directory"
	}
	var b strings.Builder
	for _, a := range list[:min(maxKnown, len(list))] {
		fmt.Fprintf(&b, "\n  %s", a)
	}
	if more := len(list) - maxKnown; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more; see twinset undo --list", more)
	}
	return b.String()
}

// String is a line of the list.
func (a applied) String() string {
	at, _, _ := strings.Cut(a.At, ".")
	text := fmt.Sprintf("%s  %sZ  %s  %s  %d added, %d changed, %d destroyed", a.Apply, at, a.Environment, a.Hub, a.done.Create, a.done.Update, a.done.Delete)
	if a.open > 0 {
		text += fmt.Sprintf(", %d not done", a.open)
	}
	return text
}

// listApplies prints all of them, for people or as JSON lines.
func (g *global) listApplies(asJSON bool) error {
	list, err := g.applies()
	if err != nil {
		return err
	}
	for _, a := range list {
		line := []byte(a.String())
		if asJSON {
			if line, err = json.Marshal(a.listed()); err != nil {
				return fmt.Errorf("list applies: %w", err)
			}
		}
		if _, err := fmt.Fprintf(g.env.Stdout, "%s\n", line); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		g.hint("There is no journal of an apply in %s", g.journals())
	}
	return nil
}

// listedApply is a line of the list as JSON.
type listedApply struct {
	apply.Begun

	Added     int `json:"added"`
	Changed   int `json:"changed"`
	Destroyed int `json:"destroyed"`
	Found     int `json:"found"`    // as planned already
	NotDone   int `json:"not_done"` // failed, in conflict or skipped in the last run
}

func (a applied) listed() listedApply {
	return listedApply{Begun: a.Begun, Added: a.done.Create, Changed: a.done.Update, Destroyed: a.done.Delete, Found: a.found, NotDone: a.open}
}
