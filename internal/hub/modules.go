package hub

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
)

// Module is the identity of a module in the registry (FACTS §3).
type Module struct {
	DeviceID       string         `json:"deviceId"`
	ModuleID       string         `json:"moduleId"`
	ManagedBy      string         `json:"managedBy,omitempty"` // "iotEdge" for those of deployments; sending none clears it
	Authentication Authentication `json:"authentication,omitzero"`

	// Extra holds what else the hub keeps of the identity, as it sent it and for
	// sending back.
	Extra map[string]json.RawMessage `json:"-"`

	// Set by the hub; not sent.
	ETag             ETag   `json:"-"`
	GenerationID     string `json:"-"` // another one means a new module of the same id
	ConnectionState  string `json:"-"`
	LastActivityTime Time   `json:"-"`
}

// moduleFields is a Module without its methods.
type moduleFields Module

// UnmarshalJSON reads an identity, keeping members that have no field.
func (m *Module) UnmarshalJSON(data []byte) error {
	var set registryFields
	fields := moduleFields{}
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return err
	}
	extra, err := otherMembers(data, "deviceId", "moduleId", "managedBy", "authentication")
	if err != nil {
		return err
	}
	*m = Module(fields)
	m.Extra, m.ETag, m.GenerationID = extra, set.ETag, set.GenerationID
	m.ConnectionState, m.LastActivityTime = set.ConnectionState, set.LastActivityTime
	return nil
}

// MarshalJSON writes what a PUT sends.
func (m Module) MarshalJSON() ([]byte, error) { return withMembers(moduleFields(m), m.Extra) }

// LogValue keeps the keys out of logs.
func (m Module) LogValue() slog.Value {
	return slog.StringValue("module " + ids{m.DeviceID, m.ModuleID}.String())
}

// Modules lists the modules of a device, system modules included, all at once.
// With SAS the hub answers 401 when the device is missing or disabled (FACTS §3).
func (c *Client) Modules(ctx context.Context, deviceID string) ([]Module, error) {
	k := &call{
		op: "list modules of " + deviceID, class: ClassRegistry, units: 1, needs: rightRegistryRead,
		method: http.MethodGet, path: pathOf("devices", deviceID, "modules"),
	}
	if err := (ids{device: deviceID}).check(false); err != nil {
		return nil, k.invalid(err)
	}
	var list []Module
	if err := c.send(ctx, k, &list); err != nil {
		return nil, c.doubtDevice(err)
	}
	for _, m := range list {
		if err := k.about(ids{deviceID, m.ModuleID}, ids{m.DeviceID, m.ModuleID}); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Module reads an identity, with its keys if the credential may see them.
func (c *Client) Module(ctx context.Context, deviceID, moduleID string) (Module, error) {
	at := ids{deviceID, moduleID}
	return c.module(ctx, moduleCall("read module ", http.MethodGet, rightRegistryRead, at), at)
}

// PutModule creates an identity when match is empty, else replaces the one that
// has that ETag, like [Client.PutDevice].
func (c *Client) PutModule(ctx context.Context, m Module, match ETag) (Module, error) {
	at := ids{m.DeviceID, m.ModuleID}
	k := moduleCall("create module ", http.MethodPut, rightRegistryWrite, at)
	if match != "" {
		k.op = "update module " + at.String()
		if m.Authentication == (Authentication{}) {
			return Module{}, k.invalid(errMintsKeys)
		}
		if err := k.match(match); err != nil {
			return Module{}, err
		}
	}
	k.hide(m.Authentication)
	if err := k.encode(m); err != nil {
		return Module{}, err
	}
	return c.module(ctx, k, at)
}

// DeleteModule removes an identity with its twin. The hub demands an ETag (FACTS
// §3); Any stands for whatever there is.
func (c *Client) DeleteModule(ctx context.Context, deviceID, moduleID string, match ETag) error {
	at := ids{deviceID, moduleID}
	k := moduleCall("delete module ", http.MethodDelete, rightRegistryWrite, at)
	if err := at.check(true); err != nil {
		return k.invalid(err)
	}
	if err := k.mustMatch(match); err != nil {
		return err
	}
	return c.doubtDevice(c.send(ctx, k, nil))
}

func moduleCall(op, method string, needs right, at ids) *call {
	return &call{
		op: op + at.String(), class: ClassRegistry, units: 1, needs: needs,
		method: method, path: pathOf("devices", at.device, "modules", at.module),
	}
}

// module makes a call that answers with an identity.
func (c *Client) module(ctx context.Context, k *call, at ids) (Module, error) {
	if err := at.check(true); err != nil {
		return Module{}, k.invalid(err)
	}
	var m Module
	if err := c.send(ctx, k, &m); err != nil {
		return Module{}, c.doubtDevice(err)
	}
	if err := k.about(at, ids{m.DeviceID, m.ModuleID}); err != nil {
		return Module{}, err
	}
	return m, nil
}

// doubtDevice adds what else a 401 can mean for modules: with SAS the hub answers
// so when the device is missing or disabled (FACTS §3).
func (c *Client) doubtDevice(err error) error {
	var e *Error
	if _, entra := c.cred.(bearer); !entra && errors.As(err, &e) && IsUnauthorized(e) {
		e.Hint += "; it can also mean that the device does not exist or is disabled"
	}
	return err
}
