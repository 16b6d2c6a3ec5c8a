package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/twinset/twinset/internal/emulator"
	"github.com/twinset/twinset/internal/entra"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/internal/secret"
	"github.com/twinset/twinset/schema"
)

// embedded is the name of the embedded hub in a configuration.
const embedded = "emulator"

// defaultParallel is the number of requests under way at once.
const defaultParallel = 10

// connection is an open hub. Name is what plans are made for.
type connection struct {
	name   string
	client *hub.Client
	size   quota.Hub
	meter  *meter
	close  func() error
}

// connect opens the hub of an environment, or the one that --hub names.
//
// The embedded hub runs in this process on the project's own data, unless
// `twinset emulator` serves that data just now: then it is used over the wire.
//
// Size is what the configuration says of the hub; requests keep its limits. It is
// that of the environment's own hub, not of one that --hub names.
func (g *global) connect(name string, size quota.Hub) (*connection, error) {
	if g.hub != "" {
		if hubHost(g.hub) != hubHost(name) {
			size = quota.Hub{}
		}
		name = g.hub
	}
	m := &meter{now: g.env.Now}
	c, err := g.open(name, hub.Options{Rates: ratesOf(size), Observe: m.observe})
	if err != nil {
		return nil, err
	}
	c.size, c.meter = size, m
	return c, nil
}

func (g *global) open(name string, o hub.Options) (*connection, error) {
	if name == embedded {
		return g.openEmbedded(o)
	}
	log, err := g.logger()
	if err != nil {
		return nil, err
	}
	host, cred, err := g.credential(hubHost(name))
	if err != nil {
		return nil, err
	}
	o.CAFile, o.Logger, o.UserAgent = g.env.getenv("TWINSET_CA_FILE"), log, "twinset/"+version
	client, err := hub.New(host, cred, &o)
	if err != nil {
		return nil, err
	}
	return &connection{name: host, client: client, close: func() error { return nil }}, nil
}

// hubHost completes the short name of a hub.
func hubHost(name string) string {
	if strings.ContainsAny(name, ".:") || name == "localhost" {
		return name
	}
	return name + ".azure-devices.net"
}

// credential finds how to sign in: a connection string from the environment, else
// Entra ID. A connection string of another hub is refused: it is in the
// environment for something else, or the wrong environment was chosen.
func (g *global) credential(host string) (string, hub.Credential, error) {
	text := g.env.getenv("IOTHUB_CONNECTION_STRING")
	if text == "" {
		tokens, err := entra.Credential(g.env.getenv)
		if err != nil {
			return "", nil, err
		}
		return host, hub.TokenCredential(tokens), nil
	}
	var others []string
	for one := range strings.FieldsSeq(text) { // of several hubs, one string each
		cs, err := hub.ParseConnectionString(one)
		if err != nil {
			return "", nil, fmt.Errorf("IOTHUB_CONNECTION_STRING: %w", err)
		}
		if sameHost(cs.HostName, host) {
			cred, err := hub.SASCredential(cs, g.env.Now)
			return cs.HostName, cred, err
		}
		others = append(others, cs.HostName)
	}
	return "", nil, fmt.Errorf("IOTHUB_CONNECTION_STRING is for %s, but the hub is %s. Unset it to sign in with Entra ID, or set the string of that hub", strings.Join(others, " and "), host)
}

// sameHost compares host names without regard to case. A port counts when both
// name one.
func sameHost(a, b string) bool {
	ha, pa := splitPort(a)
	hb, pb := splitPort(b)
	return strings.EqualFold(ha, hb) && (pa == pb || pa == "" || pb == "")
}

func splitPort(host string) (string, string) {
	h, p, err := net.SplitHostPort(host)
	if err != nil {
		return host, ""
	}
	return h, p
}

func (g *global) openEmbedded(o hub.Options) (*connection, error) {
	data := filepath.Join(g.dir(), ".twinset", "emulator")
	log, done, err := g.exchangeLog()
	if err != nil {
		return nil, err
	}
	seed, err := g.awkwardSeed()
	if err != nil {
		return nil, errors.Join(err, done())
	}
	h, err := emulator.Open(emulator.Options{DataDir: data, Observe: log, Awkward: seed})
	if errors.Is(err, emulator.ErrLocked) {
		return g.servedEmbedded(data, o, errors.Join(err, done()))
	}
	if err != nil {
		return nil, errors.Join(err, done())
	}
	closeAll := func() error { return errors.Join(h.Close(), done()) }
	client, err := g.inProcess(h, o)
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	return &connection{name: embedded, client: client, close: closeAll}, nil
}

func (g *global) inProcess(h *emulator.Hub, o hub.Options) (*hub.Client, error) {
	text, err := h.ConnectionString("iothubowner", "")
	if err != nil {
		return nil, err
	}
	cs, err := hub.ParseConnectionString(text)
	if err != nil {
		return nil, err
	}
	cred, err := hub.SASCredential(cs, g.env.Now)
	if err != nil {
		return nil, err
	}
	o.Transport = handlerTransport{h}
	return hub.New(cs.HostName, cred, &o)
}

// servedEmbedded reaches the embedded hub through the process that serves it.
func (g *global) servedEmbedded(data string, o hub.Options, locked error) (*connection, error) {
	end, err := emulator.ReadEndpoint(data)
	if err != nil {
		return nil, fmt.Errorf("%w, and it is not served; wait for the other twinset to end", locked)
	}
	cs, err := hub.ParseConnectionString(end.ConnectionString)
	if err != nil {
		return nil, err
	}
	cred, err := hub.SASCredential(cs, g.env.Now)
	if err != nil {
		return nil, err
	}
	o.CAFile = end.CAFile
	client, err := hub.New(cs.HostName, cred, &o)
	if err != nil {
		return nil, err
	}
	return &connection{name: embedded, client: client, close: func() error { return nil }}, nil
}

// exchangeLog appends the requests that the embedded hub sees to the file that
// TWINSET_EMULATOR_LOG names.
func (g *global) exchangeLog() (func(emulator.Exchange), func() error, error) {
	name := g.env.getenv("TWINSET_EMULATOR_LOG")
	if name == "" {
		return nil, func() error { return nil }, nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("TWINSET_EMULATOR_LOG: %w", err)
	}
	return func(e emulator.Exchange) { logExchange(f, e) }, f.Close, nil
}

var loggedSecret = regexp.MustCompile(`(?i)("(?:(?:primary|secondary)Key|(?:input|output)BlobContainerUri)"\s*:\s*)"[^"]*"`)

// logExchange writes one line: method, path, status, and what was sent, without
// the keys that identities carry and the tokens in the URIs of containers.
func logExchange(w io.Writer, e emulator.Exchange) {
	fmt.Fprintf(w, "%s %s %d", e.Method, e.Path, e.Status)
	if e.IfMatch != "" {
		fmt.Fprintf(w, " if-match=%s", e.IfMatch)
	}
	if len(e.Body) > 0 && e.Path != emulator.LoadPath { // lines of any form, with keys
		fmt.Fprintf(w, " %s", loggedSecret.ReplaceAll(e.Body, []byte(`$1"(redacted)"`)))
	}
	fmt.Fprintln(w)
}

// resolver looks up secrets for this project.
func (g *global) resolver() secret.Resolver {
	return secret.Resolver{Getenv: g.env.LookupEnv, Dir: g.dir(), Vault: g.vault}
}

func (g *global) remote(c *connection, owner string, parallel int, progress func(int)) *remote.Remote {
	return remote.New(c.client, remote.Options{Owner: owner, Secrets: g.resolver().Resolve, Parallel: parallel, Observe: progress, Now: g.env.Now})
}

// writer is a remote that is written to: what it deletes is backed up, and keys
// too if there is a way to.
func (g *global) writer(c *connection, owner string, parallel int, b *backups, keys func(schema.Address, []byte) error) *remote.Remote {
	return remote.New(c.client, remote.Options{Owner: owner, Secrets: g.resolver().Resolve, Parallel: parallel, Backup: b.keep, BackupKeys: keys})
}

// parallelism is the flag, else the environment block's, else what uses the hub's
// allowance of a class, else the default.
func (g *global) parallelism(configured int, size quota.Hub, c quota.Class) int {
	switch {
	case g.parallel > 0:
		return g.parallel
	case configured > 0:
		return configured
	case size.Known():
		return size.Workers(c)
	default:
		return defaultParallel
	}
}
