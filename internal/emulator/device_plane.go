package emulator

import (
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/twinset/twinset/internal/emulator/mqtt"
)

// deviceFront is the protocol side of the device endpoint; mqtt.Front is one. Deliver and Drop must not wait for a
// client, nor call the hub: they are called under its lock.
type deviceFront interface {
	http.Handler // of the WebSocket path
	Serve(net.Listener) error
	Deliver(mqtt.Link, mqtt.Delivery) (qos byte, err error)
	Drop(id mqtt.Identity, why error)
	Close() error
}

var _ deviceFront = (*mqtt.Front)(nil)

// DeviceEvent is a turn in the life of a device's connection, as Options.ObserveDevice gets it.
type DeviceEvent = mqtt.Event

// devicePlane is what the hub keeps for connected clients, none of it on disk. The hub's lock guards it.
type devicePlane struct {
	front     deviceFront // nil while no device can connect
	arrival   chan struct{}
	calls     map[string]*methodCall // by rid
	jobs      map[string]*methodRun  // by id of the job
	queues    map[string]*commandQueue
	telemetry telemetryRing
}

// Reasons for which the hub closes a connection.
var (
	errDisabled = errors.New("the device is disabled")
	errRemoved  = errors.New("the identity was deleted")
)

// attach lets devices connect. Every write to the store is watched from now on.
func (h *Hub) attach() deviceFront {
	front := mqtt.New(deviceSide{h}, mqtt.Options{
		Now: h.options.Now, AfterFunc: h.options.AfterFunc, Observe: h.options.ObserveDevice,
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.devices.front = front
	h.store.watch = h.watch
	return front
}

// detach closes all connections and ends all waits for devices.
func (h *Hub) detach() error {
	h.mu.Lock()
	front := h.devices.front
	h.devices.front = nil
	h.wakeWaiting()
	h.devices.telemetry.wake()
	h.mu.Unlock()
	if front == nil {
		return nil
	}
	return front.Close() // calls the hub, so not under its lock
}

// wakeWaiting tells all who wait for a device that one arrived.
func (h *Hub) wakeWaiting() {
	if h.devices.arrival != nil {
		close(h.devices.arrival)
	}
	h.devices.arrival = nil
}

// nextArrival is closed when a client is ready for methods that was not, or when there is no use in waiting.
func (h *Hub) nextArrival() <-chan struct{} {
	if h.devices.arrival == nil {
		h.devices.arrival = make(chan struct{})
	}
	return h.devices.arrival
}

// timeout is closed after d by the hub's clock.
func (h *Hub) timeout(d time.Duration) (over <-chan struct{}, stop func() bool) {
	done := make(chan struct{})
	return done, h.options.AfterFunc(d, func() { close(done) })
}

// watch sees every write to the store: before is nil for a new record, after for a removed one.
func (h *Hub) watch(before, after *record) {
	h.awkward.written(before, after, toTicks(h.options.Now()))
	if after == nil {
		h.forget(before)
		return
	}
	if before == nil || h.devices.front == nil {
		return
	}
	if before.status != after.status && after.status == "disabled" {
		h.disconnectAll(after, errDisabled)
	}
	if after.presence.connected() && before.twin.desired.version != after.twin.desired.version {
		h.notifyDesired(before, after)
	}
}

// forget ends what belongs to an identity that is gone.
func (h *Hub) forget(r *record) {
	if !r.isModule() {
		delete(h.devices.queues, r.deviceID)
	}
	if h.devices.front != nil && r.presence != nil {
		h.devices.front.Drop(r.identity(), errRemoved)
	}
}

// disconnectAll closes the connections of a device and of its modules (FACTS §1.4).
func (h *Hub) disconnectAll(device *record, why error) {
	for _, r := range append(h.store.modulesOf(device.deviceID), device) {
		if r.presence != nil {
			h.devices.front.Drop(r.identity(), why)
		}
	}
}

func (r *record) identity() mqtt.Identity {
	return mqtt.Identity{DeviceID: r.deviceID, ModuleID: r.moduleID}
}

// deliver sends to the connection that the record knows of.
func (h *Hub) deliver(r *record, d mqtt.Delivery) (qos byte, err error) {
	if h.devices.front == nil || !r.presence.connected() {
		return 0, mqtt.ErrNotConnected
	}
	return h.devices.front.Deliver(mqtt.Link{Identity: r.identity(), Number: r.presence.link}, d)
}

// deviceSide is the hub as the front sees it.
type deviceSide struct{ hub *Hub }

var _ mqtt.Hub = deviceSide{}

// Connect authenticates the client and notes that it is connected.
func (s deviceSide) Connect(link mqtt.Link, login mqtt.Login) (until time.Time, ok bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	r := s.hub.store.find(link.DeviceID, link.ModuleID)
	if r == nil || !supportedVersion(login.APIVersion) {
		return time.Time{}, false
	}
	device := s.hub.store.find(link.DeviceID, "")
	if device == nil || device.status == "disabled" {
		return time.Time{}, false
	}
	if until, ok = s.hub.admits(r, login); ok {
		s.hub.connected(r, link.Number, login.ModelID)
	}
	return until, ok
}

// Disconnected notes that the client is gone, unless it is back already.
func (s deviceSide) Disconnected(link mqtt.Link) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.dropCalls(link)
	if r := s.current(link); r != nil {
		s.hub.disconnected(r)
	}
}

// current finds the record of a link that is still the client's latest.
func (s deviceSide) current(link mqtt.Link) *record {
	r := s.hub.store.find(link.DeviceID, link.ModuleID)
	if r == nil || !r.presence.connected() || r.presence.link != link.Number {
		return nil
	}
	return r
}

// Subscribed sends what waits for the client.
func (s deviceSide) Subscribed(link mqtt.Link, channel mqtt.Channel) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	r := s.current(link)
	if r == nil {
		return
	}
	switch channel {
	case mqtt.Commands:
		s.hub.sendCommands(r)
	case mqtt.Methods:
		s.hub.wakeWaiting()
	case mqtt.Answers, mqtt.Desired, mqtt.Inputs:
	}
}

// now is the moment of a device's action.
func (s deviceSide) now() ticks { return toTicks(s.hub.options.Now()) }

// roots is the set of CAs whose devices may connect; an empty one trusts nobody.
func (o Options) roots() *x509.CertPool {
	if o.DeviceRoots == nil {
		return x509.NewCertPool()
	}
	return o.DeviceRoots
}
