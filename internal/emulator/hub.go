package emulator

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Options configure a Hub. The zero value is an empty hub in memory.
type Options struct {
	// HostName is the name in connection strings and one that SAS tokens may be signed for. Default "localhost".
	HostName string
	// DataDir keeps the hub's snapshot, its CA and its lock. Empty: memory only.
	DataDir string
	// Now is the hub's clock; certificates go by the real one. Default time.Now.
	Now func() time.Time
	// Rand is the source of keys, etags and request ids. Default crypto/rand.Reader.
	Rand io.Reader
	// ConfigurationCycle is the time between two evaluations of automatic configurations. Default 5 minutes.
	ConfigurationCycle time.Duration
	// Awkward is the seed of everything that the service may do but seldom does: queries that lag and show ghosts, short
	// pages, other forms of errors. Default 0, a calm hub.
	Awkward uint64
	// Prompt lets queries of an awkward hub show writes at once, for tests that read what they have just written.
	Prompt bool
	// Faults make requests fail; the first rule that is for a request counts.
	Faults []*FaultRule
	// Observe is called once per request, after the answer and never concurrently.
	Observe func(Exchange)
	// AfterFunc calls f once after d of the hub's clock, unless stop comes first: keep-alive and expiry of device
	// connections, and the timeouts of direct methods. Default time.AfterFunc.
	AfterFunc func(d time.Duration, f func()) (stop func() bool)
	// DeviceRoots are the CAs whose certificates devices of type certificateAuthority show. Default none.
	DeviceRoots *x509.CertPool
	// SKU (F1, S1, S2, S3) and Units, default 1, throttle the service's side and count its messages of a day as a hub of
	// that size does. Empty: no limits.
	SKU   string
	Units int
	// ObserveDevice is told when a device connects, is refused or disconnects. It may be called concurrently.
	ObserveDevice func(DeviceEvent)
}

// Hub is an IoT Hub in this process. Make one with Open; its methods may be called concurrently.
type Hub struct {
	options  Options
	routes   []route
	policies []policy
	disk     *disk     // nil without DataDir
	throttle *throttle // nil without a SKU
	awkward  *awkward  // nil when calm
	faults   *faults

	mu        sync.RWMutex // guards store, cycle, devices, errands and authority
	store     store
	cycle     cycle
	devices   devicePlane
	errands   errands
	authority *authority // made when first asked for

	flushing  sync.Mutex // one snapshot at a time
	drawing   sync.Mutex // guards options.Rand
	observing sync.Mutex // serialises options.Observe
}

// Open returns the hub kept in o.DataDir, or an empty one. The directory is locked until Close: ErrLocked means that
// another process has it. A damaged snapshot is an error and stays as it is.
func Open(o Options) (*Hub, error) {
	h := &Hub{options: o.withDefaults(), routes: routes()}
	limited, err := newThrottle(&h.options)
	if err != nil {
		return nil, err
	}
	h.throttle = limited
	h.awkward = newAwkward(o.Awkward, o.Prompt)
	h.faults = newFaults(o.Faults, o.Awkward)
	defer h.watchIndex()
	if o.DataDir == "" {
		h.policies = h.newPolicies()
		return h, nil
	}
	d, err := openDisk(o.DataDir)
	if err != nil {
		return nil, err
	}
	h.disk = d
	if err := h.load(); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return h, nil
}

func (o Options) withDefaults() Options {
	if o.HostName == "" {
		o.HostName = "localhost"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.ConfigurationCycle <= 0 {
		o.ConfigurationCycle = defaultConfigurationCycle
	}
	if o.AfterFunc == nil {
		o.AfterFunc = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	return o
}

// load reads the snapshot and the journals, or starts afresh when there are none yet.
func (h *Hub) load() error {
	state, err := h.disk.read()
	if err != nil {
		return err
	}
	isNew := state == nil
	if isNew {
		state = &saved{store: store{dirty: true}}
	}
	names, err := journals(h.disk.dir)
	if err != nil {
		return err
	}
	if err := state.replay(names); err != nil {
		return err
	}
	if len(state.policies) == 0 {
		state.policies = h.newPolicies()
	}
	h.policies, h.store = state.policies, state.store
	h.store.journal = journal{dir: h.disk.dir, number: nextJournal(names)}
	if isNew {
		h.store.journal.policies = h.policies
	}
	return nil
}

// Flush writes a snapshot if anything changed since the last one. Without a data directory it does nothing. Writes are
// safe without it: the journal holds them.
func (h *Hub) Flush() error {
	if h.disk == nil {
		return nil
	}
	h.flushing.Lock()
	defer h.flushing.Unlock()
	h.mu.Lock()
	lost := h.store.journal.err
	if !h.store.dirty {
		h.mu.Unlock()
		return lost
	}
	old, err := journals(h.disk.dir)
	h.store.journal.rotate()
	h.store.dirty = false
	devices, modules := h.store.devices.all(), h.store.modules.all()
	configurations, jobs := h.store.configurations.sorted(), h.store.jobs.lines()
	h.mu.Unlock()
	if err == nil {
		err = h.disk.write(h.policies, devices, modules, configurations, jobs)
	}
	if err != nil {
		h.mu.Lock()
		h.store.dirty = true
		h.mu.Unlock()
		return errors.Join(lost, err)
	}
	h.mu.Lock()
	h.store.journal.policies, h.store.journal.err = nil, nil // the snapshot holds all of it
	h.mu.Unlock()
	return removeFiles(old)
}

// compact replaces a long journal by a snapshot.
func (h *Hub) compact() error {
	if h.disk == nil {
		return nil
	}
	h.mu.RLock()
	due := h.store.journal.size >= compactAt || h.store.journal.err != nil
	h.mu.RUnlock()
	if !due {
		return nil
	}
	return h.Flush()
}

// Close flushes and gives the data directory free. The hub must not be used afterwards.
func (h *Hub) Close() error {
	if h.disk == nil {
		return nil
	}
	return errors.Join(h.Flush(), h.disk.close())
}

// ConnectionString returns the connection string of one of the default policies (FACTS §9.2): iothubowner, service,
// device, registryRead or registryReadWrite. hostPort overrides the host name when it is not empty.
func (h *Hub) ConnectionString(policy string, hostPort string) (string, error) {
	p := h.policy(policy)
	if p == nil {
		return "", fmt.Errorf("no shared access policy %q", policy)
	}
	if hostPort == "" {
		hostPort = h.options.HostName
	}
	return fmt.Sprintf("HostName=%s;SharedAccessKeyName=%s;SharedAccessKey=%s", hostPort, p.Name, p.PrimaryKey), nil
}

// CACertificate returns the hub's own CA in PEM form. It is made on first use and kept in the data directory.
func (h *Hub) CACertificate() ([]byte, error) {
	a, err := h.certificateAuthority()
	if err != nil {
		return nil, err
	}
	return a.certPEM, nil
}

// TLSConfig returns a server configuration with a fresh leaf certificate signed by the hub's CA, for localhost,
// 127.0.0.1, ::1, the hub's host name and *.azure-devices.net. It accepts TLS 1.2 and later.
func (h *Hub) TLSConfig() (*tls.Config, error) {
	a, err := h.certificateAuthority()
	if err != nil {
		return nil, err
	}
	leaf, err := a.issue(bareHost(h.options.HostName))
	if err != nil {
		return nil, fmt.Errorf("issue server certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12}, nil
}

func (h *Hub) certificateAuthority() (*authority, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.authority != nil {
		return h.authority, nil
	}
	a, err := loadAuthority(h.options.DataDir)
	if err != nil {
		return nil, err
	}
	h.authority = a
	return a, nil
}

// name is the hub's short name.
func (h *Hub) name() string {
	short, _, _ := strings.Cut(h.options.HostName, ".")
	return short
}

// random draws n bytes. A source that fails would make predictable keys, so it stops the hub.
func (h *Hub) random(n int) []byte {
	h.drawing.Lock()
	defer h.drawing.Unlock()
	b := make([]byte, n)
	if _, err := io.ReadFull(h.options.Rand, b); err != nil {
		panic(fmt.Sprintf("emulator: read random source: %v", err))
	}
	return b
}

// newKey is a symmetric key as the service generates it (FACTS §1.3).
func (h *Hub) newKey() string { return base64.StdEncoding.EncodeToString(h.random(generatedKey)) }

// firstETag is the random start of an identity's counter, nine digits long (FACTS §1.2).
func (h *Hub) firstETag() uint64 {
	return 100_000_000 + binary.BigEndian.Uint64(h.random(8))%900_000_000
}
