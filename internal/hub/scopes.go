package hub

import (
	"encoding/json"
	"maps"
)

// Members of an identity that say where a device stands among edge devices
// (FACTS §1.5).
const (
	memberCapabilities = "capabilities"
	memberEdge         = "iotEdge"
	memberScope        = "deviceScope"
	memberParents      = "parentScopes"
)

// Edge tells whether the device is an IoT Edge device.
func (d Device) Edge() bool {
	var c Capabilities
	_ = json.Unmarshal(d.Extra[memberCapabilities], &c) // absent: it is none
	return c.IoTEdge
}

// Scope is the device's scope: an edge device's own, a leaf's that of its parent.
func (d Device) Scope() string {
	var s string
	_ = json.Unmarshal(d.Extra[memberScope], &s) // absent: it has none
	return s
}

// ParentScopes are the scopes of the device's parents; one at most.
func (d Device) ParentScopes() []string {
	var list []string
	_ = json.Unmarshal(d.Extra[memberParents], &list) // absent: it has none
	return list
}

// SetEdge sets the capability and leaves others alone.
func (d *Device) SetEdge(edge bool) {
	all := map[string]any{}
	_ = json.Unmarshal(d.Extra[memberCapabilities], &all) // absent: there are none
	all[memberEdge] = edge
	d.set(memberCapabilities, all)
}

// SetScopes sets the device's scope and those of its parents. What is empty is
// sent as such: an edge device that was a leaf needs the empty scope.
func (d *Device) SetScopes(scope string, parents []string) {
	if parents == nil {
		parents = []string{}
	}
	d.set(memberScope, scope)
	d.set(memberParents, parents)
}

// set replaces a member without changing the identity that this one was copied
// from.
func (d *Device) set(name string, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		return // strings and booleans always encode
	}
	extra := maps.Clone(d.Extra)
	if extra == nil {
		extra = map[string]json.RawMessage{}
	}
	extra[name] = data
	d.Extra = extra
}
