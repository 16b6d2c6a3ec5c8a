package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/twinset/twinset/internal/blob"
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/remote"
)

// How a hub is read.
const (
	viaRequests = "requests"
	viaJobs     = "jobs"
)

func (o *planOptions) bindVia(f *pflag.FlagSet) {
	f.StringVar(&o.via, "via", viaRequests, "read the hub by `requests`, or by its own export jobs: jobs")
}

// reads sets the way in which a hub is read.
func (g *global) reads(ctx context.Context, r *remote.Remote, p *project, size quota.Hub, parallel int, via string) error {
	switch via {
	case "", viaRequests:
		return g.chooseReading(ctx, r, size, parallel, p.ids)
	case viaJobs:
	default:
		return fmt.Errorf("--via %s: it is %s or %s", via, viaJobs, viaRequests)
	}
	j, err := g.jobs(ctx, p.environment)
	if err != nil {
		return err
	}
	fmt.Fprintf(g.env.Stderr, "Reading the hub: export job through %s\n", j.URL())
	r.Via(j)
	r.ReadByExport()
	return nil
}

// jobs opens the container of an environment.
func (g *global) jobs(ctx context.Context, e config.Environment) (remote.Jobs, error) {
	if e.Jobs == nil {
		return remote.Jobs{}, fmt.Errorf("--via jobs: environment %s has no jobs block. Add jobs { container = \"https://ACCOUNT.blob.core.windows.net/CONTAINER\" } with the SAS or the identity that opens it", e.Name)
	}
	sas := ""
	if e.Jobs.SAS != "" {
		var err error
		if sas, err = g.resolver().Resolve(ctx, e.Jobs.SAS); err != nil {
			return remote.Jobs{}, fmt.Errorf("jobs: sas: %w", err)
		}
		if sas == "" {
			return remote.Jobs{}, errors.New("jobs: sas: the secret is empty")
		}
	}
	c, err := blob.Open(e.Jobs.Container, sas, g.env.getenv)
	if err != nil {
		return remote.Jobs{}, err
	}
	return remote.Jobs{Store: c, Identity: e.Jobs.Identity, Tell: g.tell}, nil
}

// tell says what is waited for.
func (g *global) tell(text string) { fmt.Fprintln(g.env.Stderr, text) }
