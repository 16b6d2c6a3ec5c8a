package emulator

// Marks in the properties of a device with a model: a component, and what a device says of a writable property: its
// value, code, version and description.
const (
	componentMark  = "__t"
	componentValue = "c"
	ackValue       = "value"
)

// ackNames are the members of an acknowledgement as the digital twin names them.
var ackNames = [...]struct{ from, to string }{{"av", "ackVersion"}, {"ac", "ackCode"}, {"ad", "ackDescription"}}

// getDigitalTwin is GET /digitaltwins/{id}, which any device has (FACTS §8); the ETag header is that of the twin. The
// hub does not look into models, so what is a component, and what was acknowledged, shows in the properties alone. That
// $model is empty without one, and which time a property has, is unverified.
func (h *Hub) getDigitalTwin(c *call) (reply, *fault) {
	r := h.store.find(c.args[0], "")
	if r == nil {
		return reply{}, notFound(c.args[0])
	}
	metadata := node{kind: object, kids: []member{{"$model", textNode(r.presence.value().model)}}}
	doc := node{kind: object, kids: []member{{"$dtId", textNode(r.deviceID)}}}
	doc.addDigital(&metadata, r.twin.desired.root, r.twin.reported.root)
	rep := ok(doc.append(nil))
	rep.etag = twinETag(r.twin.etag)
	return rep, nil
}

func (n *node) addMember(name string, val node) { n.kids = append(n.kids, member{name, val}) }

// addDigital adds properties and components, reported ones first, and then the metadata.
func (n *node) addDigital(metadata *node, desired, reported node) {
	for _, m := range reported.kids {
		n.addDigitalMember(metadata, m.name, desired.member(m.name), m.value)
	}
	for _, m := range desired.kids {
		if reported.find(m.name) < 0 {
			n.addDigitalMember(metadata, m.name, m.value, node{})
		}
	}
	n.addMember("$metadata", *metadata)
}

func (n *node) addDigitalMember(metadata *node, name string, desired, reported node) {
	if name == componentMark {
		return
	}
	if desired.isComponent() || reported.isComponent() {
		component, own := node{kind: object}, node{kind: object}
		component.addDigital(&own, desired, reported)
		n.addMember(name, component)
		return
	}
	about, at := node{kind: object}, reported.at
	if desired.kind != absent {
		about.addMember("desiredValue", desired)
		about.addMember("desiredVersion", node{kind: number, text: string(appendInt(nil, int64(desired.version)))})
	}
	if reported.kind == absent {
		at = desired.at
	} else if acknowledged := reported.member(ackValue); acknowledged.kind != absent && reported.find("ac") >= 0 {
		for _, ack := range ackNames {
			if val := reported.member(ack.from); val.kind != absent {
				about.addMember(ack.to, val)
			}
		}
		n.addMember(name, acknowledged)
	} else {
		n.addMember(name, reported)
	}
	about.addMember("lastUpdateTime", textNode(at.format(trimmedTime)))
	metadata.addMember(name, about)
}

// member is a member's value, absent when there is none.
func (n *node) member(name string) node {
	if i := n.find(name); i >= 0 {
		return n.kids[i].value
	}
	return node{}
}

func (n *node) isComponent() bool {
	mark := n.member(componentMark)
	return mark.kind == text && mark.text == componentValue
}
