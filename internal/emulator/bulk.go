package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const maxBulkEntries = 100

// bulkEntry is one element of POST /devices (FACTS §2.1). It has the members of an identity, with other spellings for
// the id and the etag, and the twin's.
type bulkEntry struct {
	identityInput
	ID         string          `json:"id"`
	ETag       string          `json:"eTag"`
	ImportMode string          `json:"importMode"`
	TwinETag   string          `json:"twinETag"`
	Tags       json.RawMessage `json:"tags"`
	Properties *struct {
		Desired  json.RawMessage `json:"desired"`
		Reported json.RawMessage `json:"reported"` // ignored here (unverified), loaded from dumps
	} `json:"properties"`
}

func (e *bulkEntry) moduleID() string { return value(e.ModuleID) }

func (e *bulkEntry) hasTwin() bool {
	return len(e.Tags) > 0 || e.Properties != nil && len(e.Properties.Desired) > 0
}

func (e *bulkEntry) twinWrite() (twinWrite, *fault) {
	if e.Properties == nil {
		return parseSections(e.Tags, nil)
	}
	return parseSections(e.Tags, e.Properties.Desired)
}

type bulkResult struct {
	IsSuccessful bool          `json:"isSuccessful"`
	Errors       []bulkError   `json:"errors"`
	Warnings     []bulkWarning `json:"warnings"`
}

// bulkError is one failed entry. The code is a number on the wire (FACTS §2.3); order and text are unverified.
type bulkError struct {
	DeviceID    string `json:"deviceId"`
	ModuleID    string `json:"moduleId,omitempty"`
	ErrorCode   int    `json:"errorCode"`
	ErrorStatus string `json:"errorStatus"`
}

type bulkWarning struct {
	DeviceID      string `json:"deviceId"`
	WarningCode   string `json:"warningCode"`
	WarningStatus string `json:"warningStatus"`
}

// bulkMode is one importMode: it applies an entry and returns its error, or a warning text.
type bulkMode func(h *Hub, e *bulkEntry, now ticks) (warning string, err *fault)

// modeOf finds the mode by name, without regard to case (FACTS §2.1). createOrUpdate and an omitted mode are
// unverified there; both are refused here.
func modeOf(name string) bulkMode {
	switch strings.ToLower(name) {
	case "create":
		return bulkCreate
	case "update":
		return bulkUpdate
	case "updateifmatchetag":
		return bulkUpdateIfMatch
	case "delete":
		return bulkDelete
	case "deleteifmatchetag":
		return bulkDeleteIfMatch
	case "updatetwin":
		return bulkTwin
	case "updatetwinifmatchetag":
		return bulkTwinIfMatch
	}
	return nil
}

// bulkDevices is POST /devices (FACTS §2). Good entries are applied and bad ones reported with a 400: the exact rule
// of the service is unverified (FACTS §2.3).
func (h *Hub) bulkDevices(c *call) (reply, *fault) {
	var entries []bulkEntry
	if err := json.Unmarshal(c.body, &entries); err != nil {
		return reply{}, badRequest()
	}
	if err := checkEntries(entries); err != nil {
		return reply{}, err
	}
	result := bulkResult{IsSuccessful: true, Errors: []bulkError{}, Warnings: []bulkWarning{}}
	for i := range entries {
		e := &entries[i]
		warning, err := modeOf(e.ImportMode)(h, e, c.now)
		if err != nil {
			result.IsSuccessful = false
			result.Errors = append(result.Errors, bulkError{e.ID, e.moduleID(), err.code, err.message()})
		}
		if warning != "" {
			result.Warnings = append(result.Warnings, bulkWarning{e.ID, "DeviceRegisteredWithoutTwin", warning})
		}
	}
	rep := ok(encode(result))
	rep.items = len(entries)
	if !result.IsSuccessful {
		rep.status = http.StatusBadRequest
	}
	return rep, nil
}

// checkEntries finds what fails the whole request with envelope 1 (FACTS §2.3). Two entries of one device do, also
// when they address different modules of it; that this holds for creates too is assumed (FACTS §2.2).
func checkEntries(entries []bulkEntry) *fault {
	if len(entries) == 0 {
		return badRequest()
	}
	if len(entries) > maxBulkEntries {
		return tooLarge(413002, "TooManyDevices", fmt.Sprintf("the maximum is %d devices in one request", maxBulkEntries))
	}
	seen := make(map[string]bool, len(entries))
	for i := range entries {
		e := &entries[i]
		if modeOf(e.ImportMode) == nil {
			return invalid(fmt.Sprintf("importMode '%s' of device ID %s is not valid", e.ImportMode, e.ID))
		}
		if seen[e.ID] {
			return badRequestNamed(400011, "DeviceDefinedMultipleTimes", "DeviceDefinedMultipleTimes, device ID "+e.ID)
		}
		seen[e.ID] = true
	}
	return nil
}
