package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// ServeOptions say how Serve serves a hub.
type ServeOptions struct {
	Listen     string         // host:port, port 0 picks a free one; default "127.0.0.1:8443"
	MQTT       string         // host:port of the device endpoint; empty: devices connect over WebSocket only
	ReadyFile  string         // written when connections are accepted, removed at the end; empty for none
	FlushEvery time.Duration  // between snapshots; default 2 s
	Ready      func(Endpoint) // called once, when connections are accepted
}

// Endpoint tells how to reach a hub that is being served. It holds a key.
type Endpoint struct {
	ConnectionString string `json:"connection_string"` // of iothubowner; the host name carries the port unless it is 443
	CAFile           string `json:"ca_file"`           // absolute path
	HTTPS            string `json:"https"`             // host:port
	MQTT             string `json:"mqtt"`              // host:port, empty without ServeOptions.MQTT
}

const (
	defaultListen     = "127.0.0.1:8443"
	defaultFlushEvery = 2 * time.Second
	// shutdownGrace bounds the wait for requests that are under way when the context ends.
	shutdownGrace = 5 * time.Second
	// flushShare keeps snapshots of a large hub from taking more than this part of the time.
	flushShare = 10
)

// Serve answers HTTPS and devices until ctx ends, then disconnects the devices, finishes the requests under way and
// flushes. The ready file, and endpoint.json in the data directory, exist while it serves.
func Serve(ctx context.Context, h *Hub, o ServeOptions) error {
	config, err := h.TLSConfig()
	if err != nil {
		return err
	}
	if err := h.Flush(); err != nil { // the keys of a new hub outlive whatever comes
		return err
	}
	listener, err := net.Listen("tcp", o.listen())
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	devices, err := o.listenDevices(config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	front, stopErrands := h.attach(), h.background()
	server := &http.Server{
		Handler: withWebSocket(h, front), TLSConfig: config, ReadHeaderTimeout: 10 * time.Second,
		// A client that does not trust the CA reports that itself.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	served := make(chan error, 2)
	go func() { served <- server.ServeTLS(listener, "", "") }()
	if devices != nil {
		go func() { served <- front.Serve(devices) }()
	}

	announced, err := h.announce(listener.Addr(), devices, o)
	if err == nil {
		err = h.flushUntil(ctx, served, o)
	}
	stopped := errors.Join(h.detach(), stop(server))
	stopErrands()
	return errors.Join(err, stopped, announced.remove(), h.Flush())
}

func (o ServeOptions) listen() string {
	if o.Listen == "" {
		return defaultListen
	}
	return o.Listen
}

// flushUntil returns when ctx ends or the server fails. An error of one snapshot is left to the last one to report.
func (h *Hub) flushUntil(ctx context.Context, served <-chan error, o ServeOptions) error {
	every := o.FlushEvery
	if every <= 0 {
		every = defaultFlushEvery
	}
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-served:
			return fmt.Errorf("serve: %w", err)
		case started := <-timer.C:
			h.Tick()
			_ = h.compact()
			timer.Reset(max(every, flushShare*time.Since(started)))
		}
	}
}

func stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// announcement is the files that tell others about a served hub.
type announcement []string

func (a announcement) remove() error {
	var errs []error
	for _, name := range a {
		errs = append(errs, removeFile(name))
	}
	return errors.Join(errs...)
}

// announce writes the files, then tells Ready. The files written so far are returned with an error too.
func (h *Hub) announce(addr net.Addr, devices net.Listener, o ServeOptions) (announcement, error) {
	var written announcement
	e, err := h.endpoint(addr)
	if err != nil {
		return nil, err
	}
	e.MQTT = h.deviceAddress(devices)
	if h.disk == nil {
		if e.CAFile, err = h.temporaryCA(); err != nil {
			return nil, err
		}
		written = append(written, e.CAFile)
	}
	names := []string{}
	if h.disk != nil {
		names = append(names, filepath.Join(h.disk.dir, endpointName))
	}
	if o.ReadyFile != "" {
		names = append(names, o.ReadyFile)
	}
	for _, name := range names {
		if err := replaceFile(name, writeBytes(append(encode(e), '\n'))); err != nil {
			return written, fmt.Errorf("write endpoint file: %w", err)
		}
		written = append(written, name)
	}
	if o.Ready != nil {
		o.Ready(e)
	}
	return written, nil
}

// endpoint describes the hub; the CA file is the one in the data directory.
func (h *Hub) endpoint(addr net.Addr) (Endpoint, error) {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return Endpoint{}, fmt.Errorf("read listen address: %w", err)
	}
	name := bareHost(h.options.HostName)
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = name
	}
	hostPort := net.JoinHostPort(name, port)
	if port == "443" {
		hostPort = name
	}
	e := Endpoint{HTTPS: net.JoinHostPort(host, port)}
	if e.ConnectionString, err = h.ConnectionString("iothubowner", hostPort); err != nil {
		return Endpoint{}, err
	}
	if h.disk != nil {
		if e.CAFile, err = filepath.Abs(filepath.Join(h.disk.dir, caName)); err != nil {
			return Endpoint{}, fmt.Errorf("find CA file: %w", err)
		}
	}
	return e, nil
}

func (h *Hub) temporaryCA() (string, error) {
	certPEM, err := h.CACertificate()
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "twinset-emulator-ca-*.pem")
	if err != nil {
		return "", fmt.Errorf("write CA file: %w", err)
	}
	if err := fillFile(f, writeBytes(certPEM)); err != nil {
		return "", fmt.Errorf("write CA file: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return f.Name(), nil
}

// ReadEndpoint finds the hub that another process serves from dataDir. Without one the error is fs.ErrNotExist.
func ReadEndpoint(dataDir string) (Endpoint, error) {
	raw, err := os.ReadFile(filepath.Join(dataDir, endpointName))
	if err != nil {
		return Endpoint{}, fmt.Errorf("read endpoint of running emulator: %w", err)
	}
	var e Endpoint
	if err := json.Unmarshal(raw, &e); err != nil {
		return Endpoint{}, fmt.Errorf("read endpoint of running emulator: %w", err)
	}
	return e, nil
}
