package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/twinset/twinset/internal/config"
)

// applySet plans every hub of a set, shows the plans, asks once, and carries them out
// side by side. When one of them cannot be carried out, none is.
func (g *global) applySet(ctx context.Context, set *config.SetError, planned plannedCmd, o applyCmd) error {
	dir := filepath.Join(g.dir(), ".twinset", "last-plans")
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("write plans: %w", err)
	}
	hubs, err := g.planHubs(ctx, set, dir, o.planOptions)
	if err != nil {
		return err
	}
	if err := g.showHubs(hubs, planCmd{json: o.json}); err != nil {
		g.hint("Nothing was applied, on none of the hubs.")
		return err
	}
	var files []string
	for _, h := range hubs {
		if h.summary.Counts.Any() {
			files = append(files, h.file)
		}
	}
	if len(files) == 0 {
		return nil
	}
	asked := *hubs[0].project
	asked.environment.Name = set.Name
	if err := g.mayApply(&asked, planned); err != nil {
		return err
	}
	return g.executeHubs(ctx, files, o, false)
}

// applyDir carries out the plans of a directory, which was made for a set.
func (g *global) applyDir(ctx context.Context, dir string, o applyCmd) error {
	files, err := planFiles(dir)
	if err != nil {
		return err
	}
	return g.executeHubs(ctx, files, o, true)
}

// planFiles are the plans in a directory.
func planFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open plans: %w", err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), planSuffix) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no plan in %s; make one with: twinset plan --out %s", dir, dir)
	}
	return files, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// executeHubs carries out plans side by side. All of them are looked at before the
// first request.
func (g *global) executeHubs(ctx context.Context, files []string, o applyCmd, saved bool) error {
	var said sync.Mutex
	subs := make([]*global, len(files))
	for i, file := range files {
		h, summary, err := verifyPlan(file)
		if err != nil {
			return err
		}
		sub := g.forHub(h.Environment, &said, o.json)
		if g.envName != "" && !strings.HasPrefix(h.Environment, g.envName+"[") {
			sub.envName = g.envName
		}
		if err := sub.accept(execution{file: file, saved: saved, header: h, summary: summary}); err != nil {
			return err
		}
		subs[i] = sub
	}
	codes := make([]int, len(files))
	var all sync.WaitGroup
	for i, sub := range subs {
		all.Go(func() { codes[i] = sub.executeHub(ctx, files[i], o, saved) })
	}
	all.Wait()
	worst := exitOK
	for _, code := range codes {
		worst = worse(worst, code)
	}
	if worst != exitOK {
		return exit(worst)
	}
	return nil
}

// executeHub carries out one plan, says what went wrong, and returns the exit code. With
// --resume a plan that was not begun is begun.
func (g *global) executeHub(ctx context.Context, file string, o applyCmd, saved bool) int {
	defer g.endLines()
	if o.resume {
		id, err := applyID(file)
		if err == nil {
			_, err = os.Stat(g.journalFile(id))
		}
		o.resume = !errors.Is(err, os.ErrNotExist)
	}
	err := g.execute(ctx, file, o, saved)
	code, say := exitCode(err)
	if say {
		g.printError(err)
	}
	return code
}
