package emulator

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/twinset/twinset/internal/emulator/mqtt"
)

// Bounds of the telemetry that is kept.
const (
	maxTelemetry      = 10_000
	maxTelemetryBytes = 64 << 20
	maxTelemetryWait  = 60 * time.Second
)

// Telemetry is a message from a device, as GET /$emulator/telemetry gives it.
type Telemetry struct {
	Sequence         int64              `json:"sequence"` // grows by one per message
	EnqueuedTime     string             `json:"enqueuedTime"`
	DeviceID         string             `json:"deviceId"`
	ModuleID         string             `json:"moduleId,omitempty"`
	Properties       map[string]*string `json:"properties"`
	SystemProperties map[string]*string `json:"systemProperties"`     // names as in the topic, without "$."
	Body             json.RawMessage    `json:"body,omitempty"`       // a body that is JSON
	BodyText         *string            `json:"bodyText,omitempty"`   // one that is other text
	BodyBase64       []byte             `json:"bodyBase64,omitempty"` // one that is no text
}

// TelemetryPage is a part of the telemetry that the hub has kept.
type TelemetryPage struct {
	Messages []Telemetry `json:"messages"`
	Last     int64       `json:"last"`   // sequence to ask for what comes after
	Missed   int64       `json:"missed"` // messages between the last page and this one that were kept no longer
}

// telemetryRing keeps the newest messages.
type telemetryRing struct {
	messages []keptTelemetry
	bytes    int
	last     int64
	more     chan struct{} // closed by the next message
}

type keptTelemetry struct {
	sequence int64
	at       ticks
	id       mqtt.Identity
	message  mqtt.Message
}

func (t *telemetryRing) add(id mqtt.Identity, m mqtt.Message, at ticks) {
	t.last++
	t.messages = append(t.messages, keptTelemetry{t.last, at, id, m})
	t.bytes += len(m.Body)
	for len(t.messages) > maxTelemetry || t.bytes > maxTelemetryBytes {
		t.bytes -= len(t.messages[0].message.Body)
		t.messages[0] = keptTelemetry{}
		t.messages = t.messages[1:]
	}
	t.wake()
}

func (t *telemetryRing) wake() {
	if t.more != nil {
		close(t.more)
	}
	t.more = nil
}

func (t *telemetryRing) next() <-chan struct{} {
	if t.more == nil {
		t.more = make(chan struct{})
	}
	return t.more
}

func (t *telemetryRing) after(sequence int64, limit int) TelemetryPage {
	page := TelemetryPage{Messages: []Telemetry{}, Last: max(sequence, 0)}
	first := t.last - int64(len(t.messages)) + 1
	if page.Last+1 < first {
		page.Missed = first - page.Last - 1
		page.Last = first - 1
	}
	for i := page.Last + 1 - first; i < int64(len(t.messages)) && len(page.Messages) < limit; i++ {
		page.Messages = append(page.Messages, t.messages[i].view())
		page.Last = t.messages[i].sequence
	}
	return page
}

func (k *keptTelemetry) view() Telemetry {
	v := Telemetry{
		Sequence: k.sequence, EnqueuedTime: k.at.format(trimmedTime), DeviceID: k.id.DeviceID, ModuleID: k.id.ModuleID,
		Properties: map[string]*string{}, SystemProperties: map[string]*string{},
	}
	for _, p := range k.message.Properties {
		value := &p.Value
		if p.Null {
			value = nil
		}
		if len(p.Name) > 2 && p.Name[:2] == "$." {
			v.SystemProperties[p.Name[2:]] = value
		} else {
			v.Properties[p.Name] = value
		}
	}
	switch body := k.message.Body; {
	case json.Valid(body):
		v.Body = body
	case utf8.Valid(body):
		text := string(body)
		v.BodyText = &text
	default:
		v.BodyBase64 = body
	}
	return v
}

// Telemetry keeps the message. Nothing routes it any further.
func (s deviceSide) Telemetry(link mqtt.Link, m mqtt.Message) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	r := s.hub.store.find(link.DeviceID, link.ModuleID)
	if r == nil {
		return
	}
	s.hub.touch(r)
	s.hub.devices.telemetry.add(link.Identity, m, s.now())
}

// maxTelemetryPage bounds the messages of an answer.
const maxTelemetryPage = 500

// readTelemetry is GET /$emulator/telemetry?after=N&wait=SECONDS, a call of the emulator alone: the messages after a
// sequence number. When there are none it waits for one.
func (h *Hub) readTelemetry(c *call) (reply, *fault) {
	after, _ := strconv.ParseInt(c.query.Get("after"), 10, 64)
	seconds, _ := strconv.Atoi(c.query.Get("wait"))
	wait := min(time.Duration(max(seconds, 0))*time.Second, maxTelemetryWait)
	return reply{later: func(ctx context.Context) (reply, *fault) { return h.waitTelemetry(ctx, after, wait) }}, nil
}

func (h *Hub) waitTelemetry(ctx context.Context, after int64, wait time.Duration) (reply, *fault) {
	over, stop := h.timeout(wait)
	defer stop()
	for {
		h.mu.Lock()
		page := h.devices.telemetry.after(after, maxTelemetryPage)
		more, mayCome := h.devices.telemetry.next(), h.devices.front != nil
		h.mu.Unlock()
		if len(page.Messages) > 0 || wait == 0 || !mayCome {
			return ok(encode(page)), nil
		}
		select {
		case <-more:
		case <-over:
			return ok(encode(page)), nil
		case <-ctx.Done():
			return ok(encode(page)), nil
		}
	}
}
