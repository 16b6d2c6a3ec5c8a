package hub

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// Headers of answers.
const (
	headerErrorCode = "Iothub-Errorcode"
	headerRequestID = "X-Ms-Request-Id"
)

// refusal is what an error answer says, whatever its shape.
type refusal struct {
	name       string
	code       int
	message    string
	trackingID string
}

// envelope has the members of both error envelopes. They are kept raw because
// one of an unexpected type must not hide the others.
type envelope struct {
	Message          json.RawMessage // also envelope 2's "message": names match without regard to case
	ExceptionMessage json.RawMessage
	ErrorCode        json.RawMessage
	TrackingID       json.RawMessage
}

// parseRefusal reads an error answer: envelope 1, envelope 2, 2 nested in 1, or
// none of them (FACTS §0.5, §0.6). The header's name wins: it is the most
// reliable (FACTS §0.7).
func parseRefusal(h http.Header, data []byte) refusal {
	r, ok := parseEnvelope(data)
	if !ok {
		r.message = foreignAnswer(h, data)
	}
	if name := headerName(h); name != "" {
		r.name = name
	}
	if r.name == "" {
		r.name = nameOf(r.code)
	}
	if r.trackingID == "" {
		r.trackingID = oneLine(h.Get(headerRequestID))
	}
	return r
}

func headerName(h http.Header) string {
	if name := h.Get(headerErrorCode); isErrorName(name) {
		return name
	}
	return ""
}

func parseEnvelope(data []byte) (refusal, bool) {
	var e envelope
	if json.Unmarshal(data, &e) != nil || e.Message == nil && e.ErrorCode == nil {
		return refusal{}, false
	}
	text := textOf(e.Message)
	if inner, ok := nested(text); ok {
		return inner, true
	}
	var r refusal
	r.name, r.message = splitMessage(text)
	r.trackingID = trackingID(textOf(e.ExceptionMessage), textOf(e.TrackingID))
	if name, code := parseCode(e.ErrorCode); r.name == "" || code != 0 {
		r.code = code
		if name != "" {
			r.name = name
		}
	}
	return r, true
}

// nested reads envelope 2 from the message of envelope 1.
func nested(text string) (refusal, bool) {
	if !strings.HasPrefix(text, "{") {
		return refusal{}, false
	}
	var e envelope
	if json.Unmarshal([]byte(text), &e) != nil || e.ErrorCode == nil {
		return refusal{}, false
	}
	r := refusal{message: oneLine(textOf(e.Message)), trackingID: trackingID("", textOf(e.TrackingID))}
	r.name, r.code = parseCode(e.ErrorCode)
	return r, true
}

// splitMessage splits "ErrorCode:<Name>;<text>".
func splitMessage(text string) (name, message string) {
	if rest, ok := strings.CutPrefix(text, "ErrorCode:"); ok {
		if n, m, found := strings.Cut(rest, ";"); found && isErrorName(n) {
			return n, oneLine(m)
		}
		if isErrorName(rest) {
			return rest, ""
		}
	}
	return "", oneLine(text)
}

// trackingID takes the id from "Tracking ID:<id>-TimeStamp:..." or from a member
// of its own. Only what stands around the id is known well enough to be relied
// on (FACTS §0.5).
func trackingID(exception, member string) string {
	id := member
	if _, after, found := strings.Cut(exception, "Tracking ID:"); found {
		id = after
	}
	id, _, _ = strings.Cut(id, "-TimeStamp")
	return strings.TrimRight(oneLine(id), ":-")
}

// parseCode reads an error code, a number on the wire although the swagger says a
// string (FACTS §2.3): both, and names, are accepted.
func parseCode(raw json.RawMessage) (name string, code int) {
	text := strings.Trim(string(raw), `"`)
	if n, err := strconv.Atoi(text); err == nil && 0 < n && n < 1_000_000 {
		return nameOf(n), n
	}
	if text = textOf(raw); isErrorName(text) {
		return text, codeOf(text)
	}
	return "", 0
}

// isErrorName keeps arbitrary text out of where a name belongs.
func isErrorName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 100
}

func textOf(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// foreignAnswer words an answer in no shape of the hub's. Its text is not
// repeated: pages of proxies show requests, and those hold tokens.
func foreignAnswer(h http.Header, data []byte) string {
	if len(data) == 0 {
		return ""
	}
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	if kind == "" {
		kind = "of unknown type"
	}
	return "the answer (" + oneLine(kind) + ") is not one of IoT Hub; is a proxy in between, or the host name wrong?"
}
