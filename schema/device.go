package schema

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Device is a device identity with its twin, as declared. Nil and empty mean
// "not declared". Values of Tags and Desired are nil (the key must be absent),
// bool, string, json.Number, []any and map[string]any.
type Device struct {
	ID           string
	Status       *string // "enabled" or "disabled"
	StatusReason *string
	Edge         *bool   // whether it is an IoT Edge device
	Parent       *string // id of the edge device that it connects through; empty: it has none
	Auth         *Auth
	Tags         map[string]any
	Desired      map[string]any
	Manifest     map[string]any // module id: {"properties.desired": {...}}; nil: not declared
	Lifecycle    Lifecycle
}

// The values of a device's status.
const (
	StatusEnabled  = "enabled"
	StatusDisabled = "disabled"
)

// problems collects what validation finds.
type problems []Problem

func (v *problems) add(p Path, summary, format string, args ...any) {
	*v = append(*v, Problem{Path: p, Summary: summary, Detail: fmt.Sprintf(format, args...)})
}

// Validate finds everything that the hub would refuse (FACTS §1.4, §4.6).
func (d *Device) Validate() []Problem {
	var v problems
	validateID(&v, "device", d.ID)
	if d.Status != nil && *d.Status != StatusEnabled && *d.Status != StatusDisabled {
		v.add(Path{"status"}, "Invalid status", "%q is neither enabled nor disabled.", *d.Status)
	}
	if d.StatusReason != nil && utf8.RuneCountInString(*d.StatusReason) > MaxStatusReason {
		v.add(Path{"status_reason"}, "Status reason too long", "The reason has %d characters; the hub allows %d.", utf8.RuneCountInString(*d.StatusReason), MaxStatusReason)
	}
	d.validateParent(&v)
	d.validateManifest(&v)
	if d.Lifecycle.TwinOnly() {
		refuseIdentity(&v, "status", d.Status != nil)
		refuseIdentity(&v, "status_reason", d.StatusReason != nil)
		refuseIdentity(&v, "edge", d.Edge != nil)
		refuseIdentity(&v, "parent", d.Parent != nil)
	}
	return append(v, validateTwin(d.Auth, d.Tags, d.Desired, d.Lifecycle)...)
}

// refuseIdentity reports a field of an identity that belongs to somebody else.
func refuseIdentity(v *problems, name string, declared bool) {
	if declared {
		v.add(Path{name}, "Identity managed elsewhere", "With manage = %q the identity belongs to whoever creates it, and %s is part of it. Remove %s, or manage = %q.", ManageTwin, name, name, ManageTwin)
	}
}

// validateParent checks what can be seen without the parent.
func (d *Device) validateParent(v *problems) {
	if d.Parent == nil || *d.Parent == "" {
		return
	}
	if *d.Parent == d.ID {
		v.add(Path{"parent"}, "Invalid parent", "The device %q cannot be its own parent.", d.ID)
	}
	var bad problems
	validateID(&bad, "device", *d.Parent)
	for _, p := range bad {
		v.add(Path{"parent"}, "Invalid parent", "The parent is the id of a device. %s", p.Detail)
	}
}

// Object is the device as a member of the desired stream. That it is no edge
// device, or has no parent, is the absence of the member: declaring it is a
// tombstone.
func (d *Device) Object(o Origin) (Object, error) {
	m := map[string]any{}
	if d.Status != nil {
		m["status"] = *d.Status
	}
	if d.StatusReason != nil && *d.StatusReason != "" {
		m["status_reason"] = *d.StatusReason
	}
	if d.Edge != nil {
		m["edge"] = nil
		if *d.Edge {
			m["edge"] = true
		}
	}
	if d.Parent != nil {
		m["parent"] = nil
		if *d.Parent != "" {
			m["parent"] = *d.Parent
		}
	}
	if d.Manifest != nil {
		m[MemberManifest] = d.Manifest
	}
	return declared(DeviceAddress(d.ID), m, o, d.Auth, d.Tags, d.Desired, d.Lifecycle)
}

// Module is a module identity with its twin, as declared.
type Module struct {
	DeviceID  string
	ID        string
	Auth      *Auth
	Tags      map[string]any
	Desired   map[string]any
	Lifecycle Lifecycle
}

// Validate finds everything that the hub would refuse.
func (m *Module) Validate() []Problem {
	var v problems
	validateID(&v, "module", m.ID)
	if strings.HasPrefix(m.ID, "$") {
		v.add(Path{"id"}, "System module", "Modules whose id starts with \"$\" belong to the IoT Edge runtime; the hub refuses to create %q (FACTS §3).", m.ID)
	}
	if m.Lifecycle.OnRemove == OnRemoveDisable {
		v.add(Path{"lifecycle", "on_remove"}, "Invalid value", "A module has no status and cannot be disabled. Write %q or %q; it is left alone anyway while its device is disabled.", OnRemoveDelete, OnRemoveAbandon)
	}
	return append(v, validateTwin(m.Auth, m.Tags, m.Desired, m.Lifecycle)...)
}

// Object is the module as a member of the desired stream.
func (m *Module) Object(o Origin) (Object, error) {
	return declared(ModuleAddress(m.DeviceID, m.ID), map[string]any{}, o, m.Auth, m.Tags, m.Desired, m.Lifecycle)
}

// declared assembles what devices and modules share.
func declared(addr Address, m map[string]any, o Origin, auth *Auth, tags, desired map[string]any, lc Lifecycle) (Object, error) {
	obj := Object{Addr: addr, Origin: o}
	if auth != nil {
		m["auth"] = auth.doc()
		obj.Secrets = auth.secrets()
	}
	if len(tags) > 0 {
		m["tags"] = tags
	}
	if len(desired) > 0 {
		m["desired"] = desired
	}
	if len(lc.Ignore) > 0 || lc.Mode != "" || lc.Adopt || lc.PreventDestroy || lc.TwinOnly() || lc.Claim || lc.Replace != "" || lc.OnRemove != "" {
		obj.Lifecycle = &lc
	}
	var err error
	if obj.Initial, m, err = splitIgnored(m, lc.Ignore); err != nil {
		return Object{}, fmt.Errorf("%s: %w", obj.Name(), err)
	}
	if obj.Doc, err = Canonical(m); err != nil {
		return Object{}, fmt.Errorf("%s: %w", obj.Name(), err)
	}
	return obj, nil
}

const idChars = "-:.+%_#*?!(),=@;$'"

// validateID checks the charset of FACTS §1.4.
func validateID(v *problems, kind, id string) {
	bad := func(r rune) bool {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !plain && !strings.ContainsRune(idChars, r)
	}
	switch i := strings.IndexFunc(id, bad); {
	case id == "":
		v.add(Path{"id"}, "Invalid id", "The %s id is empty.", kind)
	case len(id) > MaxID:
		v.add(Path{"id"}, "Invalid id", "The %s id has %d characters; the hub allows %d.", kind, len(id), MaxID)
	case i >= 0:
		r, _ := utf8.DecodeRuneInString(id[i:])
		v.add(Path{"id"}, "Invalid id", "The %s id %q holds %s. Ids are made of ASCII letters, digits and %s", kind, id, runeName(r), idChars)
	}
}

func validateTwin(auth *Auth, tags, desired map[string]any, lc Lifecycle) []Problem {
	var v problems
	if auth != nil {
		v = append(v, auth.validate()...)
		refuseIdentity(&v, "auth", lc.TwinOnly())
	}
	if _, ok := tags[ReservedTag]; ok {
		v.add(Path{"tags", ReservedTag}, "Reserved tag", "The tag %q holds the ownership mark and cannot be set.", ReservedTag)
	}
	v = append(v, validateSection("tags", tags, MaxTags)...)
	v = append(v, validateSection("desired", desired, MaxDesired)...)
	if !slices.Contains([]string{"", "merge", "exact"}, lc.Mode) {
		v.add(Path{"lifecycle", "mode"}, "Invalid mode", "%q is neither merge nor exact.", lc.Mode)
	}
	for _, text := range lc.Ignore {
		if p := ParsePath(text); len(p) < 1 || !slices.Contains(ignorable, p[0]) || slices.Contains(p, "") {
			v.add(Path{"lifecycle", "ignore"}, "Invalid path", "%q is not a path to ignore. Write status, status_reason, parent, tags.site, desired.telemetry or desired.*.interval_s.", text)
		}
	}
	return v
}

var ignorable = []string{"status", "status_reason", "parent", "tags", "desired"}

// ValidID tells whether the hub takes an id for a device or module.
func ValidID(id string) bool {
	var v problems
	validateID(&v, "device", id)
	return len(v) == 0
}
