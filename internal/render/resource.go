package render

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// resource is an object in Terraform's terms. A block label is the name, the key
// of for_each the index. An object that is no longer declared has its id for a
// name.
type resource struct {
	Type  string // twinset_ with the kind
	Name  string
	Index string // empty without for_each
}

func resourceOf(c plan.Change) resource {
	r := resource{Type: "twinset_" + c.Addr.Kind.String()}
	if c.Addr.Kind.Targets() {
		r.Name = c.Addr.ID // the label
		return r
	}
	device, module := parseName(c.Name())
	r.Name, r.Index = device.label, device.key
	fallback := c.Addr.ID
	if c.Addr.Kind == schema.KindModule {
		r.Name, r.Index = module.label, module.key
		fallback = c.Addr.Sub
	}
	if r.Name == "" {
		r.Name, r.Index = fallback, ""
	}
	return r
}

// hubIDs are the ids of an object on the hub: of a device or module, or of a
// configuration or deployment.
type hubIDs struct {
	DeviceID string `json:"device_id,omitempty"`
	ModuleID string `json:"module_id,omitempty"`
	HubID    string `json:"hub_id,omitempty"`
}

func hubIDsOf(c plan.Change) hubIDs {
	if c.Addr.Kind.Targets() {
		return hubIDs{HubID: cmp.Or(c.HubID, c.Addr.ID)}
	}
	return hubIDs{DeviceID: c.Addr.ID, ModuleID: c.Addr.Sub}
}

// segment is one object in a name: sensor["s-1"].
type segment struct{ label, key string }

// parseName splits the name of a declaration, device.gw["a"].module.opcua. What
// it cannot read stays empty.
func parseName(name string) (device, module segment) {
	rest, ok := strings.CutPrefix(name, "device.")
	if !ok {
		return segment{}, segment{}
	}
	device, rest = parseSegment(rest)
	if rest, ok = strings.CutPrefix(rest, ".module."); ok {
		module, _ = parseSegment(rest)
	}
	return device, module
}

func parseSegment(s string) (segment, string) {
	end := strings.IndexAny(s, ".[")
	if end < 0 {
		return segment{label: s}, ""
	}
	seg, rest := segment{label: s[:end]}, s[end:]
	if rest[0] == '.' {
		return seg, rest
	}
	quoted, err := strconv.QuotedPrefix(rest[1:])
	if err != nil {
		return segment{}, ""
	}
	seg.key, _ = strconv.Unquote(quoted)
	return seg, strings.TrimPrefix(rest[1+len(quoted):], "]")
}

// doc is a value in JSON output. A document that is no JSON, which a message for
// people may be, becomes a string.
func doc(d schema.Doc) schema.Doc {
	if len(d) == 0 {
		return nil
	}
	if _, err := schema.Decode(d); err == nil {
		return d
	}
	quoted, err := schema.Canonical(string(d))
	if err != nil {
		return nil
	}
	return quoted
}
