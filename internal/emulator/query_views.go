package emulator

import (
	"iter"
	"strconv"

	"github.com/twinset/twinset/internal/emulator/query"
)

// The parts of a record that are objects or arrays, as queries read them: pointers into the record under a type of
// their own, so that looking at them costs no memory.
type (
	propertiesView twin
	metadataView   node
	thumbprintView authentication
	edgeView       record
	parentsView    record
)

// Member returns desired or reported.
func (p *propertiesView) Member(name string) query.Value {
	switch name {
	case "desired":
		return query.ObjectValue(&p.desired)
	case "reported":
		return query.ObjectValue(&p.reported)
	}
	return query.Value{}
}

// AppendJSON writes both sections.
func (p *propertiesView) AppendJSON(b []byte) []byte {
	b = append(b, `{"desired":`...)
	b = p.desired.append(b)
	b = append(b, `,"reported":`...)
	return append(p.reported.append(b), '}')
}

// Member returns a property, $metadata or $version.
func (s *section) Member(name string) query.Value {
	switch name {
	case "$version":
		return query.IntValue(int64(s.version))
	case "$metadata":
		return query.ObjectValue((*metadataView)(&s.root))
	}
	return s.root.Member(name)
}

// AppendJSON writes the section with $metadata and $version.
func (s *section) AppendJSON(b []byte) []byte { return s.append(b) }

// Member returns a member of the tree that appendMetadata writes.
func (m *metadataView) Member(name string) query.Value {
	switch {
	case name == "$lastUpdated":
		return query.TextValue(m.at.format(trimmedTime))
	case name == "$lastUpdatedVersion" && m.version > 0:
		return query.IntValue(int64(m.version))
	case name == "$lastUpdatedBy" && m.by != nil:
		return query.TextValue(m.by.configuration)
	case name == "$lastUpdatedByDigest" && m.by != nil:
		return query.TextValue(m.by.digest.decimal())
	case m.kind != object:
		return query.Value{}
	}
	i := (*node)(m).find(name)
	if i < 0 {
		return query.Value{}
	}
	return query.ObjectValue((*metadataView)(&m.kids[i].value))
}

// AppendJSON writes the metadata.
func (m *metadataView) AppendJSON(b []byte) []byte { return (*node)(m).appendMetadata(b) }

// Member returns a thumbprint, or null.
func (t *thumbprintView) Member(name string) query.Value {
	var thumbprint string
	switch name {
	case "PrimaryThumbprint":
		thumbprint = t.primaryThumbprint
	case "SecondaryThumbprint":
		thumbprint = t.secondaryThumbprint
	default:
		return query.Value{}
	}
	if thumbprint == "" {
		return query.NullValue()
	}
	return query.TextValue(thumbprint)
}

// AppendJSON writes both thumbprints.
func (t *thumbprintView) AppendJSON(b []byte) []byte {
	b = append(b, `{"PrimaryThumbprint":`...)
	b = appendNullable(b, t.primaryThumbprint)
	b = append(b, `,"SecondaryThumbprint":`...)
	return append(appendNullable(b, t.secondaryThumbprint), '}')
}

// Member returns iotEdge.
func (e *edgeView) Member(name string) query.Value {
	if name != "iotEdge" {
		return query.Value{}
	}
	return query.BoolValue(e.edge)
}

// AppendJSON writes the capabilities.
func (e *edgeView) AppendJSON(b []byte) []byte {
	return append(strconv.AppendBool(append(b, `{"iotEdge":`...), e.edge), '}')
}

// Member returns nothing.
func (p *parentsView) Member(string) query.Value { return query.Value{} }

// Elements yields the scopes of the parents.
func (p *parentsView) Elements() iter.Seq[query.Value] {
	return func(yield func(query.Value) bool) {
		for _, scope := range p.parents {
			if !yield(query.TextValue(scope)) {
				return
			}
		}
	}
}

// AppendJSON writes the scopes.
func (p *parentsView) AppendJSON(b []byte) []byte {
	b = append(b, '[')
	for i, scope := range p.parents {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, scope)
	}
	return append(b, ']')
}
