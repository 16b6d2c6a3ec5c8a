package hub

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
)

// Device is the identity of a device in the registry (FACTS §1.1).
type Device struct {
	DeviceID       string         `json:"deviceId"`
	Status         string         `json:"status,omitempty"`
	StatusReason   string         `json:"statusReason,omitempty"` // sending none clears it
	Authentication Authentication `json:"authentication,omitzero"`

	// Extra holds what else the hub keeps of the identity (capabilities,
	// deviceScope, parentScopes and the like), as it sent it and for sending back.
	Extra map[string]json.RawMessage `json:"-"`

	// Set by the hub; not sent.
	ETag             ETag   `json:"-"`
	GenerationID     string `json:"-"` // another one means a new device of the same id
	ConnectionState  string `json:"-"`
	LastActivityTime Time   `json:"-"`
}

// deviceFields is a Device without its methods.
type deviceFields Device

// UnmarshalJSON reads an identity, keeping members that have no field.
func (d *Device) UnmarshalJSON(data []byte) error {
	var set registryFields
	fields := deviceFields{}
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return err
	}
	extra, err := otherMembers(data, "deviceId", "status", "statusReason", "authentication")
	if err != nil {
		return err
	}
	*d = Device(fields)
	d.Extra, d.ETag, d.GenerationID = extra, set.ETag, set.GenerationID
	d.ConnectionState, d.LastActivityTime = set.ConnectionState, set.LastActivityTime
	return nil
}

// registryFields are members that the hub sets on devices and modules.
type registryFields struct {
	ETag             ETag
	GenerationID     string
	ConnectionState  string
	LastActivityTime Time
}

// MarshalJSON writes what a PUT sends.
func (d Device) MarshalJSON() ([]byte, error) { return withMembers(deviceFields(d), d.Extra) }

// LogValue keeps the keys out of logs.
func (d Device) LogValue() slog.Value { return slog.StringValue("device " + d.DeviceID) }

// Device reads an identity, with its keys if the credential may see them.
func (c *Client) Device(ctx context.Context, id string) (Device, error) {
	k := deviceCall("read device ", http.MethodGet, rightRegistryRead, id)
	return c.device(ctx, k, id)
}

// PutDevice creates an identity when match is empty, else replaces the one that
// has that ETag. A create of an existing id is a 409, an update of a missing one a
// 404, a stale ETag a 412 (FACTS §1.3). An update must hold the whole identity, as
// read; one without authentication is refused here.
func (c *Client) PutDevice(ctx context.Context, d Device, match ETag) (Device, error) {
	k := deviceCall("create device ", http.MethodPut, rightRegistryWrite, d.DeviceID)
	if match != "" {
		k.op = "update device " + d.DeviceID
		if d.Authentication == (Authentication{}) {
			return Device{}, k.invalid(errMintsKeys)
		}
		if err := k.match(match); err != nil {
			return Device{}, err
		}
	}
	k.hide(d.Authentication)
	if err := k.encode(d); err != nil {
		return Device{}, err
	}
	return c.device(ctx, k, d.DeviceID)
}

// DeleteDevice removes an identity with its twin and modules. The hub demands an
// ETag (FACTS §1.3); Any stands for whatever there is.
func (c *Client) DeleteDevice(ctx context.Context, id string, match ETag) error {
	k := deviceCall("delete device ", http.MethodDelete, rightRegistryWrite, id)
	if err := (ids{device: id}).check(false); err != nil {
		return k.invalid(err)
	}
	if err := k.mustMatch(match); err != nil {
		return err
	}
	return c.send(ctx, k, nil)
}

func deviceCall(op, method string, needs right, id string) *call {
	return &call{op: op + id, class: ClassRegistry, units: 1, needs: needs, method: method, path: pathOf("devices", id)}
}

// device makes a call that answers with an identity.
func (c *Client) device(ctx context.Context, k *call, id string) (Device, error) {
	want := ids{device: id}
	if err := want.check(false); err != nil {
		return Device{}, k.invalid(err)
	}
	var d Device
	if err := c.send(ctx, k, &d); err != nil {
		return Device{}, err
	}
	if err := k.about(want, ids{device: d.DeviceID}); err != nil {
		return Device{}, err
	}
	return d, nil
}
