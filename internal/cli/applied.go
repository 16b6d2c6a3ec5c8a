package cli

import (
	"cmp"
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
	open  int // outcomes that are not done
}

// applies are all that have a journal, the latest first.
func (g *global) applies() ([]applied, error) {
	entries, err := os.ReadDir(g.journals())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	var list []applied
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".ndjson" {
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
		case l.Entry.Status == apply.Already:
			a.found++
		case l.Entry.Status != apply.Done:
			a.open++
		default:
			a.count(l.Entry.Action)
		}
	}
	return a, nil
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
	list, err := g.applies()
	if err != nil {
		return applied{}, err
	}
	var found []applied
	for _, a := range list {
		if strings.HasPrefix(a.Apply, id) {
			found = append(found, a)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return applied{}, fmt.Errorf("there are %d applies whose id begins with %s%s", len(found), id, known(found))
	default:
		return applied{}, fmt.Errorf("there is no journal of an apply %s%s", id, known(list))
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

func (g *global) listApplies() error {
	list, err := g.applies()
	if err != nil {
		return err
	}
	for _, a := range list {
		if _, err := fmt.Fprintln(g.env.Stdout, a); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		g.hint("There is no journal of an apply in %s", g.journals())
	}
	return nil
}
