package emulator

import "strings"

// columnOf finds a member of a twin by its name, without regard to case, and returns the name as a twin spells it.
func columnOf(name string) (string, func(*record, []string) node) {
	switch strings.ToLower(name) {
	case "deviceid":
		return "deviceId", scalar(func(r *record) node { return textNode(r.deviceID) })
	case "moduleid":
		return "moduleId", scalar(func(r *record) node { return definedText(r.moduleID) })
	case "etag":
		return "etag", scalar(func(r *record) node { return textNode(twinETag(r.twin.etag)) })
	case "deviceetag":
		return "deviceEtag", scalar(func(r *record) node { return textNode(identityETag(r.etag)) })
	case "status":
		return "status", scalar(func(r *record) node { return textNode(r.status) })
	case "statusreason":
		return "statusReason", scalar(func(r *record) node { return definedText(r.statusReason) })
	case "statusupdatetime":
		return "statusUpdateTime", scalar(func(r *record) node { return textNode(r.statusUpdated.format(trimmedTime)) })
	case "connectionstate":
		return "connectionState", scalar(func(*record) node { return textNode("Disconnected") })
	case "lastactivitytime":
		return "lastActivityTime", scalar(func(*record) node { return textNode(ticks(0).format(trimmedTime)) })
	case "cloudtodevicemessagecount":
		return "cloudToDeviceMessageCount", scalar(func(*record) node { return intNode(0) })
	case "authenticationtype":
		return "authenticationType", scalar(func(r *record) node { return textNode(r.auth.kind) })
	case "version":
		return "version", scalar(func(r *record) node { return intNode(r.twin.version) })
	case "devicescope":
		return "deviceScope", scalar(func(r *record) node { return definedText(r.scope) })
	case "x509thumbprint":
		return "x509Thumbprint", thumbprintColumn
	case "capabilities":
		return "capabilities", capabilitiesColumn
	case "parentscopes":
		return "parentScopes", scalar(parentsNode)
	case "tags":
		return "tags", tagsColumn
	case "properties":
		return "properties", propertiesColumn
	case "configurations", "modelid": // members that no twin here has yet
		return name, scalar(func(*record) node { return node{} })
	}
	return "", nil
}

func scalar(get func(*record) node) func(*record, []string) node {
	return func(r *record, rest []string) node {
		if len(rest) > 0 {
			return node{}
		}
		return get(r)
	}
}

func definedText(s string) node {
	if s == "" {
		return node{}
	}
	return textNode(s)
}

func textOrNull(s string) node {
	if s == "" {
		return node{kind: null}
	}
	return textNode(s)
}

func parentsNode(r *record) node {
	if len(r.parents) == 0 {
		return node{}
	}
	n := node{kind: array}
	for _, p := range r.parents {
		n.kids = append(n.kids, member{value: textNode(p)})
	}
	return n
}

func thumbprintColumn(r *record, rest []string) node {
	n := node{kind: object, kids: []member{
		{"PrimaryThumbprint", textOrNull(r.auth.primaryThumbprint)},
		{"SecondaryThumbprint", textOrNull(r.auth.secondaryThumbprint)},
	}}
	return n.walkFold(rest)
}

func capabilitiesColumn(r *record, rest []string) node {
	if r.isModule() {
		return node{}
	}
	n := node{kind: object, kids: []member{{"iotEdge", boolNode(r.edge)}}}
	return n.walkFold(rest)
}

// walkFold is walk for built-in members, whose case does not matter.
func (n *node) walkFold(rest []string) node {
	if len(rest) == 0 {
		return *n
	}
	for i := range n.kids {
		if strings.EqualFold(n.kids[i].name, rest[0]) {
			return n.kids[i].value.walk(rest[1:])
		}
	}
	return node{}
}

func tagsColumn(r *record, rest []string) node {
	if len(r.twin.tags.kids) == 0 {
		return node{} // a twin without tags does not show the member (FACTS §4.1)
	}
	return r.twin.tags.walk(rest)
}

func propertiesColumn(r *record, rest []string) node {
	if len(rest) == 0 {
		return node{kind: object, kids: []member{
			{"desired", r.twin.desired.node()}, {"reported", r.twin.reported.node()},
		}}
	}
	switch strings.ToLower(rest[0]) {
	case "desired":
		return r.twin.desired.walk(rest[1:])
	case "reported":
		return r.twin.reported.walk(rest[1:])
	}
	return node{}
}

func (s *section) walk(rest []string) node {
	if len(rest) == 0 {
		return s.node()
	}
	switch rest[0] {
	case "$version":
		version := intNode(s.version)
		return version.walk(rest[1:])
	case "$metadata":
		metadata := s.root.metadata()
		return metadata.walk(rest[1:])
	}
	return s.root.walk(rest)
}

// node is the section as a twin shows it, with $metadata and $version.
func (s *section) node() node {
	kids := append([]member(nil), s.root.kids...)
	return node{kind: object, kids: append(kids, member{"$metadata", s.root.metadata()}, member{"$version", intNode(s.version)})}
}

// metadata is the tree that appendMetadata writes.
func (n *node) metadata() node {
	out := node{kind: object, kids: []member{{"$lastUpdated", textNode(n.at.format(trimmedTime))}}}
	if n.version > 0 {
		out.kids = append(out.kids, member{"$lastUpdatedVersion", intNode(n.version)})
	}
	if n.kind != object {
		return out
	}
	for i := range n.kids {
		out.kids = append(out.kids, member{n.kids[i].name, n.kids[i].value.metadata()})
	}
	return out
}
