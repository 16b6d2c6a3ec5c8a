package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/twinset/twinset/internal/emulator/mqtt"
)

// Limits of direct methods, in seconds and bytes (FACTS §8). The upper one is in conflict between sources; 300 is what
// current clients allow.
const (
	minMethodTimeout     = 5
	maxMethodTimeout     = 300
	defaultMethodTimeout = 30
	maxMethodPayload     = 128 << 10
)

// methodRequest is the body of a method call. az sends the numbers as strings (FACTS of the clients).
type methodRequest struct {
	MethodName               string          `json:"methodName"`
	Payload                  json.RawMessage `json:"payload"`
	ResponseTimeoutInSeconds looseInt        `json:"responseTimeoutInSeconds"`
	ConnectTimeoutInSeconds  looseInt        `json:"connectTimeoutInSeconds"`
}

// looseInt is a number that may stand in quotes.
type looseInt struct {
	value int
	given bool
}

// UnmarshalJSON reads a number, a number in quotes, or null.
func (n *looseInt) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	value, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	n.value, n.given = value, true
	return err
}

// methodCall is a call on its way to a client.
type methodCall struct {
	link   mqtt.Link
	answer chan methodEnd // has room for the one answer
}

type methodEnd struct {
	mqtt.MethodAnswer
	err *fault
}

// invokeMethod is POST /twins/{id}/methods and POST /twins/{id}/modules/{mid}/methods (FACTS §8).
func (h *Hub) invokeMethod(c *call) (reply, *fault) {
	m, err := parseMethod(c.body)
	if err != nil {
		return reply{}, err
	}
	moduleID := ""
	if len(c.args) > 1 {
		moduleID = c.args[1]
	}
	switch {
	case h.store.find(c.args[0], "") == nil:
		return reply{}, notFound(c.args[0])
	case h.store.find(c.args[0], moduleID) == nil:
		return reply{}, moduleNotFound(c.args[0], moduleID)
	}
	id := mqtt.Identity{DeviceID: c.args[0], ModuleID: moduleID}
	return reply{later: func(ctx context.Context) (reply, *fault) { return h.callMethod(ctx, id, m) }}, nil
}

func parseMethod(body []byte) (*methodRequest, *fault) {
	var m methodRequest
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, badRequest()
	}
	response, connect := &m.ResponseTimeoutInSeconds, &m.ConnectTimeoutInSeconds
	if !response.given || response.value == 0 { // zero is what some clients send for "default"
		response.value = defaultMethodTimeout
	}
	switch {
	case m.MethodName == "":
		return nil, invalid("methodName is missing")
	case response.value < minMethodTimeout || response.value > maxMethodTimeout:
		return nil, invalid(fmt.Sprintf("responseTimeoutInSeconds must be between %d and %d", minMethodTimeout, maxMethodTimeout))
	case connect.value < 0 || connect.value > maxMethodTimeout:
		return nil, invalid(fmt.Sprintf("connectTimeoutInSeconds must be between 0 and %d", maxMethodTimeout))
	case connect.value > response.value:
		return nil, invalid("connectTimeoutInSeconds must not be greater than responseTimeoutInSeconds")
	case len(m.Payload) > maxMethodPayload:
		return nil, tooLarge(413001, "MessageTooLarge", fmt.Sprintf("a payload has at most %d bytes", maxMethodPayload))
	}
	if len(m.Payload) == 0 {
		m.Payload = json.RawMessage("null")
	}
	return &m, nil
}

// callMethod waits for the client and then for its answer, without the hub's lock.
func (h *Hub) callMethod(ctx context.Context, id mqtt.Identity, m *methodRequest) (reply, *fault) {
	rid, ending, err := h.startMethod(ctx, id, m)
	if err != nil {
		return reply{}, err
	}
	defer h.endCall(rid)
	wait := time.Duration(m.ResponseTimeoutInSeconds.value) * time.Second
	over, stop := h.timeout(wait)
	defer stop()
	select {
	case end := <-ending:
		return end.reply()
	case <-over:
	case <-ctx.Done():
	}
	return reply{}, methodTimeout(wait)
}

// startMethod hands the call to the client as soon as it is connected and listens.
func (h *Hub) startMethod(ctx context.Context, id mqtt.Identity, m *methodRequest) (string, <-chan methodEnd, *fault) {
	wait := time.Duration(m.ConnectTimeoutInSeconds.value) * time.Second
	over, stop := h.timeout(wait)
	defer stop()
	for {
		h.mu.Lock()
		rid, ending, err := h.tryMethod(id, m)
		arrival, mayCome := h.nextArrival(), h.devices.front != nil
		h.mu.Unlock()
		if err == nil {
			return rid, ending, nil
		}
		if wait == 0 || !mayCome {
			return "", nil, notOnline(wait)
		}
		select {
		case <-arrival:
		case <-over:
			return "", nil, notOnline(wait)
		case <-ctx.Done():
			return "", nil, notOnline(wait)
		}
	}
}

func (h *Hub) tryMethod(id mqtt.Identity, m *methodRequest) (string, <-chan methodEnd, error) {
	r := h.store.find(id.DeviceID, id.ModuleID)
	if r == nil {
		return "", nil, errRemoved
	}
	rid := h.requestID()
	if _, err := h.deliver(r, mqtt.MethodCall(m.MethodName, rid, m.Payload)); err != nil {
		return "", nil, err
	}
	call := &methodCall{link: mqtt.Link{Identity: id, Number: r.presence.link}, answer: make(chan methodEnd, 1)}
	if h.devices.calls == nil {
		h.devices.calls = map[string]*methodCall{}
	}
	h.devices.calls[rid] = call
	return rid, call.answer, nil
}

func (h *Hub) endCall(rid string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.devices.calls, rid)
}

// AnswerMethod ends a call. An answer that nobody waits for is dropped.
func (s deviceSide) AnswerMethod(link mqtt.Link, a mqtt.MethodAnswer) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if r := s.current(link); r != nil {
		s.hub.touch(r)
	}
	if call := s.hub.devices.calls[a.RID]; call != nil && call.link == link {
		delete(s.hub.devices.calls, a.RID)
		call.answer <- methodEnd{MethodAnswer: a}
	}
}

// dropCalls ends the calls of a connection that broke. The service's answer is unverified.
func (h *Hub) dropCalls(link mqtt.Link) {
	for rid, call := range h.devices.calls {
		if call.link == link {
			delete(h.devices.calls, rid)
			call.answer <- methodEnd{err: &fault{
				status: http.StatusNotFound, code: 404104, name: "DeviceConnectionClosedRemotely", nested: true,
				text: "The connection of the device was closed.",
			}}
		}
	}
}

var errPayload = errors.New("payload of a method's answer is not JSON")

// reply is {status, payload} (FACTS §8). What the service does with an answer that is not JSON, or too large, is
// unverified; here it is an error.
func (e methodEnd) reply() (reply, *fault) {
	if e.err != nil {
		return reply{}, e.err
	}
	payload := e.Payload
	switch {
	case len(payload) == 0:
		payload = []byte("null")
	case len(payload) > maxMethodPayload:
		return reply{}, tooLarge(413001, "MessageTooLarge", fmt.Sprintf("a payload has at most %d bytes", maxMethodPayload))
	case !json.Valid(payload):
		return reply{}, invalid(errPayload.Error())
	}
	return ok(encode(struct {
		Status  int             `json:"status"`
		Payload json.RawMessage `json:"payload"`
	}{e.Status, payload})), nil
}

// notOnline is the answer for a client that is not connected, or not subscribed to methods (FACTS §8).
func notOnline(waited time.Duration) *fault {
	return &fault{
		status: http.StatusNotFound, code: 404103, name: "DeviceNotOnline", nested: true,
		text: "Timed out waiting for device to connect.", info: waitInfo(waited),
	}
}

// methodTimeout is the answer for a client that does not answer. Status and form are known (FACTS §8), the number is
// not.
func methodTimeout(waited time.Duration) *fault {
	return &fault{
		status: http.StatusGatewayTimeout, code: 504101, name: "GatewayTimeout", nested: true,
		text: "Timed out waiting for the response from device.", info: waitInfo(waited),
	}
}

func waitInfo(d time.Duration) map[string]string {
	seconds := int(d.Seconds())
	return map[string]string{"timeout": fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)}
}
