package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// fromItem converts a row of a query answer. System modules of the IoT Edge
// runtime are nobody's to manage and are left out.
func fromItem(item json.RawMessage) (schema.Object, bool, error) {
	var twin hub.Twin
	if err := json.Unmarshal(item, &twin); err != nil {
		return schema.Object{}, false, fmt.Errorf("read query answer: %w", err)
	}
	if twin.DeviceID == "" {
		return schema.Object{}, false, errors.New("read query answer: a row has no device id")
	}
	if strings.HasPrefix(twin.ModuleID, "$") {
		return schema.Object{}, false, nil
	}
	o, err := fromTwin(&twin)
	return o, err == nil, err
}

// fromTwin converts a twin, which also shows the identity but for its keys
// (FACTS §4.1). DeviceETag is the version of the identity, of a module its own
// (FACTS §4.2).
func fromTwin(t *hub.Twin) (schema.Object, error) {
	o := schema.Object{Addr: schema.DeviceAddress(t.DeviceID), ETags: schema.ETags{Identity: string(t.DeviceETag), Twin: string(t.ETag)}}
	m := map[string]any{}
	if t.ModuleID != "" {
		o.Addr = schema.ModuleAddress(t.DeviceID, t.ModuleID)
	} else {
		putText(m, "status", t.Status)
		putText(m, "status_reason", t.StatusReason)
	}
	putAuth(m, t)
	if err := putSection(m, "tags", t.Tags); err != nil {
		return o, fmt.Errorf("read twin %s: %w", o.Addr, err)
	}
	if err := putSection(m, "desired", t.Desired); err != nil {
		return o, fmt.Errorf("read twin %s: %w", o.Addr, err)
	}
	var err error
	if o.Writers, err = writers(t.Desired); err != nil {
		return o, fmt.Errorf("read twin %s: %w", o.Addr, err)
	}
	if o.Doc, err = schema.Canonical(m); err != nil {
		return o, fmt.Errorf("read twin %s: %w", o.Addr, err)
	}
	return o, nil
}

func putText(m map[string]any, key, text string) {
	if text != "" {
		m[key] = text
	}
}

// putAuth names the type in our words. Thumbprints are compared in upper case:
// the hub keeps the case it was given (FACTS §1.4).
func putAuth(m map[string]any, t *hub.Twin) {
	word, known := authTypes[t.AuthenticationType]
	if !known {
		return
	}
	auth := map[string]any{"type": word}
	if word == schema.AuthX509Thumbprint {
		putText(auth, "primary_thumbprint", strings.ToUpper(t.X509Thumbprint.Primary))
		putText(auth, "secondary_thumbprint", strings.ToUpper(t.X509Thumbprint.Secondary))
	}
	m["auth"] = auth
}

// putSection adds tags or desired properties without the hub's own members.
func putSection(m map[string]any, name string, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	v, err := schema.Decode(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	section, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	delete(section, "$metadata")
	delete(section, "$version")
	if len(section) > 0 {
		m[name] = section
	}
	return nil
}

// writers finds the leaves that an automatic configuration wrote last:
// $metadata names it in $lastUpdatedBy (FACTS §4.2).
func writers(desired json.RawMessage) ([]schema.Writer, error) {
	if !bytes.Contains(desired, []byte(`"$lastUpdatedBy"`)) {
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
