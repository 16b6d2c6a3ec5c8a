package emulator

import (
	"iter"

	"github.com/twinset/twinset/internal/emulator/query"
)

func (x *index) documents(after string) iter.Seq2[string, query.Document] {
	return func(yield func(string, query.Document) bool) {
		for r := range x.after(after) {
			if !yield(r.key, r) {
				return
			}
		}
	}
}

// AppendJSON writes the twin.
func (r *record) AppendJSON(b []byte) []byte { return r.appendTwin(b) }

// Member returns a member of the twin as appendTwin shows it (FACTS §4.1).
func (r *record) Member(name string) query.Value {
	switch name {
	case "tags":
		if len(r.twin.tags.kids) == 0 {
			return query.Value{} // a twin without tags does not show the member (FACTS §4.1)
		}
		return query.ObjectValue(&r.twin.tags)
	case "properties":
		return query.ObjectValue((*propertiesView)(&r.twin))
	case "x509Thumbprint":
		return query.ObjectValue((*thumbprintView)(&r.auth))
	case "deviceId":
		return query.TextValue(r.deviceID)
	case "moduleId":
		return shownText(r.moduleID)
	case "etag":
		return query.TextValue(twinETag(r.twin.etag))
	case "deviceEtag":
		return query.TextValue(identityETag(r.etag))
	case "version":
		return query.IntValue(r.twin.version)
	case "configurations":
		return r.configurationsMember()
	case "capabilities", "deviceScope", "parentScopes":
		return r.deviceMember(name)
	}
	return r.statusMember(name)
}

// deviceMember returns what modules do not have.
func (r *record) deviceMember(name string) query.Value {
	switch {
	case r.isModule():
	case name == "capabilities":
		return query.ObjectValue((*edgeView)(r))
	case name == "deviceScope":
		return shownText(r.scope)
	case len(r.parents) > 0:
		return query.ArrayValue((*parentsView)(r))
	}
	return query.Value{}
}

func (r *record) statusMember(name string) query.Value {
	switch name {
	case "status":
		return query.TextValue(r.status)
	case "statusReason":
		return shownText(r.statusReason)
	case "statusUpdateTime":
		return query.TextValue(r.statusUpdated.format(trimmedTime))
	case "connectionState":
		return query.TextValue(r.presence.connectionState())
	case "lastActivityTime":
		return query.TextValue(r.presence.value().active.format(trimmedTime))
	case "cloudToDeviceMessageCount":
		return query.IntValue(int64(r.presence.value().commands))
	case "authenticationType":
		return query.TextValue(r.auth.kind)
	case "modelId":
		return shownText(r.presence.value().model)
	}
	return query.Value{}
}

// shownText is a string that is left out when it is empty.
func shownText(s string) query.Value {
	if s == "" {
		return query.Value{}
	}
	return query.TextValue(s)
}

// Member returns a member of an object.
func (n *node) Member(name string) query.Value {
	if n.kind != object {
		return query.Value{}
	}
	i := n.find(name)
	if i < 0 {
		return query.Value{}
	}
	return n.kids[i].value.value()
}

// Elements yields the elements of an array.
func (n *node) Elements() iter.Seq[query.Value] {
	return func(yield func(query.Value) bool) {
		for i := range n.kids {
			if n.kind != array || !yield(n.kids[i].value.value()) {
				return
			}
		}
	}
}

// AppendJSON writes the value.
func (n *node) AppendJSON(b []byte) []byte { return n.append(b) }

func (n *node) value() query.Value {
	switch n.kind {
	case null:
		return query.NullValue()
	case boolean:
		return query.BoolValue(n.text == "true")
	case number:
		return query.NumberValue(n.text)
	case text:
		return query.TextValue(n.text)
	case object:
		return query.ObjectValue(n)
	case array:
		return query.ArrayValue(n)
	case absent:
	}
	return query.Value{}
}
