package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

// MaxBulk is the number of entries that a bulk call may have (FACTS §2.1).
const MaxBulk = 100

// Import modes of bulk entries (FACTS §2.1).
const (
	ImportCreate            = "create"
	ImportUpdate            = "update"
	ImportUpdateIfMatchETag = "updateIfMatchETag"
	ImportDelete            = "delete"
	ImportDeleteIfMatchETag = "deleteIfMatchETag"
	ImportUpdateTwin        = "updateTwin"
	ImportUpdateTwinIfMatch = "updateTwinIfMatchETag"
)

// RegisteredWithoutTwin is the Name of the one warning that there is: the identity
// was created, its twin was not (FACTS §2.1).
const RegisteredWithoutTwin = "DeviceRegisteredWithoutTwin"

// BulkEntry is one identity, twin or both of a bulk call (FACTS §2.1).
type BulkEntry struct {
	ID             string          `json:"id"`
	ModuleID       string          `json:"moduleId,omitempty"`
	ETag           ETag            `json:"eTag,omitempty"` // of the identity; only the ...IfMatchETag modes look at it
	ImportMode     string          `json:"importMode"`
	Status         string          `json:"status,omitempty"` // devices only; to be sent with every create
	StatusReason   string          `json:"statusReason,omitempty"`
	Authentication *Authentication `json:"authentication,omitempty"`
	TwinETag       ETag            `json:"twinETag,omitempty"` // only updateTwinIfMatchETag looks at it
	Tags           json.RawMessage `json:"tags,omitempty"`
	Properties     *BulkProperties `json:"properties,omitempty"`
	Capabilities   *Capabilities   `json:"capabilities,omitempty"`
	DeviceScope    string          `json:"deviceScope,omitempty"`
	ParentScopes   []string        `json:"parentScopes,omitempty"`
}

// BulkProperties are the properties that a create gives a twin.
type BulkProperties struct {
	Desired json.RawMessage `json:"desired,omitempty"`
}

// LogValue keeps the keys out of logs.
func (e BulkEntry) LogValue() slog.Value {
	return slog.StringValue(e.ImportMode + " " + ids{e.ID, e.ModuleID}.String())
}

// BulkResult is what became of a bulk call. Entries that are named nowhere were
// carried out, as far as is known: whether one failing entry keeps the others from
// it is unverified (FACTS §2.3).
type BulkResult struct {
	IsSuccessful bool
	Errors       []BulkError
	Warnings     []BulkError // identities that were created without their twin (FACTS §2.1)
}

// BulkError is what the hub says of one entry. The predicates of this package work
// on it as on an [Error].
type BulkError struct {
	DeviceID  string
	ModuleID  string
	Code      int    // numeric code (FACTS §0.8); 0 when unknown
	Name      string // name of the code; empty when unknown
	Message   string // the hub's errorStatus or warningStatus, one line
	Operation string
}

// Error words it in one line.
func (e BulkError) Error() string {
	text := e.Name
	switch {
	case e.Code != 0 && e.Name != "":
		text = fmt.Sprintf("%d %s", e.Code, e.Name)
	case e.Code != 0:
		text = fmt.Sprint(e.Code)
	case text == "":
		text = "refused"
	}
	if e.Message != "" && e.Message != e.Name {
		text += ": " + e.Message
	}
	return ids{e.DeviceID, e.ModuleID}.String() + ": " + text
}

// UnmarshalJSON reads an error or a warning. The code is a number or a name (FACTS
// §2.3).
func (e *BulkError) UnmarshalJSON(data []byte) error {
	var item struct {
		DeviceID, ModuleID, Operation string
		ErrorCode, WarningCode        json.RawMessage
		ErrorStatus, WarningStatus    json.RawMessage
	}
	if err := json.Unmarshal(data, &item); err != nil {
		return err
	}
	*e = BulkError{DeviceID: item.DeviceID, ModuleID: item.ModuleID, Operation: item.Operation}
	if item.ErrorCode == nil {
		item.ErrorCode = item.WarningCode
	}
	if item.ErrorStatus == nil {
		item.ErrorStatus = item.WarningStatus
	}
	e.Name, e.Code = parseCode(item.ErrorCode)
	name, message := splitMessage(textOf(item.ErrorStatus))
	if e.Message = message; e.Name == "" {
		e.Name, e.Code = name, codeOf(name)
	}
	return nil
}

// Bulk creates, updates or deletes up to MaxBulk identities, or writes their twins.
// A call may hold one entry of each device id: the hub turns down all of a call
// that names a device twice, its modules included (FACTS §2.2).
//
// Entries that fail are part of the result, not an error. The call as a whole can
// fail too; when the answer says so little that entries cannot be told apart, the
// error is ambiguous. A create that was retried can find objects of its own making,
// as [BulkError] 409.
func (c *Client) Bulk(ctx context.Context, entries []BulkEntry) (BulkResult, error) {
	k := &call{
		op: fmt.Sprintf("write %d identities", len(entries)), class: ClassRegistry, units: len(entries),
		needs: rightRegistryWrite, method: http.MethodPost, path: pathOf("devices"),
	}
	if len(entries) == 1 {
		k.op = "write identity " + ids{entries[0].ID, entries[0].ModuleID}.String()
	}
	if err := checkEntries(entries); err != nil {
		return BulkResult{}, k.invalid(err)
	}
	for _, e := range entries {
		if e.Authentication != nil {
			k.hide(*e.Authentication)
		}
	}
	body, err := bulkBody(entries)
	if err != nil {
		return BulkResult{}, k.invalid(err)
	}
	k.body = body
	r, err := c.exchange(ctx, k)
	if err != nil {
		return BulkResult{}, err
	}
	return c.bulkResult(k, entries, r)
}

// checkEntries refuses what the hub would refuse, before it costs a request.
func checkEntries(entries []BulkEntry) error {
	if len(entries) == 0 || len(entries) > MaxBulk {
		return fmt.Errorf("a call must have 1 to %d entries", MaxBulk)
	}
	seen := make(map[string]bool, len(entries))
	for _, e := range entries {
		switch {
		case e.ID == "":
			return errors.New("device id is empty")
		case seen[e.ID]:
			return fmt.Errorf("device %s has two entries; a call may hold one", e.ID)
		case e.ImportMode == "":
			return fmt.Errorf("entry %s has no import mode", e.ID)
		}
		seen[e.ID] = true
	}
	return nil
}

// bulkResult reads an answer: 200 and 400 both come with a result, unless the 400
// is of the whole call and an error envelope (FACTS §2.3).
func (c *Client) bulkResult(k *call, entries []BulkEntry, r reply) (BulkResult, error) {
	var answer struct {
		IsSuccessful     *bool
		Errors, Warnings []BulkError
	}
	err := json.Unmarshal(r.body, &answer)
	partial := r.status == http.StatusBadRequest && err == nil && (answer.IsSuccessful != nil || answer.Errors != nil)
	if !partial {
		if err := c.accept(k, r); err != nil {
			return BulkResult{}, err
		}
	}
	if err != nil {
		return BulkResult{}, k.unreadable(err)
	}
	ok := !partial && answer.IsSuccessful != nil && *answer.IsSuccessful && len(answer.Errors) == 0
	result := BulkResult{IsSuccessful: ok, Errors: answer.Errors, Warnings: answer.Warnings}
	for _, list := range [][]BulkError{result.Errors, result.Warnings} {
		for i := range list {
			list[i].Message = k.redact(list[i].Message)
		}
	}
	if err := attribute(result, entries); err != nil {
		return BulkResult{}, k.unreadable(err)
	}
	return result, nil
}

// attribute makes sure that everything a result says can be told of an entry, and
// names modules where the answer names only their device. Otherwise entries that
// failed would count as carried out.
func attribute(r BulkResult, entries []BulkEntry) error {
	modules := make(map[string]string, len(entries))
	for _, e := range entries {
		modules[e.ID] = e.ModuleID
	}
	for _, list := range [][]BulkError{r.Errors, r.Warnings} {
		for i := range list {
			module, asked := modules[list[i].DeviceID]
			if list[i].ModuleID == "" {
				list[i].ModuleID = module
			}
			if !asked || list[i].ModuleID != module {
				return fmt.Errorf("it names an identity that was not in the call: %w", list[i])
			}
		}
	}
	if !r.IsSuccessful && len(r.Errors) == 0 {
		return errors.New("it tells of a failure, but not of which entry")
	}
	return nil
}
