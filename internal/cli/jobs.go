package cli

import (
	"context"
	"fmt"
	"iter"

	"github.com/spf13/pflag"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/blob"
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
)

// How a hub is read and written.
const (
	viaAuto     = "auto"
	viaRequests = "requests"
	viaJobs     = "jobs"
)

func (o *planOptions) bindVia(f *pflag.FlagSet) {
	f.StringVar(&o.via, "via", viaAuto, "go by requests, by the hub's own import and export jobs, or by what is quicker: `requests|jobs|auto`")
}

func checkVia(via string) error {
	if via != viaAuto && via != viaRequests && via != viaJobs {
		return fmt.Errorf("--via %s: it is %s, %s or %s", via, viaRequests, viaJobs, viaAuto)
	}
	return nil
}

// reads sets the way in which a hub is read, and tells whether that is an export job.
func (g *global) reads(ctx context.Context, r *remote.Remote, p *project, size quota.Hub, parallel int, via string) (exports bool, err error) {
	at := containerOf(p.environment)
	if via != viaJobs {
		if err := g.chooseReading(ctx, r, size, parallel, p.ids); err != nil {
			return false, err
		}
		exports = g.exportIsQuicker(via, at)
		for _, line := range g.reading.Lines() {
			fmt.Fprintln(g.env.Stderr, line)
		}
		if !exports {
			return false, nil
		}
	}
	j, err := g.jobs(ctx, p.environment.Name, at)
	if err != nil {
		return false, err
	}
	if via == viaJobs {
		fmt.Fprintf(g.env.Stderr, "Reading the hub: export job through %s\n", j.URL())
	}
	r.Via(j)
	r.ReadByExport()
	return true, nil
}

// exportIsQuicker holds an export against what was chosen, when either may be taken.
func (g *global) exportIsQuicker(via string, at *plan.Jobs) bool {
	if via != viaAuto || at == nil || g.reading == nil {
		return false
	}
	return g.reading.Exported(quota.ExportTime(g.reading.Twins))
}

// importIsQuicker holds imports against the requests of a plan, when either may be taken.
func (g *global) importIsQuicker(via string, e execution, size quota.Hub) bool {
	if via != viaAuto || e.header.Jobs == nil || !size.Known() {
		return false
	}
	bill := quota.Bill{}
	for _, l := range e.summary.Cost {
		bill.Add(quota.Class(l.Class), l.Requests, l.Operations)
	}
	byRequests, _ := size.Time(bill)
	n := e.summary.Counts
	creates, updates := int64(n.Create), int64(n.Update)
	byJobs := quota.ImportTime(creates, updates, creates+updates)
	if byJobs >= byRequests {
		return false
	}
	fmt.Fprintln(g.env.Stderr, render.Importing(creates+updates, byJobs, byRequests, size))
	return true
}

// containerOf is the container of an environment, as plans hold it; nil when there is
// none.
func containerOf(e config.Environment) *plan.Jobs {
	if e.Jobs == nil {
		return nil
	}
	return &plan.Jobs{Container: e.Jobs.Container, SAS: e.Jobs.SAS, Identity: e.Jobs.Identity}
}

// jobs opens the container of an environment.
func (g *global) jobs(ctx context.Context, environment string, at *plan.Jobs) (remote.Jobs, error) {
	if at == nil {
		return remote.Jobs{}, fmt.Errorf("--via jobs: environment %s has no jobs block. Add jobs { container = \"https://ACCOUNT.blob.core.windows.net/CONTAINER\" } with the SAS or the identity that opens it", environment)
	}
	sas := ""
	if at.SAS != "" {
		var err error
		if sas, err = g.resolver().Resolve(ctx, at.SAS); err != nil {
			return remote.Jobs{}, fmt.Errorf("jobs: sas: %w", err)
		}
	}
	c, err := blob.Open(at.Container, sas, g.env.getenv)
	if err != nil {
		return remote.Jobs{}, err
	}
	return remote.Jobs{Store: c, Identity: at.Identity, Tell: g.tell}, nil
}

// importing prepares an apply that goes by import jobs as far as it can.
func (g *global) importing(ctx context.Context, e execution, w *remote.Remote, o *apply.Options) (rest iter.Seq2[plan.Change, error], err error) {
	j, err := g.jobs(ctx, e.header.Environment, e.header.Jobs)
	if err != nil {
		return nil, err
	}
	w.Via(j)
	r := &routes{file: e.file}
	o.Importer, o.Beside = w.Importer(), nil
	for group := range o.Imports {
		o.Imports[group] = r.changes(group)
	}
	return r.changes(restRoute), nil
}

// tell says what is waited for.
func (g *global) tell(text string) { fmt.Fprintln(g.env.Stderr, text) }
