package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// ErrLocked is returned by Open when another process holds the data directory.
var ErrLocked = errors.New("data directory is in use by another emulator")

// fault is an answer that is an error: HTTP status, numeric code and name (FACTS §0.8), and the text of FACTS §0.9.
type fault struct {
	status int
	code   int
	name   string
	text   string
	group  string // a middle part of the tracking id, such as "-G:12"
	plain  bool   // envelope 2 instead of envelope 1 (FACTS §0.6)
	nested bool   // envelope 2 as the message of envelope 1: direct methods (FACTS §0.6)
	info   any    // more about a nested one
	closes bool   // the connection is closed after it
	bare   bool   // without a body
	tail   string // of the tracking id, which is upper case then and has a longer timestamp (FACTS §0.5)
}

func notFound(id string) *fault {
	return &fault{status: http.StatusNotFound, code: 404001, name: "DeviceNotFound", text: id}
}

func moduleNotFound(deviceID, moduleID string) *fault {
	return &fault{
		status: http.StatusNotFound, code: 404010, name: "ModuleNotFound",
		text: fmt.Sprintf("Module '%s' on device '%s' is not registered.", moduleID, deviceID),
	}
}

func deviceExists(id string) *fault {
	return &fault{
		status: http.StatusConflict, code: 409001, name: "DeviceAlreadyExists",
		text: fmt.Sprintf("A device with ID '%s' is already registered.", id),
	}
}

func moduleExists(hub, deviceID, moduleID string) *fault {
	return &fault{
		status: http.StatusConflict, code: 409301, name: "ModuleAlreadyExistsOnDevice", plain: true,
		text: fmt.Sprintf("Device %s in IotHub %s already contains Module %s.", deviceID, hub, moduleID),
	}
}

func tooManyModules(deviceID string) *fault {
	return &fault{
		status: http.StatusRequestEntityTooLarge, code: 413003, name: "TooManyModulesOnDevice",
		text: fmt.Sprintf("Device '%s' has the maximum of %d modules.", deviceID, maxModules),
	}
}

func preconditionFailed(text string) *fault {
	return &fault{status: http.StatusPreconditionFailed, code: 412001, name: "PreconditionFailed", text: text}
}

// staleIdentity is the 412 of an identity write; its tracking id carries -G:12 (FACTS §0.9).
func staleIdentity(existing, sent uint64) *fault {
	f := preconditionFailed(fmt.Sprintf(
		"Precondition failed: Device version did not match, existingVersion:%d newVersion:%d", existing, sent))
	f.group = "-G:12"
	return f
}

// unauthorized also stands for a missing right: under SAS there is no 403 (FACTS §9.2).
func unauthorized() *fault {
	return &fault{status: http.StatusUnauthorized, code: 401002, name: "IotHubUnauthorizedAccess", text: "Unauthorized"}
}

func invalid(text string) *fault {
	return &fault{status: http.StatusBadRequest, code: 400004, name: "ArgumentInvalid", text: text}
}

// badRequest is what the service says to a query it does not understand: no detail (FACTS §5).
func badRequest() *fault { return invalid("BadRequest") }

func badRequestNamed(code int, name, text string) *fault {
	return &fault{status: http.StatusBadRequest, code: code, name: name, text: text}
}

func tooLarge(code int, name, text string) *fault {
	return &fault{status: http.StatusRequestEntityTooLarge, code: code, name: name, text: text}
}

// notEmulated is no answer of the service: it says that the emulator stops here.
func serverError(text string) *fault {
	return &fault{status: http.StatusInternalServerError, code: 500001, name: "ServerError", text: text}
}

func notEmulated(what string) *fault {
	return &fault{status: http.StatusNotImplemented, code: 501000, name: "NotEmulated", text: "not emulated: " + what}
}

// message is the text of envelope 1 and of a bulk error.
func (f *fault) message() string { return "ErrorCode:" + f.name + ";" + f.text }

type envelope1 struct {
	Message          string `json:"Message"`
	ExceptionMessage string `json:"ExceptionMessage"`
}

type envelope2 struct {
	ErrorCode    int    `json:"errorCode"`
	Message      string `json:"message"`
	TrackingID   string `json:"trackingId"`
	TimestampUTC string `json:"timestampUtc"`
	Info         any    `json:"info,omitempty"`
}

// body renders the error envelope (FACTS §0.5, §0.6). tracking is the request id without dashes.
func (f *fault) body(tracking string, now ticks) []byte {
	if f.bare {
		return nil
	}
	tracking += f.group
	inner := envelope2{f.code, f.text, tracking, now.format(trimmedTime), f.info}
	switch {
	case f.plain:
		return encode(inner)
	case f.nested:
		return encode(envelope1{Message: string(encode(inner))})
	}
	if f.tail != "" {
		return encode(envelope1{f.message(), "Tracking ID:" + strings.ToUpper(tracking) + f.tail + "-TimeStamp:" + now.time().Format("2006-01-02T15:04:05.000000000Z")})
	}
	return encode(envelope1{
		Message:          f.message(),
		ExceptionMessage: fmt.Sprintf("Tracking ID:%s-TimeStamp:%s", tracking, now.format("01/02/2006 15:04:05")),
	})
}
