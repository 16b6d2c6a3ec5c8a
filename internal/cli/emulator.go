package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/emulator"
)

type emulatorCmd struct {
	listen, hostName, dataDir, readyFile string
	ephemeral, logRequests               bool

	later map[string]*string // flags of later versions
}

const emulatorLong = `Serve the embedded IoT Hub over TLS, for the SDKs, the az command line, and
twinset itself.

Without --data-dir it serves the hub of this project's "emulator" environment:
.twinset/emulator. It prints the connection string of iothubowner and the path
of its CA certificate; trust that certificate with TWINSET_CA_FILE,
NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE or SSL_CERT_FILE. Ctrl-C ends it and keeps
the data. What it does not emulate answers 501; docs/emulator.md lists it all.`

func newEmulator(g *global) *cobra.Command {
	var o emulatorCmd
	cmd := &cobra.Command{
		Use: "emulator", Short: "Serve the embedded IoT Hub", Long: emulatorLong, Args: cobra.NoArgs,
		Example: "  twinset emulator\n  twinset emulator --listen 127.0.0.1:0 --ephemeral --ready-file ready.json",
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runEmulator(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8443", "serve HTTPS on `ADDR`; port 0 picks a free one")
	f.StringVar(&o.hostName, "host-name", "localhost", "the hub's host name in connection strings and its certificate")
	f.StringVar(&o.dataDir, "data-dir", "", "keep the data in `DIR` (default .twinset/emulator)")
	f.BoolVar(&o.ephemeral, "ephemeral", false, "keep the data in memory only")
	f.StringVar(&o.readyFile, "ready-file", "", "write the endpoint to `FILE` as JSON when connections are accepted")
	f.BoolVar(&o.logRequests, "log-requests", false, "log requests to stderr")
	cmd.MarkFlagsMutuallyExclusive("data-dir", "ephemeral")
	o.later = map[string]*string{}
	for _, name := range []string{"mqtt", "sku", "units"} {
		o.later[name] = f.String(name, "", "")
		_ = f.MarkHidden(name) // the flag exists
	}
	return cmd
}

func (g *global) runEmulator(ctx context.Context, o emulatorCmd) error {
	for name, value := range o.later {
		if *value != "" {
			return fmt.Errorf("--%s is not supported by this version: the embedded hub has no device endpoint and no limits yet; docs/emulator.md lists what is not emulated", name)
		}
	}
	h, err := emulator.Open(g.emulatorOptions(o))
	if err != nil {
		return err
	}
	err = emulator.Serve(ctx, h, emulator.ServeOptions{Listen: o.listen, ReadyFile: o.readyFile, Ready: g.emulatorReady})
	return errors.Join(err, h.Close())
}

func (g *global) emulatorOptions(o emulatorCmd) emulator.Options {
	opts := emulator.Options{HostName: o.hostName, DataDir: o.dataDir}
	if o.dataDir == "" && !o.ephemeral {
		opts.DataDir = filepath.Join(g.dir(), ".twinset", "emulator")
	}
	if o.logRequests {
		opts.Observe = func(e emulator.Exchange) { logExchange(g.env.Stderr, e) }
	}
	return opts
}

func (g *global) emulatorReady(e emulator.Endpoint) {
	fmt.Fprintf(g.env.Stdout, "Connection string: %s\nCA certificate:    %s\n", e.ConnectionString, e.CAFile)
	g.hint("Serving https://%s until Ctrl-C.", e.HTTPS)
}
