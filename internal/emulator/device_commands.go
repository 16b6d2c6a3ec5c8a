package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/twinset/twinset/internal/emulator/mqtt"
)

// Limits of cloud-to-device messages (FACTS §8).
const (
	maxCommands     = 50
	maxCommandBytes = 64 << 10
)

// commandQueue holds what waits for a device, oldest first. It does not expire.
type commandQueue struct {
	messages []command
	lastTag  uint64
}

type command struct {
	tag     uint64
	message mqtt.Message
	link    uint64 // the connection that it was last delivered over, 0 for none
}

// CommandInput is the body of POST /$emulator/devices/{id}/messages.
type CommandInput struct {
	MessageID       string            `json:"messageId,omitempty"` // drawn when empty
	CorrelationID   string            `json:"correlationId,omitempty"`
	UserID          string            `json:"userId,omitempty"`
	ContentType     string            `json:"contentType,omitempty"`
	ContentEncoding string            `json:"contentEncoding,omitempty"`
	Properties      map[string]string `json:"properties,omitempty"`
	Body            []byte            `json:"body"` // base64
}

// message has the system properties that the service adds (FACTS §11.6).
func (in *CommandInput) message(deviceID string) mqtt.Message {
	m := mqtt.Message{Body: in.Body}
	for _, p := range []mqtt.Property{
		{Name: "$.to", Value: "/devices/" + deviceID + "/messages/deviceBound"},
		{Name: "$.mid", Value: in.MessageID},
		{Name: "$.cid", Value: in.CorrelationID},
		{Name: "$.uid", Value: in.UserID},
		{Name: "$.ct", Value: in.ContentType},
		{Name: "$.ce", Value: in.ContentEncoding},
	} {
		if p.Value != "" {
			m.Properties = append(m.Properties, p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Properties)) {
		m.Properties = append(m.Properties, mqtt.Property{Name: name, Value: in.Properties[name]})
	}
	return m
}

// sendCommand is POST /$emulator/devices/{}/messages, a call of the emulator alone: on the service, messages to
// devices are sent over AMQP only (FACTS §8).
func (h *Hub) sendCommand(c *call) (reply, *fault) {
	var in CommandInput
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	r := h.store.find(c.args[0], "")
	if r == nil {
		return reply{}, notFound(c.args[0])
	}
	if len(in.Body) > maxCommandBytes {
		return reply{}, tooLarge(413001, "MessageTooLarge", fmt.Sprintf("a message has at most %d bytes", maxCommandBytes))
	}
	if r.presence.value().commands >= maxCommands {
		return reply{}, &fault{
			status: http.StatusForbidden, code: 403004, name: "DeviceMaximumQueueDepthExceeded",
			text: fmt.Sprintf("Device '%s' has the maximum of %d pending messages.", r.deviceID, maxCommands),
		}
	}
	if in.MessageID == "" {
		in.MessageID = h.requestID()
	}
	h.enqueue(r, in.message(r.deviceID))
	return ok(encode(map[string]string{"messageId": in.MessageID})), nil
}

func (h *Hub) enqueue(r *record, m mqtt.Message) {
	if h.devices.queues == nil {
		h.devices.queues = map[string]*commandQueue{}
	}
	q := h.devices.queues[r.deviceID]
	if q == nil {
		q = &commandQueue{}
		h.devices.queues[r.deviceID] = q
	}
	q.lastTag++
	q.messages = append(q.messages, command{tag: q.lastTag, message: m})
	h.sendCommands(h.counted(r, q))
}

// counted makes the record show the length of its queue.
func (h *Hub) counted(r *record, q *commandQueue) *record {
	p := r.presence.value()
	p.commands = len(q.messages)
	return h.store.setPresence(r, p)
}

// sendCommands delivers what was not yet delivered over this connection. A message that is delivered without an
// acknowledgement to come is done with.
func (h *Hub) sendCommands(r *record) {
	q := h.devices.queues[r.deviceID]
	if q == nil || r.isModule() {
		return
	}
	var kept []command
	for _, c := range q.messages {
		if r.presence.connected() && c.link != r.presence.link {
			qos, err := h.deliver(r, mqtt.Command(c.message, c.tag, c.link != 0))
			if err == nil && qos == 0 {
				continue
			}
			if err == nil {
				c.link = r.presence.link
			}
		}
		kept = append(kept, c)
	}
	q.messages = kept
	h.counted(r, q)
}

// Acknowledged takes the message out of the queue.
func (s deviceSide) Acknowledged(link mqtt.Link, tag uint64) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	r, q := s.current(link), s.hub.devices.queues[link.DeviceID]
	if r == nil || q == nil {
		return
	}
	q.messages = slices.DeleteFunc(q.messages, func(c command) bool { return c.tag == tag && c.link == link.Number })
	s.hub.counted(s.hub.touch(r), q)
}

// purgeCommands is DELETE /devices/{id}/commands (FACTS §8). Which right it needs is unverified.
func (h *Hub) purgeCommands(c *call) (reply, *fault) {
	r := h.store.find(c.args[0], "")
	if r == nil {
		return reply{}, notFound(c.args[0])
	}
	var doc struct {
		DeviceID string  `json:"deviceId"`
		ModuleID *string `json:"moduleId"`
		Purged   int     `json:"totalMessagesPurged"`
	}
	doc.DeviceID = r.deviceID
	if q := h.devices.queues[r.deviceID]; q != nil {
		doc.Purged = len(q.messages)
		q.messages = nil
		h.counted(r, q)
	}
	return ok(encode(doc)), nil
}
