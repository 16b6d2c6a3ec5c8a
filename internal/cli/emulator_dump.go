package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinset/twinset/internal/emulator"
)

// storedHub is a hub in a data directory: opened here, or served by another process.
type storedHub interface {
	Dump(ctx context.Context, w io.Writer, withKeys bool) error
	Load(ctx context.Context, r io.Reader) (emulator.LoadReport, error)
	Close() error
}

type openedHub struct{ *emulator.Hub }

func (h openedHub) Dump(_ context.Context, w io.Writer, withKeys bool) error {
	return h.Hub.Dump(w, withKeys)
}

func (h openedHub) Load(_ context.Context, r io.Reader) (emulator.LoadReport, error) {
	return h.Hub.Load(r)
}

type servedHub struct{ *emulator.Control }

func (h servedHub) Close() error {
	h.Control.Close()
	return nil
}

// storedHub opens the hub of --data-dir or, if another process serves it, speaks to that.
func (g *global) storedHub(s servedFlags) (storedHub, error) {
	if s.readyFile != "" {
		control, err := g.control(s)
		return servedHub{control}, err
	}
	if s.dataDir == "" {
		s.dataDir = filepath.Join(g.dir(), ".twinset", "emulator")
	}
	hub, err := emulator.Open(emulator.Options{DataDir: s.dataDir})
	if !errors.Is(err, emulator.ErrLocked) {
		return openedHub{hub}, err
	}
	control, notServed := g.control(s)
	if notServed != nil {
		return nil, fmt.Errorf("%w, which does not serve it; wait until that command has ended", err)
	}
	return servedHub{control}, nil
}

type dumpCmd struct {
	servedFlags
	out      string
	withKeys bool
}

const dumpLong = `Write all devices and modules of an embedded hub, a line of JSON each, as an export
job of the service does: identities, tags, desired and reported properties. Keys are
left out unless --with-keys is given. Configurations and jobs are not in it.

It works on a hub that twinset emulator serves, and on one that nobody uses.`

func newDump(g *global) *cobra.Command {
	var o dumpCmd
	cmd := &cobra.Command{
		Use: "dump", Short: "Write all devices to a file", Long: dumpLong, Args: cobra.NoArgs,
		Example: "  twinset emulator dump --out devices.txt\n  twinset emulator dump --data-dir hub | jq .id",
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runDump(cmd.Context(), o) },
	}
	f := o.bindStored(cmd)
	f.StringVarP(&o.out, "out", "o", "", "write to `FILE` (default stdout)")
	f.BoolVar(&o.withKeys, "with-keys", false, "with the keys of devices and modules")
	return cmd
}

// bindStored says what the flags mean where the hub need not be served.
func (s *servedFlags) bindStored(cmd *cobra.Command) *pflag.FlagSet {
	f := s.bind(cmd)
	f.Lookup("data-dir").Usage = "the hub kept in `DIR`, served or not (default .twinset/emulator)"
	return f
}

func (g *global) runDump(ctx context.Context, o dumpCmd) error {
	if err := g.mustExist(o.servedFlags); err != nil {
		return err
	}
	hub, err := g.storedHub(o.servedFlags)
	if err != nil {
		return err
	}
	return errors.Join(g.dumpTo(ctx, hub, o), hub.Close())
}

func (g *global) dumpTo(ctx context.Context, hub storedHub, o dumpCmd) error {
	if o.out == "" {
		return dumpBuffered(ctx, hub, g.env.Stdout, o.withKeys)
	}
	f, err := os.OpenFile(g.path(o.out), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // it may hold keys
	if err != nil {
		return fmt.Errorf("write dump: %w", err)
	}
	return errors.Join(dumpBuffered(ctx, hub, f, o.withKeys), f.Close())
}

func dumpBuffered(ctx context.Context, hub storedHub, w io.Writer, withKeys bool) error {
	buffered := bufio.NewWriter(w)
	return errors.Join(hub.Dump(ctx, buffered, withKeys), buffered.Flush())
}

// mustExist keeps a mistyped directory from being made.
func (g *global) mustExist(s servedFlags) error {
	if s.readyFile != "" {
		return nil
	}
	dir := s.dataDir
	if dir == "" {
		dir = filepath.Join(g.dir(), ".twinset", "emulator")
	}
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("there is no hub to dump: %w", err)
	}
	return nil
}
