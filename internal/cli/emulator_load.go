package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/emulator"
)

const loadLong = `Read devices and modules into an embedded hub, a line of JSON each: a dump, or the
devices.txt that an export job of a real hub wrote. A device that is there already is
overwritten; "importMode" in a line says otherwise. Keys that a line does not have are
made anew. Lines that are refused are named and make the command fail; the others are
loaded. "-" reads stdin.

It works on a hub that twinset emulator serves, and on one that nobody uses.`

func newLoad(g *global) *cobra.Command {
	var o servedFlags
	cmd := &cobra.Command{
		Use: "load FILE", Short: "Read devices from a file", Long: loadLong, Args: cobra.ExactArgs(1),
		Example: "  twinset emulator load devices.txt\n  zcat export.gz | twinset emulator load - --data-dir hub",
		RunE:    func(cmd *cobra.Command, args []string) error { return g.runLoad(cmd.Context(), o, args[0]) },
	}
	o.bindStored(cmd)
	return cmd
}

func (g *global) runLoad(ctx context.Context, o servedFlags, name string) error {
	in, err := g.openInput(name)
	if err != nil {
		return err
	}
	hub, err := g.storedHub(o)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	report, err := hub.Load(ctx, in)
	return errors.Join(err, g.loaded(report), hub.Close(), in.Close())
}

// openInput opens a file, or stdin for "-".
func (g *global) openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(g.env.Stdin), nil
	}
	f, err := os.Open(g.path(name))
	if err != nil {
		return nil, fmt.Errorf("read devices: %w", err)
	}
	return f, nil
}

// loaded says what was loaded, and fails when lines were refused.
func (g *global) loaded(report emulator.LoadReport) error {
	g.hint("%s loaded.", countLines(report.Lines))
	if report.Refused == 0 {
		return nil
	}
	for _, e := range report.First {
		id := e.DeviceID
		if e.ModuleID != "" {
			id += "/" + e.ModuleID
		}
		g.hint("line %d: %s: %s", e.Line, id, e.Text)
	}
	return fmt.Errorf("load devices: %s refused", countLines(report.Refused))
}

func countLines(n int) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}

// seed fills a hub that is empty. One that has devices keeps them as they are: it has been seeded before.
func (g *global) seed(h *emulator.Hub, name string) error {
	if name == "" {
		return nil
	}
	if !h.IsEmpty() {
		g.hint("The hub has devices already; %s is not loaded.", name)
		return nil
	}
	in, err := g.openInput(name)
	if err != nil {
		return err
	}
	report, err := h.Load(in)
	return errors.Join(err, g.loaded(report), in.Close())
}
