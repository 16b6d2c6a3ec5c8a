package hub

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// ApplyContent writes the desired properties of modules of one IoT Edge device, the
// content of a deployment that is the device's own: by module id,
// {"properties.desired": {...}}. It replaces what there was, at once and without a
// condition, and a deployment that targets the device replaces it in turn when it is
// evaluated. A device that is no edge device is a 400 (FACTS §6.2).
func (c *Client) ApplyContent(ctx context.Context, device string, modules json.RawMessage) error {
	k := &call{
		op: "apply configuration content to device " + device, class: ClassConfiguration, units: 1, needs: rightConfigurationWrite,
		method: http.MethodPost, path: pathOf("devices", device, "applyConfigurationContent"),
	}
	if device == "" {
		return k.invalid(errors.New("device id is empty"))
	}
	if err := k.encode(map[string]json.RawMessage{"modulesContent": modules}); err != nil {
		return err
	}
	return c.send(ctx, k, nil)
}
