package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// keysVersion is the api-version from which keys can be rotated (FACTS §1.6).
const keysVersion = "2024-03-31"

// Values of policyKey (FACTS §1.6).
const (
	rotatePrimary   = "primaryKey"
	rotateSecondary = "secondaryKey"
	rotateBoth      = "both"
)

type rotationInput struct {
	PolicyKey string `json:"policyKey"`
	Devices   []struct {
		ID       string `json:"id"`
		ModuleID string `json:"moduleId"`
	} `json:"devices"`
}

type rotationResult struct {
	PolicyKey   string          `json:"policyKey"`
	RotatedKeys []rotatedKey    `json:"rotatedKeys"`
	Errors      []rotationError `json:"errors"`
}

// rotatedKey shows both keys, whichever was asked for: unverified.
type rotatedKey struct {
	ID           string `json:"id"`
	ModuleID     string `json:"moduleId,omitempty"`
	PrimaryKey   string `json:"primaryKey"`
	SecondaryKey string `json:"secondaryKey"`
}

type rotationError struct {
	ID          string `json:"id"`
	ModuleID    string `json:"moduleId,omitempty"`
	ErrorCode   int    `json:"errorCode"`
	ErrorStatus string `json:"errorStatus"`
}

// rotateKeys is POST /devices/keys/regenerate: 200, 207 when some were not rotated, 400 when none was (FACTS §1.6).
// Which errors an entry has, and that 100 is the most, are unverified.
func (h *Hub) rotateKeys(c *call) (reply, *fault) {
	if v := c.query.Get("api-version"); v != keysVersion {
		return reply{}, notEmulated("POST /devices/keys/regenerate in api-version " + v)
	}
	var in rotationInput
	if err := json.Unmarshal(c.body, &in); err != nil || len(in.Devices) == 0 {
		return reply{}, badRequest()
	}
	if len(in.Devices) > maxBulkEntries {
		return reply{}, tooLarge(413002, "TooManyDevices", fmt.Sprintf("the maximum is %d devices in one request", maxBulkEntries))
	}
	which, err := policyKeyOf(in.PolicyKey)
	if err != nil {
		return reply{}, err
	}
	result := rotationResult{which, []rotatedKey{}, []rotationError{}}
	for _, d := range in.Devices {
		r, err := h.rotate(d.ID, d.ModuleID, which)
		if err != nil {
			result.Errors = append(result.Errors, rotationError{d.ID, d.ModuleID, err.code, err.message()})
			continue
		}
		result.RotatedKeys = append(result.RotatedKeys, rotatedKey{d.ID, d.ModuleID, r.auth.primaryKey, r.auth.secondaryKey})
	}
	rep := ok(encode(result))
	switch {
	case len(result.RotatedKeys) == 0:
		rep.status = http.StatusBadRequest
	case len(result.Errors) > 0:
		rep.status = http.StatusMultiStatus
	}
	rep.items = len(in.Devices)
	return rep, nil
}

func policyKeyOf(name string) (string, *fault) {
	for _, known := range []string{rotatePrimary, rotateSecondary, rotateBoth} {
		if strings.EqualFold(name, known) {
			return known, nil
		}
	}
	return "", badRequestNamed(400035, "InvalidPolicyKey",
		fmt.Sprintf("policyKey '%s' is none of %s, %s and %s", name, rotatePrimary, rotateSecondary, rotateBoth))
}

// rotate is a write of the identity, and moves its etag.
func (h *Hub) rotate(deviceID, moduleID, which string) (*record, *fault) {
	live := h.store.find(deviceID, moduleID)
	switch {
	case live == nil && (moduleID == "" || h.store.find(deviceID, "") == nil):
		return nil, notFound(deviceID)
	case live == nil:
		return nil, moduleNotFound(deviceID, moduleID)
	case live.auth.kind != authSAS:
		return nil, badRequestNamed(400036, "BulkRegenerateDeviceKeyOperationFailure", "the authentication type is not sas")
	}
	r := live.clone()
	if which != rotateSecondary {
		r.auth.primaryKey = h.newKey()
	}
	if which != rotatePrimary {
		r.auth.secondaryKey = h.newKey()
	}
	r.etag++
	h.store.put(r)
	return r, nil
}
