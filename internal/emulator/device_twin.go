package emulator

import (
	"net/http"
	"strings"

	"github.com/twinset/twinset/internal/emulator/mqtt"
)

// GetTwin answers with desired and reported, without $metadata and tags (FACTS §11.4). It answers under the lock, so
// that no later notification overtakes the answer.
func (s deviceSide) GetTwin(link mqtt.Link, rid string) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	r := s.current(link)
	if r == nil {
		return
	}
	r = s.hub.touch(r)
	body := append([]byte(`{"desired":`), r.twin.desired.appendPlain(nil)...)
	body = append(body, `,"reported":`...)
	body = append(r.twin.reported.appendPlain(body), '}')
	s.answer(r, mqtt.TwinAnswer(rid, http.StatusOK, 0, body))
}

// answer drops what a client did not subscribe to (FACTS §11.4).
func (s deviceSide) answer(r *record, d mqtt.Delivery) { _, _ = s.hub.deliver(r, d) }

// ReportProperties merges a patch into reported (FACTS §11.4).
func (s deviceSide) ReportProperties(link mqtt.Link, rid string, version int64, patch []byte) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	r := s.current(link)
	if r == nil {
		return
	}
	r = s.hub.touch(r)
	changed, err := s.report(r, version, patch)
	if err != nil {
		err.plain = true // errors of devices are envelope 2 (FACTS §0.6)
		body := err.body(strings.ReplaceAll(s.hub.requestID(), "-", ""), s.now())
		s.answer(r, mqtt.TwinAnswer(rid, err.status, 0, body))
		return
	}
	s.answer(changed, mqtt.TwinAnswer(rid, http.StatusNoContent, int64(changed.twin.reported.version), nil))
}

// report writes. A patch that is not an object is unverified and refused.
func (s deviceSide) report(r *record, version int64, patch []byte) (*record, *fault) {
	if version != mqtt.AnyVersion && version != int64(r.twin.reported.version) {
		return nil, preconditionFailed("the $version of the reported properties is not the expected one")
	}
	if parsed, err := parseTree(patch); err != nil || parsed.kind != object {
		return nil, invalid("the reported properties must be a JSON object")
	}
	changed, err := r.twin.reporting(patch, s.now())
	if err != nil {
		return nil, err
	}
	r = r.clone()
	r.twin = changed
	s.hub.store.put(r)
	if lost := s.hub.store.journal.err; lost != nil {
		return nil, serverError(lost.Error())
	}
	return r, nil
}

// appendPlain writes a section as clients see it: properties and $version.
func (s section) appendPlain(b []byte) []byte {
	b = append(b, '{')
	b = s.root.appendMembers(b)
	if len(s.root.kids) > 0 {
		b = append(b, ',')
	}
	b = append(b, `"$version":`...)
	return append(appendInt(b, int64(s.version)), '}')
}

// notifyDesired tells a connected client of a write (FACTS §11.5). A client that is not subscribed is told nothing,
// and nothing is kept for it.
func (h *Hub) notifyDesired(before, after *record) {
	s := after.twin.desired
	update := section{root: writtenPart(before.twin.desired.root, s.root, s.version), version: s.version}
	_, _ = h.deliver(after, mqtt.DesiredUpdate(int64(s.version), update.appendPlain(nil)))
}

// writtenPart is what one write did to an object (FACTS §4.5): every value that it wrote, which is every value that
// carries its version, changed or not; and null for every member that went away.
//
//	before      write                 part
//	{a:1,b:2}   PATCH {a:1}           {a:1}
//	{a:1,b:2}   PATCH {b:null}        {b:null}
//	{a:1,b:2}   PUT {a:1,c:100}       {a:1,c:100,b:null}
//	{a:{b:1}}   PATCH {a:{c:2}}       {a:{c:2}}
func writtenPart(before, after node, version revision) node {
	part := node{kind: object}
	for _, m := range after.kids {
		if m.value.version != version {
			continue
		}
		if i := before.find(m.name); i >= 0 && before.kids[i].value.kind == object && m.value.kind == object {
			m.value = writtenPart(before.kids[i].value, m.value, version)
		}
		part.kids = append(part.kids, m)
	}
	for _, m := range before.kids {
		if after.find(m.name) < 0 {
			part.kids = append(part.kids, member{name: m.name, value: node{kind: null}})
		}
	}
	return part
}
