package emulator

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

// record is a device or a module: identity and twin. It is never changed after it is in the store; a write puts a copy
// in its place.
type record struct {
	key           string // position in the index, see recordKey
	deviceID      string
	moduleID      string // empty for a device
	generation    ticks
	etag          uint64 // identity counter, +1 per identity write (FACTS §1.2)
	status        string
	statusReason  string // empty is shown as null
	statusUpdated ticks
	managedBy     string
	auth          authentication
	edge          bool
	scope         string
	parents       []string
	twin          twin

	configurations []targeting // those that target the twin, by id; replaced as a whole

	presence *presence // of its client; nil when there never was one
}

// keySeparator is smaller than every character of an id, so that modules sort by device id, then by module id.
const keySeparator = "\x00"

// recordKey is the device id, or for a module device id and module id.
func recordKey(deviceID, moduleID string) string {
	if moduleID == "" {
		return deviceID
	}
	return deviceID + keySeparator + moduleID
}

func (r *record) isModule() bool { return r.moduleID != "" }

// identityETag is base64 of a decimal counter (FACTS §1.2).
func identityETag(counter uint64) string {
	return base64.StdEncoding.EncodeToString(strconv.AppendUint(nil, counter, 10))
}

func parseIdentityETag(s string) uint64 {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(string(raw), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// twinETag is base64 of an eight-byte big-endian counter (FACTS §4.2).
func twinETag(counter uint64) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, counter))
}

// precondition is an If-Match header in one of the spellings that clients send (FACTS §1.3).
type precondition struct {
	present bool
	any     bool // * or "*"
	quoted  bool
	etag    string
}

func parseIfMatch(header string) precondition {
	header = strings.TrimSpace(header)
	if header == "" {
		return precondition{}
	}
	p := precondition{present: true, etag: header}
	if len(header) >= 2 && header[0] == '"' && header[len(header)-1] == '"' {
		p.quoted, p.etag = true, header[1:len(header)-1]
	}
	p.any = p.etag == "*"
	return p
}

// createOnly reports a write that must not find an object: no If-Match, or an empty pair of quotes.
func (p precondition) createOnly() bool { return !p.present || p.quoted && p.etag == "" }

// checkIdentity compares with an identity's etag, which may come quoted or not (FACTS §1.3).
func (p precondition) checkIdentity(r *record) *fault {
	if p.any || p.etag == identityETag(r.etag) {
		return nil
	}
	return staleIdentity(r.etag, parseIdentityETag(p.etag))
}

// checkTwin compares with a twin's etag. An etag without quotes is ignored, as it was seen on the service
// (FACTS §4.3): clients must quote.
func (p precondition) checkTwin(r *record) *fault {
	if !p.present || p.any || !p.quoted || p.etag == twinETag(r.twin.etag) {
		return nil
	}
	return preconditionFailed("ETag mismatch for device ID '" + r.deviceID + "'")
}

// store holds all records of a hub.
type store struct {
	devices index
	modules index
	journal journal
	dirty   bool // something changed since the last snapshot
	newest  ticks

	configurations configurations
	jobs           jobs
	fresh          []string // devices with records that no configuration has been evaluated for, while there are any

	watch func(before, after *record) // of every write, nil for none: before is nil for a new record, after for a removed one
}

// find returns the device, or the module when moduleID is not empty; nil when there is none.
func (s *store) find(deviceID, moduleID string) *record {
	if moduleID == "" {
		return s.devices.get(deviceID)
	}
	return s.modules.get(recordKey(deviceID, moduleID))
}

func (s *store) put(r *record) {
	s.dirty = true
	s.noteFresh(r)
	s.journal.put(r)
	if s.watch != nil {
		defer s.watch(s.find(r.deviceID, r.moduleID), r)
	}
	if r.isModule() {
		s.modules.put(r)
		return
	}
	s.devices.put(r)
}

// remove deletes a record; a device takes its modules with it (FACTS §1.3).
func (s *store) remove(r *record) {
	s.dirty = true
	s.journal.remove(r)
	if s.watch != nil {
		defer s.watch(r, nil)
	}
	if r.isModule() {
		s.modules.remove(r.key)
		return
	}
	for _, m := range s.modulesOf(r.deviceID) {
		s.modules.remove(m.key)
		if s.watch != nil {
			s.watch(m, nil)
		}
	}
	s.devices.remove(r.key)
}

func (s *store) modulesOf(deviceID string) []*record {
	var found []*record
	for m := range s.modules.after(deviceID + keySeparator) {
		if m.deviceID != deviceID {
			break
		}
		found = append(found, m)
	}
	return found
}

// generation returns a creation time that no earlier record has, so that a re-created id is recognisable even when
// the clock stands still (FACTS §1.1).
func (s *store) generation(now ticks) ticks {
	s.newest = max(now, s.newest+1)
	return s.newest
}

// clone returns a copy to change before it is put back.
func (r *record) clone() *record {
	c := *r
	c.parents = slices.Clone(r.parents)
	return &c
}
