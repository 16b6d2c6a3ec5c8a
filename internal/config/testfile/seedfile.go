package testfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// wireTwin is a twin as the service's queries return it.
type wireTwin struct {
	DeviceID           string   `json:"deviceId"`
	ModuleID           string   `json:"moduleId"`
	Status             string   `json:"status"`
	StatusReason       string   `json:"statusReason"`
	AuthenticationType string   `json:"authenticationType"`
	DeviceScope        string   `json:"deviceScope"`
	ParentScopes       []string `json:"parentScopes"`
	Capabilities       struct {
		IoTEdge bool `json:"iotEdge"`
	} `json:"capabilities"`
	Tags           json.RawMessage `json:"tags"`
	X509Thumbprint struct {
		Primary   string `json:"primaryThumbprint"`
		Secondary string `json:"secondaryThumbprint"`
	} `json:"x509Thumbprint"`
	Properties struct {
		Desired  json.RawMessage `json:"desired"`
		Reported json.RawMessage `json:"reported"`
	} `json:"properties"`
}

// maxSeedLine bounds a twin with its metadata.
const maxSeedLine = 4 << 20

// seedFile reads twins: a JSON array of them, or one a line. Mistakes are at the
// argument: the file is data and no source.
func (d *decoder) seedFile(name string, at hcl.Range) []Twin {
	text, err := d.set.side.Read(name)
	if err != nil {
		d.report(errorAt(at, "Cannot read seed", "The twins cannot be read: %s.", err))
		return nil
	}
	list, err := readTwins(text)
	if err != nil {
		d.report(errorAt(at, "Invalid seed", "%s: %s.", name, err))
	}
	attach(list)
	for i := range list {
		list[i].rng = at
	}
	return list
}

// attach finds the parents of twins by the scopes that they bear (FACTS §1.5).
// What is attached to a device that is not among them is attached to nothing.
func attach(list []Twin) {
	ids := map[string]string{}
	for _, t := range list {
		if t.Edge {
			ids[t.scope] = t.Addr.ID
		}
	}
	for i := range list {
		list[i].Parent = ids[list[i].attached]
	}
}

func readTwins(text []byte) ([]Twin, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return readArray(text)
	}
	var list []Twin
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxSeedLine)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		t, err := readTwin(line)
		if err != nil {
			return list, fmt.Errorf("line %d: %w", n, err)
		}
		list = append(list, t)
	}
	return list, lines.Err()
}

func readArray(text []byte) ([]Twin, error) {
	var members []json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("it is not an array in JSON: %w", err)
	}
	var list []Twin
	for i, m := range members {
		t, err := readTwin(m)
		if err != nil {
			return list, fmt.Errorf("twin %d: %w", i+1, err)
		}
		list = append(list, t)
	}
	return list, nil
}

func readTwin(line []byte) (Twin, error) {
	var w wireTwin
	if err := json.Unmarshal(line, &w); err != nil {
		return Twin{}, fmt.Errorf("it is not a twin in JSON: %w", err)
	}
	if w.DeviceID == "" {
		return Twin{}, fmt.Errorf("the twin has no deviceId")
	}
	t := Twin{
		Addr: schema.DeviceAddress(w.DeviceID), Status: w.Status, StatusReason: w.StatusReason,
		AuthenticationType: w.AuthenticationType, Thumbprints: [2]string{w.X509Thumbprint.Primary, w.X509Thumbprint.Secondary},
	}
	t.Edge, t.scope, t.attached = w.Capabilities.IoTEdge, w.DeviceScope, w.DeviceScope
	if t.Edge {
		t.attached = ""
		if len(w.ParentScopes) > 0 {
			t.attached = w.ParentScopes[0]
		}
	}
	if w.ModuleID != "" {
		t.Addr = schema.ModuleAddress(w.DeviceID, w.ModuleID)
	}
	var err error
	if t.Tags, err = Section(w.Tags); err != nil {
		return t, fmt.Errorf("tags: %w", err)
	}
	if t.Desired, err = Section(w.Properties.Desired); err != nil {
		return t, fmt.Errorf("desired: %w", err)
	}
	if t.Reported, err = Section(w.Properties.Reported); err != nil {
		return t, fmt.Errorf("reported: %w", err)
	}
	return t, nil
}

// Section is a section of a twin without the hub's own members.
func Section(raw json.RawMessage) (schema.Doc, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	m, err := schema.Doc(raw).Map()
	if err != nil {
		return nil, err
	}
	delete(m, "$metadata")
	delete(m, "$version")
	if len(m) == 0 {
		return nil, nil
	}
	return schema.Canonical(m)
}
