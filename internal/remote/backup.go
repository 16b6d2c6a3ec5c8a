package remote

import (
	"encoding/json"
	"fmt"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

// deleted is what a backup holds of a device or module: what the hub showed right
// before. A twin shows the identity but for its keys (FACTS §4.1); they cannot
// come back.
type deleted struct {
	Hub     string `json:"hub"`
	Twin    kept   `json:"twin"`
	Modules []kept `json:"modules,omitempty"` // of a device
}

// kept is a twin without what is nobody's: it has no values that the hub sets anew
// for whoever has the id next.
type kept struct {
	DeviceID           string             `json:"deviceId"`
	ModuleID           string             `json:"moduleId,omitempty"`
	Status             string             `json:"status,omitempty"`
	StatusReason       string             `json:"statusReason,omitempty"`
	AuthenticationType string             `json:"authenticationType"`
	X509Thumbprint     hub.X509Thumbprint `json:"x509Thumbprint"`
	Capabilities       *hub.Capabilities  `json:"capabilities,omitempty"` // of a device
	DeviceScope        string             `json:"deviceScope,omitempty"`
	ParentScopes       []string           `json:"parentScopes,omitempty"`
	ModelID            string             `json:"modelId,omitempty"`
	Tags               json.RawMessage    `json:"tags,omitempty"`
	Properties         hub.Properties     `json:"properties"`
}

func keptOf(t hub.Twin) kept {
	k := kept{
		DeviceID: t.DeviceID, ModuleID: t.ModuleID, Status: t.Status, StatusReason: t.StatusReason,
		AuthenticationType: t.AuthenticationType, X509Thumbprint: t.X509Thumbprint,
		DeviceScope: t.DeviceScope, ParentScopes: t.ParentScopes, ModelID: t.ModelID, Tags: t.Tags, Properties: t.Properties,
	}
	if t.ModuleID == "" {
		k.Capabilities = &t.Capabilities
	}
	return k
}

// keepTwin writes the backup of a device with its modules, or of a module.
func (t target) keepTwin(a schema.Address, twin hub.Twin, modules []hub.Twin) error {
	d := deleted{Hub: t.client.Host(), Twin: keptOf(twin)}
	for _, m := range modules {
		d.Modules = append(d.Modules, keptOf(m))
	}
	return t.keep(a, d)
}

// keepConfiguration writes the backup of a configuration or deployment. Credentials
// of registries are taken out of it.
func (t target) keepConfiguration(a schema.Address, v hub.Configuration) error {
	content := map[string]json.RawMessage{}
	for name, text := range v.Content {
		value, err := schema.Decode(text)
		if err != nil {
			return fmt.Errorf("back up %s: %w", a, err)
		}
		schema.HideCredentials(value)
		doc, err := schema.Canonical(value)
		if err != nil {
			return fmt.Errorf("back up %s: %w", a, err)
		}
		content[name] = json.RawMessage(doc)
	}
	v.Content = content
	a.ID = v.ID
	return t.keep(a, struct {
		Hub           string            `json:"hub"`
		Configuration hub.Configuration `json:"configuration"`
	}{t.client.Host(), v})
}

func (t target) keep(a schema.Address, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = t.backup(a, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("back up %s, which is not deleted without: %w", a, err)
	}
	return nil
}
