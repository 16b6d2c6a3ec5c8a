package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// hubPlan is the plan of one hub of an environment that stands for several. Each is
// made and carried out as if it were alone: with a connection, a pace and a journal of
// its own.
type hubPlan struct {
	g       *global
	name    string // of the environment: prod["eu"]
	file    string
	project *project
	summary plan.Summary
	err     error
}

// hubsAtOnce bounds how many hubs are planned at a time: they share what --memory
// allows.
const hubsAtOnce = 4

// planHubs makes a plan for each hub of a set, in a directory. What goes wrong with
// one stops no other.
func (g *global) planHubs(ctx context.Context, set *config.SetError, dir string, o planOptions) ([]*hubPlan, error) {
	switch {
	case g.hub != "":
		return nil, fmt.Errorf("--hub names one hub, but %w", set)
	case len(o.targets) > 0:
		return nil, fmt.Errorf("--target is for one hub, but %w", set)
	}
	var said sync.Mutex
	var hubs []*hubPlan
	for _, name := range set.Members {
		sub := g.forHub(name, &said, false)
		sub.memory = max(leastMemory, g.memory/memory(min(len(set.Members), hubsAtOnce)))
		hubs = append(hubs, &hubPlan{g: sub, name: name, file: filepath.Join(dir, escaped(keyOf(name))+planSuffix)})
	}
	slots := make(chan struct{}, hubsAtOnce)
	var all sync.WaitGroup
	for _, h := range hubs {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			h.project, h.summary, h.err = h.g.planInto(ctx, h.file, o)
			h.g.endLines()
		})
	}
	all.Wait()
	return hubs, nil
}

const planSuffix = ".plan"

// keyOf is the key of an environment in its set.
func keyOf(name string) string {
	_, key, _ := strings.Cut(name, "[")
	return strings.Trim(key, `"]`)
}

// forHub is a command for one hub: what it says bears the key of its environment.
// Plans are shown on standard output by whoever asked for them, without.
func (g *global) forHub(name string, said *sync.Mutex, json bool) *global {
	sub, env := *g, *g.env
	key := keyOf(name) + ": "
	env.StderrTTY, env.StdinTTY = false, false
	env.Stderr = &ledLines{w: g.env.Stderr, said: said, lead: key}
	if json {
		key = fmt.Sprintf(`{"environment":%q,`, name)
	}
	env.Stdout = &ledLines{w: g.env.Stdout, said: said, lead: key, json: json}
	sub.env, sub.envName = &env, name
	return &sub
}

// endLines writes what has no end of line yet.
func (g *global) endLines() {
	for _, w := range []io.Writer{g.env.Stdout, g.env.Stderr} {
		if l, ok := w.(*ledLines); ok {
			l.end()
		}
	}
}

// planSet plans every hub of a set and shows the plans in one report.
func (g *global) planSet(ctx context.Context, set *config.SetError, o planCmd) error {
	dir, done, err := g.planDir(o.out)
	if err != nil {
		return err
	}
	defer done()
	hubs, err := g.planHubs(ctx, set, dir, o.planOptions)
	if err != nil {
		return err
	}
	err = g.showHubs(hubs, o)
	if o.out != "" {
		g.kept(o.out)
	}
	return err
}

// planDir is a directory for plans: the named one, emptied of plans, or a temporary one
// that done removes. What was left in it would be applied along with them.
func (g *global) planDir(out string) (dir string, done func(), err error) {
	if out == "" {
		if dir, err = os.MkdirTemp("", "twinset-"); err != nil {
			return "", nil, fmt.Errorf("write plans: %w", err)
		}
		return dir, func() { _ = os.RemoveAll(dir) }, nil
	}
	dir = g.path(out)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, fmt.Errorf("--out %s: the environment stands for several hubs, whose plans go into a directory: %w", out, err)
	}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), planSuffix) {
			return "", nil, fmt.Errorf("--out %s: there is %s, which is no plan; name a new directory", out, e.Name())
		}
	}
	for _, e := range entries {
		err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
	}
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return dir, func() {}, err
}

// showHubs shows plans one after the other, what went wrong instead of a plan, and what
// there is to say about all of them. The error holds the worst of their exit codes.
func (g *global) showHubs(hubs []*hubPlan, o planCmd) error {
	worst := exitOK
	var counts []plan.Counts
	for i, h := range hubs {
		if h.err != nil {
			worst = worse(worst, g.failedHub(h))
			continue
		}
		if !o.json {
			render.HubHeading(g.env.Stdout, h.name, i == 0, g.style(g.env.StdoutTTY))
		}
		shown := *h.g
		env := *shown.env
		env.Stdout = g.env.Stdout
		if o.json {
			env.Stdout = shown.jsonOut(h.name, g.env.Stdout)
		}
		shown.env = &env
		if err := shown.showPlan(h.file, o); err != nil {
			return err
		}
		counts = append(counts, h.summary.Counts)
		code, _ := exitCode(planExit(h.summary, o))
		worst = worse(worst, code)
	}
	if !o.json {
		render.HubsSummary(g.env.Stdout, counts, len(hubs), g.style(g.env.StdoutTTY))
	}
	if err := g.warnOfMoves(hubs); err != nil {
		return err
	}
	if worst != exitOK {
		return exit(worst)
	}
	return nil
}

func (g *global) jsonOut(name string, w io.Writer) io.Writer {
	return &ledLines{w: w, said: new(sync.Mutex), lead: fmt.Sprintf(`{"environment":%q,`, name), json: true}
}

// failedHub says why a hub has no plan.
func (g *global) failedHub(h *hubPlan) int {
	code, say := exitCode(h.err)
	if say {
		fmt.Fprintf(g.env.Stderr, "Error: %s: %v\n", h.name, h.err)
	} else {
		fmt.Fprintf(g.env.Stderr, "Error: %s: there is no plan\n", h.name)
	}
	return code
}

// worse is the code that says more: an interrupt above an error, and that above what
// was left undone, refused, or to be done.
func worse(a, b int) int {
	order := []int{exitOK, exitChanges, exitRefused, exitStale, exitPartial, exitError, exitInterrupted}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// maxMoves bounds the devices that are named.
const maxMoves = 5

// warnOfMoves tells of devices that go on one hub and come on another: a new identity
// has new keys.
func (g *global) warnOfMoves(hubs []*hubPlan) error {
	from := map[string]string{}
	each := func(action plan.Action, do func(h *hubPlan, id string)) error {
		for _, h := range hubs {
			if h.err != nil {
				continue
			}
			if err := eachDevice(h.file, action, func(id string) { do(h, id) }); err != nil {
				return err
			}
		}
		return nil
	}
	if err := each(plan.Delete, func(h *hubPlan, id string) { from[id] = h.name }); err != nil || len(from) == 0 {
		return err
	}
	moves := 0
	err := each(plan.Create, func(h *hubPlan, id string) {
		if before, ok := from[id]; ok {
			if moves++; moves <= maxMoves {
				fmt.Fprintf(g.env.Stderr, "Warning: device %s moves from %s to %s: it is made there with new keys, and what it has reported stays behind\n", id, before, h.name)
			}
		}
	})
	if moves > maxMoves {
		fmt.Fprintf(g.env.Stderr, "Warning: %d more devices move from one hub to another\n", moves-maxMoves)
	}
	return err
}

func eachDevice(file string, action plan.Action, do func(id string)) error {
	r, closer, err := openPlan(file)()
	if err != nil {
		return err
	}
	defer closer.Close()
	for c, err := range r.Changes() {
		if err != nil {
			return err
		}
		if c.Action == action && c.Addr.Kind == schema.KindDevice {
			do(c.Addr.ID)
		}
	}
	return nil
}
