package query

import "strings"

// Members of the documents that have a fixed name; their case does not matter (FACTS §5). A name after a slash is a
// member of the one before it. What is below tags, desired, reported and the rest is the user's, and its case matters.
const (
	twinMembers = "deviceId moduleId etag deviceEtag status statusReason statusUpdateTime connectionState lastActivityTime " +
		"cloudToDeviceMessageCount authenticationType x509Thumbprint x509Thumbprint/PrimaryThumbprint " +
		"x509Thumbprint/SecondaryThumbprint version modelId tags properties properties/desired properties/reported " +
		"configurations capabilities capabilities/iotEdge deviceScope parentScopes" // FACTS §4.1
	jobMembers = "deviceId jobId jobType status startTimeUtc endTimeUtc createdDateTimeUtc lastUpdatedDateTimeUtc outcome" // FACTS §5
)

// resolve returns the names of a path with its prefix dropped and fixed names in their canonical case. ok is false for a
// first name that no document of the source has; the service's answer to one is unverified.
func (e *Path) resolve(s Source) (names []string, ok bool) {
	names, ok = e.unprefixed(s)
	if !ok {
		return nil, false
	}
	first, ok := s.canonical(names[0])
	if !ok {
		return nil, false
	}
	names = append([]string{first}, names[1:]...)
	if len(names) > 1 {
		if second, ok := s.canonical(first + "/" + names[1]); ok {
			_, names[1], _ = strings.Cut(second, "/")
		}
	}
	return names, true
}

// unprefixed drops devices, devices.modules or devices.jobs. Only jobs need theirs: no query was seen without.
func (e *Path) unprefixed(s Source) ([]string, bool) {
	names := e.Names
	if len(names) < 2 || !strings.EqualFold(names[0], "devices") {
		return names, s != Jobs
	}
	names = names[1:]
	switch s {
	case Modules:
		if len(names) > 1 && strings.EqualFold(names[0], "modules") {
			names = names[1:]
		}
	case Jobs:
		if len(names) < 2 || !strings.EqualFold(names[0], "jobs") {
			return nil, false
		}
		names = names[1:]
	case Devices:
	}
	return names, true
}

// canonical finds a fixed name.
func (s Source) canonical(name string) (string, bool) {
	members := twinMembers
	if s == Jobs {
		members = jobMembers
		if strings.EqualFold(name, "createdTimeUtc") { // the documentation's conditions, not its rows (FACTS §5)
			name = "createdDateTimeUtc"
		}
	}
	for member := range strings.SplitSeq(members, " ") {
		if strings.EqualFold(member, name) {
			return member, true
		}
	}
	return "", false
}
