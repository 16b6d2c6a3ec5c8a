package emulator

import (
	"encoding/json"
	"strconv"
)

// twin is the stored part of a device or module twin; everything else in its JSON comes from the identity.
type twin struct {
	etag     uint64 // +1 per write of tags or desired (FACTS §4.2)
	version  int64  // starts at 2, +1 per write
	tags     node
	desired  section
	reported section
}

// section is desired or reported: the properties and their $version.
type section struct {
	root    node
	version revision
}

// newTwin is the twin of an identity that was just created (FACTS §4.2).
func newTwin(at ticks) twin {
	s := section{root: node{kind: object, at: at}, version: 1}
	return twin{etag: 1, version: 2, tags: node{kind: object}, desired: s, reported: s}
}

// twinWrite is what a client sent for a twin: the sections that a service client may write.
type twinWrite struct {
	tags         *node
	desired      *node
	clearDesired bool // properties.desired was null
}

// parseTwinWrite reads the body of a PATCH or PUT. Everything but tags and properties.desired is ignored, and so are
// $metadata and $version in desired (FACTS §4.3). tags: null as a whole does nothing (FACTS §4.3).
func parseTwinWrite(body []byte) (twinWrite, *fault) {
	var in struct {
		Tags       json.RawMessage
		Properties *struct{ Desired json.RawMessage }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return twinWrite{}, badRequest()
	}
	var desired json.RawMessage
	if in.Properties != nil {
		desired = in.Properties.Desired
	}
	return parseSections(in.Tags, desired)
}

func parseSections(tags, desired json.RawMessage) (twinWrite, *fault) {
	var w twinWrite
	var err *fault
	if w.tags, err = parseSection("tags", tags); err != nil {
		return twinWrite{}, err
	}
	if w.desired, err = parseSection("desired", desired); err != nil {
		return twinWrite{}, err
	}
	w.clearDesired = string(desired) == "null"
	if w.desired != nil {
		w.desired.dropMember("$metadata")
		w.desired.dropMember("$version")
	}
	return w, nil
}

// parseSection returns nil for a section that is absent or null.
func parseSection(name string, raw json.RawMessage) (*node, *fault) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	n, err := parseTree(raw)
	if err != nil || n.kind != object {
		return nil, badProperty("Value must be an object", name)
	}
	return &n, nil
}

// dropMember removes a member from a node that is not stored yet.
func (n *node) dropMember(name string) {
	if i := n.find(name); i >= 0 {
		n.kids = append(n.kids[:i], n.kids[i+1:]...)
	}
}

func (w twinWrite) empty() bool { return w.tags == nil && w.desired == nil && !w.clearDesired }

// check applies the rules for single values (FACTS §4.6).
func (w twinWrite) check(allow nulls) *fault {
	for _, n := range []*node{w.tags, w.desired} {
		if n == nil {
			continue
		}
		if err := checkObject(*n, allow, 0); err != nil {
			return err
		}
	}
	return nil
}

// patched returns the twin after a PATCH (FACTS §4.3). A patch without tags and desired changes nothing: unverified.
func (t twin) patched(w twinWrite, at ticks) (twin, *fault) {
	if err := w.check(nullDeletes); err != nil {
		return t, err
	}
	if w.empty() {
		return t, nil
	}
	if w.tags != nil {
		t.tags = merge(t.tags, *w.tags, stamp{})
	}
	if w.desired != nil || w.clearDesired {
		t.desired = t.desired.written(w, at)
	}
	return t.counted()
}

// replaced returns the twin after a PUT: what is not sent is gone, nulls are refused, reported stays (FACTS §4.4).
func (t twin) replaced(w twinWrite, at ticks) (twin, *fault) {
	if err := w.check(nullRefused); err != nil {
		return t, err
	}
	t.tags = merge(node{}, orEmpty(w.tags), stamp{})
	t.desired = t.desired.written(twinWrite{desired: w.desired, clearDesired: true}, at)
	return t.counted()
}

func orEmpty(n *node) node {
	if n == nil {
		return node{kind: object}
	}
	return *n
}

// written returns the section after one write. The service does not compare values: a write of what is there already
// counts and is stamped too (FACTS §4.5).
func (s section) written(w twinWrite, at ticks) section {
	live := s.root
	if w.clearDesired {
		live = node{}
	}
	version := s.version + 1
	return section{root: merge(live, orEmpty(w.desired), stamp{at, version}), version: version}
}

// counted checks the sizes after a write and moves etag and version by one (FACTS §4.2).
func (t twin) counted() (twin, *fault) {
	if err := checkSize("tags", t.tags); err != nil {
		return t, err
	}
	if err := checkSize("desired", t.desired.root); err != nil {
		return t, err
	}
	t.etag++
	t.version++
	return t, nil
}

// bornWith returns a new twin that came with its identity in one bulk call: counters as new, the written keys with
// version 1, and a version in the root of reported too (FACTS §2.1, §4.2). A device's one says it was never updated.
func bornWith(w twinWrite, at ticks) (twin, *fault) {
	t := newTwin(at)
	if err := w.check(nullRefused); err != nil {
		return t, err
	}
	t.tags = merge(node{}, orEmpty(w.tags), stamp{})
	t.desired.root = merge(node{}, orEmpty(w.desired), stamp{at, 1})
	t.reported.root.version = 1
	counted, err := t.counted()
	if err != nil {
		return t, err
	}
	counted.etag, counted.version = t.etag, t.version
	return counted, nil
}

// appendTwin writes the twin as the service does, in the order of FACTS §4.1. The thumbprint members are capitalised
// as seen in 2026.
func (r *record) appendTwin(b []byte) []byte {
	b = append(b, `{"deviceId":`...)
	b = appendString(b, r.deviceID)
	if r.isModule() {
		b = append(b, `,"moduleId":`...)
		b = appendString(b, r.moduleID)
	}
	b = append(b, `,"etag":"`...)
	b = append(b, twinETag(r.twin.etag)...)
	b = append(b, `","deviceEtag":"`...)
	b = append(b, identityETag(r.etag)...)
	b = append(b, `","status":"`...)
	b = append(b, r.status...)
	b = append(b, '"')
	if r.statusReason != "" {
		b = append(b, `,"statusReason":`...)
		b = appendString(b, r.statusReason)
	}
	b = append(b, `,"statusUpdateTime":`...)
	b = r.statusUpdated.append(b)
	seen := r.presence.value()
	b = append(b, `,"connectionState":"`...)
	b = append(b, seen.connectionState()...)
	b = append(b, `","lastActivityTime":`...)
	b = seen.active.append(b)
	b = append(b, `,"cloudToDeviceMessageCount":`...)
	b = appendInt(b, int64(seen.commands))
	b = append(b, `,"authenticationType":"`...)
	b = append(b, r.auth.kind...)
	b = append(b, `","x509Thumbprint":`...)
	b = (*thumbprintView)(&r.auth).AppendJSON(b)
	b = append(b, `,"version":`...)
	b = appendInt(b, r.twin.version)
	if seen.model != "" {
		b = append(b, `,"modelId":`...)
		b = appendString(b, seen.model)
	}
	if len(r.twin.tags.kids) > 0 {
		b = append(b, `,"tags":`...)
		b = r.twin.tags.append(b)
	}
	b = append(b, `,"properties":`...)
	b = (*propertiesView)(&r.twin).AppendJSON(b)
	if len(r.configurations) > 0 {
		b = append(b, `,"configurations":`...)
		b = (*targetingsView)(r).AppendJSON(b)
	}
	return append(r.appendTwinTail(b), '}')
}

// appendTwinTail writes what only device twins have.
func (r *record) appendTwinTail(b []byte) []byte {
	if r.isModule() {
		return b
	}
	b = append(b, `,"capabilities":`...)
	b = (*edgeView)(r).AppendJSON(b)
	if r.scope != "" {
		b = append(b, `,"deviceScope":`...)
		b = appendString(b, r.scope)
	}
	if len(r.parents) == 0 {
		return b
	}
	b = append(b, `,"parentScopes":`...)
	return (*parentsView)(r).AppendJSON(b)
}

// append writes properties, then $metadata, then $version.
func (s section) append(b []byte) []byte {
	b = append(b, '{')
	b = s.root.appendMembers(b)
	if len(s.root.kids) > 0 {
		b = append(b, ',')
	}
	b = append(b, `"$metadata":`...)
	b = s.root.appendMetadata(b)
	b = append(b, `,"$version":`...)
	b = appendInt(b, int64(s.version))
	return append(b, '}')
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

func appendNullable(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendString(b, s)
}
