package cli

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/emulator"
)

type emulatorCmd struct {
	listen, mqtt, hostName, dataDir, readyFile string
	deviceCA, seed                             string
	ephemeral, logRequests                     bool

	configurationCycle time.Duration

	hardship
}

const emulatorLong = `Serve the embedded IoT Hub over TLS, for the SDKs, the az command line, and
twinset itself.

Without --data-dir it serves the hub of this project's "emulator" environment:
.twinset/emulator. It prints the connection string of iothubowner and the path
of its CA certificate; trust that certificate with TWINSET_CA_FILE,
NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE or SSL_CERT_FILE. Ctrl-C ends it and keeps
the data. What it does not emulate answers 501; docs/emulator.md lists it all.

Devices and modules connect over MQTT, to the address of --mqtt or over WebSocket
to the one of --listen. Device SDKs dial port 8883 or 443.`

func newEmulator(g *global) *cobra.Command {
	var o emulatorCmd
	cmd := &cobra.Command{
		Use: "emulator", Short: "Serve the embedded IoT Hub", Long: emulatorLong, Args: cobra.NoArgs,
		Example: "  twinset emulator --mqtt 127.0.0.1:8883\n  twinset emulator --listen 127.0.0.1:0 --ephemeral --ready-file ready.json\n" +
			"  twinset emulator --sku S1 --units 2",
		RunE: func(cmd *cobra.Command, _ []string) error { return g.runEmulator(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8443", "serve HTTPS on `ADDR`; port 0 picks a free one")
	f.StringVar(&o.mqtt, "mqtt", "", "serve devices over MQTT on `ADDR`; port 0 picks a free one (default: over WebSocket only)")
	f.StringVar(&o.deviceCA, "device-ca", "", "let devices of type certificateAuthority connect with certificates of the CAs in `FILE`")
	f.StringVar(&o.hostName, "host-name", "localhost", "the hub's host name in connection strings and its certificate")
	f.StringVar(&o.dataDir, "data-dir", "", "keep the data in `DIR` (default .twinset/emulator)")
	f.BoolVar(&o.ephemeral, "ephemeral", false, "keep the data in memory only")
	f.StringVar(&o.readyFile, "ready-file", "", "write the endpoint to `FILE` as JSON when connections are accepted")
	f.StringVar(&o.seed, "seed", "", "load devices from `FILE`, a dump or export, into a hub that has none")
	f.BoolVar(&o.logRequests, "log-requests", false, "log requests and device connections to stderr")
	f.DurationVar(&o.configurationCycle, "configuration-cycle", 5*time.Minute, "evaluate automatic configurations again after `DURATION`")
	cmd.MarkFlagsMutuallyExclusive("data-dir", "ephemeral")
	o.bind(f)
	cmd.MarkFlagsMutuallyExclusive("calm", "awkward")
	cmd.AddCommand(newTelemetry(g), newSend(g), newDump(g), newLoad(g))
	return cmd
}

func (g *global) runEmulator(ctx context.Context, o emulatorCmd) error {
	opts, err := g.emulatorOptions(o)
	if err != nil {
		return err
	}
	h, err := emulator.Open(opts)
	if err != nil {
		return err
	}
	if err := g.seed(h, o.seed); err != nil {
		return errors.Join(err, h.Close())
	}
	err = emulator.Serve(ctx, h, emulator.ServeOptions{
		Listen: o.listen, MQTT: o.mqtt, ReadyFile: o.readyFile, Ready: g.emulatorReady,
	})
	return errors.Join(err, h.Close())
}

func (g *global) emulatorOptions(o emulatorCmd) (emulator.Options, error) {
	opts := emulator.Options{HostName: o.hostName, DataDir: o.dataDir, ConfigurationCycle: o.configurationCycle}
	if o.dataDir == "" && !o.ephemeral {
		opts.DataDir = filepath.Join(g.dir(), ".twinset", "emulator")
	}
	if o.logRequests {
		log := &lineWriter{w: g.env.Stderr}
		opts.Observe = func(e emulator.Exchange) {
			var line bytes.Buffer
			logExchange(&line, e)
			_, _ = log.Write(line.Bytes()) // a log that cannot be written is no reason to stop
		}
		opts.ObserveDevice = func(e emulator.DeviceEvent) { logDevice(log, e) }
	}
	err := o.apply(&opts)
	if o.deviceCA != "" && err == nil {
		opts.DeviceRoots, err = readRoots(g.path(o.deviceCA))
	}
	return opts, err
}

func readRoots(name string) (*x509.CertPool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read device CAs: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read device CAs: %s holds no certificate in PEM form", name)
	}
	return roots, nil
}

// lineWriter keeps lines of requests and of devices, which come at the same time, apart.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// logDevice says in one line what happened to a device's connection.
func logDevice(w io.Writer, e emulator.DeviceEvent) {
	line := fmt.Sprintf("MQTT %q %s", e.ClientID, e.What)
	if e.Why != nil {
		line += ": " + e.Why.Error()
	}
	_, _ = io.WriteString(w, line+"\n")
}

func (g *global) emulatorReady(e emulator.Endpoint) {
	fmt.Fprintf(g.env.Stdout, "Connection string: %s\nCA certificate:    %s\n", e.ConnectionString, e.CAFile)
	if e.MQTT != "" {
		g.hint("Serving devices on mqtts://%s.", e.MQTT)
	}
	g.hint("Serving https://%s until Ctrl-C.", e.HTTPS)
}
