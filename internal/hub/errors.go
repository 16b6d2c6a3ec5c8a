package hub

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Error is a call that did not succeed. It prints as one line, for example
//
//	read twin pump-01: 404 DeviceNotFound: pump-01 (tracking id 6a8f...)
//
// and never holds a token or key.
type Error struct {
	Op         string // what the call did, with the id: "read twin pump-01"
	Status     int    // HTTP status; 0 when no answer came
	Name       string // error name, e.g. "DeviceNotFound"; empty when the answer has none
	Code       int    // numeric code (FACTS §0.8), e.g. 404001; 0 when the answer has none
	Message    string // text of the hub, or why there was no answer; one line
	Hint       string // what to do about it; may be empty
	TrackingID string // what Microsoft's support asks for; may be empty
	Tries      int    // requests sent
	Ambiguous  bool   // a write, of which a try may have been carried out without an answer

	elapsed     time.Duration
	unconnected bool
	cause       error
}

// Error words it in one line.
func (e *Error) Error() string {
	var b strings.Builder
	if !e.unconnected {
		b.WriteString(e.Op + ": ")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d %s", e.Status, e.title())
		if e.Message != "" {
			b.WriteString(": ")
		}
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	if e.Tries > 1 {
		fmt.Fprintf(&b, " (after %d tries in %s)", e.Tries, e.elapsed.Round(time.Second))
	}
	if e.TrackingID != "" {
		fmt.Fprintf(&b, " (tracking id %s)", e.TrackingID)
	}
	return b.String()
}

func (e *Error) title() string {
	if e.Name != "" {
		return e.Name
	}
	return http.StatusText(e.Status)
}

// Unwrap returns azcore's response error, or the failure of the network.
func (e *Error) Unwrap() error { return e.cause }

// verdict is the part of an error that predicates look at; *Error and BulkError
// both have one.
type verdict struct {
	status int
	code   int
	name   string
}

func verdictOf(err error) (verdict, bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return verdict{status: e.Status, code: e.Code, name: e.Name}, true
	}
	if b, ok := errors.AsType[BulkError](err); ok {
		return verdict{status: b.Code / 1000, code: b.Code, name: b.Name}, true
	}
	return verdict{}, false
}

// IsNotFound tells that the hub says an identity, twin or other object does not
// exist. A 404 of something else, such as a proxy, does not count.
func IsNotFound(err error) bool {
	v, ok := verdictOf(err)
	return ok && v.status == http.StatusNotFound &&
		(slices.Contains(absent, v.code) || slices.ContainsFunc(absent, func(code int) bool { return nameOf(code) == v.name }))
}

// IsConflict tells that the object exists already, or is busy.
func IsConflict(err error) bool {
	v, ok := verdictOf(err)
	return ok && v.status == http.StatusConflict
}

// IsPreconditionFailed tells that the object has another ETag.
func IsPreconditionFailed(err error) bool {
	v, ok := verdictOf(err)
	return ok && (v.status == http.StatusPreconditionFailed || v.code == codeETagMismatch || v.name == nameOf(codeETagMismatch))
}

// IsUnauthorized tells that the credential is not accepted or lacks a right. For
// Entra ID it is unverified whether that is a 401 or a 403 (FACTS §9.3); a 403 of
// the service's other reasons does not count.
func IsUnauthorized(err error) bool {
	v, ok := verdictOf(err)
	if !ok {
		return false
	}
	return v.status == http.StatusUnauthorized || v.status == http.StatusForbidden && v.code/1000 != http.StatusForbidden && codeOf(v.name)/1000 != http.StatusForbidden
}

// IsThrottled tells that the hub turned the call down for its rate until the
// retry budget was spent.
func IsThrottled(err error) bool {
	v, ok := verdictOf(err)
	return ok && v.status == http.StatusTooManyRequests
}

// IsAmbiguous tells that a write failed, yet one of its tries may have been
// carried out: its answer was lost or said so little. Read the object to know.
func IsAmbiguous(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Ambiguous
}
