package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

// Names of authentication types on the wire (FACTS §1.4).
const (
	wireSAS        = "sas"
	wireSelfSigned = "selfSigned"
	wireCA         = "certificateAuthority"
)

var authTypes = map[string]string{wireSAS: schema.AuthSAS, wireSelfSigned: schema.AuthX509Thumbprint, wireCA: schema.AuthX509CA}

func wireAuthType(t string) string {
	for wire, word := range authTypes {
		if word == t {
			return wire
		}
	}
	return t
}

// isSystem tells of a module that it belongs to the IoT Edge runtime: it is nobody's
// to manage.
func isSystem(module string) bool { return strings.HasPrefix(module, "$") }

// fromItem converts a row of a query answer.
func fromItem(item json.RawMessage) (schema.Object, error) {
	var twin hub.Twin
	if err := readRow(item, &twin); err != nil {
		return schema.Object{}, fmt.Errorf("read query answer: %w", err)
	}
	if twin.DeviceID == "" {
		return schema.Object{}, errors.New("read query answer: a row has no device id")
	}
	return fromTwin(&twin)
}

// readRow takes from a row what fromTwin needs. There are as many rows as twins,
// and reported properties and metadata make up most of each: they are passed
// over.
func readRow(item []byte, t *hub.Twin) error {
	var thumbprints []byte
	err := schema.EachMemberUnchecked(item, func(name, value []byte) error {
		switch string(name) {
		case "deviceId":
			return readText(value, &t.DeviceID)
		case "moduleId":
			return readText(value, &t.ModuleID)
		case "etag":
			return readText(value, &t.ETag)
		case "deviceEtag":
			return readText(value, &t.DeviceETag)
		case "status":
			return readText(value, &t.Status)
		case "statusReason":
			return readText(value, &t.StatusReason)
		case "authenticationType":
			return readText(value, &t.AuthenticationType)
		case "x509Thumbprint":
			thumbprints = value
		case "capabilities":
			if bytes.Contains(value, []byte("true")) { // hardly ever
				return json.Unmarshal(value, &t.Capabilities)
			}
		case "deviceScope":
			return readText(value, &t.DeviceScope)
		case "parentScopes":
			if string(value) != "[]" {
				return json.Unmarshal(value, &t.ParentScopes)
			}
		case "tags":
			t.Tags = value
		case "properties":
			return noProperties(value)
		case "properties.desired":
			t.Desired = value
		}
		return nil
	}, "properties")
	if err != nil || t.AuthenticationType != wireSelfSigned || thumbprints == nil {
		return err
	}
	return json.Unmarshal(thumbprints, &t.X509Thumbprint)
}

// readText takes text without an escape as it is; null leaves what there is.
func readText[T ~string](value []byte, to *T) error {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 || !utf8.Valid(value) {
		return json.Unmarshal(value, to)
	}
	*to = T(value[1 : len(value)-1])
	return nil
}

// noProperties accepts null in the place of the properties, and nothing else.
func noProperties(value []byte) error {
	if string(value) == "null" {
		return nil
	}
	return schema.EachMember(value, nil) // says what it is not
}

// fromTwin converts a twin, which also shows the identity but for its keys
// (FACTS §4.1). DeviceETag is the version of the identity, of a module its own
// (FACTS §4.2).
func fromTwin(t *hub.Twin) (schema.Object, error) {
	o := schema.Object{Addr: schema.DeviceAddress(t.DeviceID), ETags: schema.ETags{Identity: string(t.DeviceETag), Twin: string(t.ETag)}}
	if t.ModuleID != "" {
		o.Addr = schema.ModuleAddress(t.DeviceID, t.ModuleID)
	} else {
		o.Scope, o.Attached = scopes(t)
	}
	var err error
	if o.Doc, err = document(t); err == nil {
		o.Writers, err = writers(t.Desired)
	}
	if err != nil {
		return o, fmt.Errorf("read twin %s: %w", o.Addr, err)
	}
	return o, nil
}

// activity is what a twin tells of its use.
func activity(t *hub.Twin) schema.Activity {
	a := schema.Activity{Connected: t.ConnectionState == "Connected"}
	for _, at := range []struct {
		from hub.Time
		to   *string
	}{{t.LastActivityTime, &a.Last}, {t.StatusUpdateTime, &a.StatusSince}} {
		if at.from.Year() > 1 {
			*at.to = at.from.UTC().Format(schema.ActivityTime)
		}
	}
	return a
}

// document is the canonical document of a twin: its members come in order.
func document(t *hub.Twin) (schema.Doc, error) {
	b := make([]byte, 0, len(t.Tags)+len(t.Desired)/2+128)
	b = append(b, '{')
	b = appendAuth(b, t)
	b, err := appendSection(b, "desired", t.Desired)
	if err != nil {
		return nil, err
	}
	if t.ModuleID == "" {
		if t.Capabilities.IoTEdge {
			b = append(appendName(b, fieldEdge), "true,"...)
		}
		_, attached := scopes(t)
		b = appendText(b, fieldParent, parentName(attached))
		b = appendText(b, "status", t.Status)
		b = appendText(b, fieldStatusReason, t.StatusReason)
	}
	if b, err = appendSection(b, "tags", t.Tags); err != nil {
		return nil, err
	}
	return endObject(b), nil
}

// appendAuth names the type in our words. Thumbprints are compared in upper case:
// the hub keeps the case it was given (FACTS §1.4).
func appendAuth(b []byte, t *hub.Twin) []byte {
	word, known := authTypes[t.AuthenticationType]
	if !known {
		return b
	}
	b = append(appendName(b, "auth"), '{')
	if word == schema.AuthX509Thumbprint {
		b = appendText(b, "primary_thumbprint", strings.ToUpper(t.X509Thumbprint.Primary))
		b = appendText(b, "secondary_thumbprint", strings.ToUpper(t.X509Thumbprint.Secondary))
	}
	return append(endObject(appendText(b, "type", word)), ',')
}

// appendText adds a member unless it is empty.
func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return append(schema.AppendString(appendName(b, name), text), ',')
}

// endObject closes an object, in the place of the comma behind its last member.
func endObject(b []byte) []byte {
	if last := len(b) - 1; b[last] == ',' {
		b = b[:last]
	}
	return append(b, '}')
}

func appendName(b []byte, name string) []byte {
	return append(append(append(b, '"'), name...), `":`...)
}

// appendSection adds tags or desired properties without the hub's own members.
// What is no object, or an empty one, is left out.
func appendSection(b []byte, name string, raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 || raw[0] != '{' {
		return b, nil
	}
	before := len(b)
	b = appendName(b, name)
	start := len(b)
	b, err := schema.AppendCanonicalJSON(b, raw, "$metadata", "$version")
	if err != nil {
		return b, fmt.Errorf("%s: %w", name, err)
	}
	if len(b)-start == len("{}") {
		return b[:before], nil
	}
	return append(b, ','), nil
}

// writers finds the leaves that an automatic configuration wrote last:
// $metadata names it in $lastUpdatedBy (FACTS §4.2).
func writers(desired json.RawMessage) ([]schema.Writer, error) {
	// What few twins hold is looked for first, by a letter that few hold.
	if !bytes.Contains(desired, []byte(`By"`)) || !bytes.Contains(desired, []byte(`"$lastUpdatedBy"`)) {
		return nil, nil
	}
	var section struct {
		Metadata map[string]any `json:"$metadata"`
	}
	if err := json.Unmarshal(desired, &section); err != nil {
		return nil, fmt.Errorf("desired: %w", err)
	}
	var list []schema.Writer
	collectWriters(&list, schema.Path{"desired"}, section.Metadata)
	slices.SortFunc(list, func(a, b schema.Writer) int { return slices.Compare(a.Path, b.Path) })
	return list, nil
}

// collectWriters reports the deepest members that bear a name: an ancestor bears
// that of whoever wrote anything below it last.
func collectWriters(list *[]schema.Writer, at schema.Path, node map[string]any) {
	leaf := true
	for name, sub := range node {
		if m, ok := sub.(map[string]any); ok && !strings.HasPrefix(name, "$") {
			leaf = false
			collectWriters(list, at.Child(name), m)
		}
	}
	if id, ok := node["$lastUpdatedBy"].(string); ok && leaf && len(at) > 1 {
		*list = append(*list, schema.Writer{Path: at, Configuration: id})
	}
}
