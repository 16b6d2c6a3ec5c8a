package hub

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Twin is the twin of a device or module, with what it shows of the identity
// (FACTS §4.1). Query rows of item type "Twin" decode into it too.
type Twin struct {
	DeviceID string `json:"deviceId"`
	ModuleID string `json:"moduleId"` // empty for a device

	ETag       ETag   `json:"etag"`       // of tags and desired properties
	DeviceETag ETag   `json:"deviceEtag"` // of the identity; of a module's its own (FACTS §4.2)
	ModelID    string `json:"modelId"`

	Status             string         `json:"status"`
	StatusReason       string         `json:"statusReason"`
	StatusUpdateTime   Time           `json:"statusUpdateTime"`
	ConnectionState    string         `json:"connectionState"` // Connected or Disconnected
	LastActivityTime   Time           `json:"lastActivityTime"`
	AuthenticationType string         `json:"authenticationType"`
	X509Thumbprint     X509Thumbprint `json:"x509Thumbprint"`

	Version int64 `json:"version"` // moves with reported properties too

	Tags           json.RawMessage `json:"tags"` // nil when there are none
	Properties     `json:"properties"`
	Configurations json.RawMessage `json:"configurations"` // queries only, as far as known

	Capabilities Capabilities `json:"capabilities"`
	DeviceScope  string       `json:"deviceScope"`
	ParentScopes []string     `json:"parentScopes"`
}

// Properties are the two sections of a twin, as objects with the hub's $metadata
// and $version.
type Properties struct {
	Desired  json.RawMessage `json:"desired"`
	Reported json.RawMessage `json:"reported"`
}

// Capabilities of a device.
type Capabilities struct {
	IoTEdge bool `json:"iotEdge"`
}

// Patch is merged into a twin: objects member by member, null removes a member,
// everything else, arrays too, replaces (FACTS §4.3). It should hold nothing but
// changes: devices are told of every member that is sent, changed or not (FACTS
// §4.5). A section that is nil is not sent.
type Patch struct {
	Tags    json.RawMessage
	Desired json.RawMessage
}

// body is that of the PATCH.
func (p Patch) body() []byte {
	b := append(make([]byte, 0, len(p.Tags)+len(p.Desired)+48), '{')
	if len(p.Tags) > 0 {
		b = append(append(b, `"tags":`...), p.Tags...)
	}
	if len(p.Desired) > 0 {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, `"properties":{"desired":`...), p.Desired...), '}')
	}
	return append(b, '}')
}

// Twin reads the twin of a device, or of a module unless moduleID is empty.
func (c *Client) Twin(ctx context.Context, deviceID, moduleID string) (Twin, error) {
	at := ids{deviceID, moduleID}
	k := twinCall("read twin ", at)
	k.method, k.class, k.needs = http.MethodGet, ClassTwinRead, rightTwinRead
	var t Twin
	if err := c.twin(ctx, k, at, &t); err != nil {
		return Twin{}, err
	}
	if err := k.about(at, ids{t.DeviceID, t.ModuleID}); err != nil {
		return Twin{}, err
	}
	return t, nil
}

// PatchTwin merges a patch into a twin that has the ETag, or into whatever there
// is with Any, and returns the twin's ETag after it. A stale ETag is a 412.
func (c *Client) PatchTwin(ctx context.Context, deviceID, moduleID string, p Patch, match ETag) (ETag, error) {
	at := ids{deviceID, moduleID}
	k := twinCall("update twin ", at)
	k.method, k.class, k.needs = http.MethodPatch, ClassTwinUpdate, rightTwinWrite
	if len(p.Tags) == 0 && len(p.Desired) == 0 {
		return "", k.invalid(errors.New("the patch is empty"))
	}
	if err := k.mustMatch(match); err != nil {
		return "", err
	}
	k.body = p.body()
	if !json.Valid(k.body) {
		return "", k.invalid(json.Unmarshal(k.body, new(json.RawMessage))) // says why
	}
	var t patched
	if err := c.twin(ctx, k, at, &t); err != nil {
		return "", err
	}
	return t.ETag, k.about(at, ids{t.DeviceID, t.ModuleID})
}

// patched is what is looked at of the twin that a patch answers with. Apply sends
// a patch for each of many devices, and taking twins apart costs as much as sending.
type patched struct {
	DeviceID string
	ModuleID string
	ETag     ETag
}

func (p *patched) read(answer []byte) error {
	return eachMember(answer, func(name, value []byte) error {
		switch string(name) {
		case `"deviceId"`:
			return json.Unmarshal(value, &p.DeviceID)
		case `"moduleId"`:
			return json.Unmarshal(value, &p.ModuleID)
		case `"etag"`:
			return json.Unmarshal(value, &p.ETag)
		}
		return nil
	})
}

func twinCall(op string, at ids) *call {
	path := pathOf("twins", at.device)
	if at.module != "" {
		path += pathOf("modules", at.module)
	}
	return &call{op: op + at.String(), units: 1, path: path}
}

// twin makes a call that answers with a twin, and decodes that.
func (c *Client) twin(ctx context.Context, k *call, at ids, out any) error {
	if err := at.check(false); err != nil {
		return k.invalid(err)
	}
	return c.send(ctx, k, out)
}
