package emulator

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody bounds a request. The service's own limits are unverified (FACTS §13 no. 9).
const maxBody = 16 << 20

// Exchange is one request and what became of it, as Options.Observe gets it. It never holds the Authorization header;
// the body of an identity write may hold symmetric keys.
type Exchange struct {
	Method        string
	Path          string // decoded
	Query         string // raw query string
	IfMatch       string
	Status        int
	Body          []byte // of the request
	ResponseBytes int
	Items         int // rows of a query answer or a list of devices, entries of a bulk request, else 0
}

// call is a request on its way to a handler.
type call struct {
	args    []string // the ids of the path
	query   url.Values
	header  http.Header
	ifMatch precondition
	body    []byte
	now     ticks
}

// reply is what a handler answers.
type reply struct {
	status       int
	body         []byte
	etag         string // ETag header, unquoted; empty for none
	itemType     string // x-ms-item-type
	continuation string // x-ms-continuation
	errorName    string // iothub-errorcode
	items        int
	closes       bool // the connection is closed after the answer
	lost         bool // the connection is closed instead of the answer

	later func(context.Context) (reply, *fault) // instead of all this: the answer has to wait, without the lock
}

func ok(body []byte) reply { return reply{status: http.StatusOK, body: body} }

// ServeHTTP answers one service-plane request.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	id := h.requestID()
	var rep reply
	if err == nil {
		rep, err = h.answer(r, body)
	}
	lost := rep.lost
	if err == nil && rep.later != nil {
		rep, err = rep.later(r.Context())
	}
	if err != nil {
		rep = h.refuse(err, id)
	}
	if lost {
		h.observe(r, body, rep)
		panic(http.ErrAbortHandler) // net/http closes the connection without a word
	}
	write(w, rep, id)
	h.observe(r, body, rep)
}

func readBody(r *http.Request) ([]byte, *fault) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, badRequest()
	}
	if len(body) > maxBody {
		return nil, tooLarge(413001, "MessageTooLarge", fmt.Sprintf("the request is larger than %d bytes", maxBody))
	}
	return body, nil
}

// answer finds the route, checks api-version and rights, and runs the handler under the lock that it needs.
func (h *Hub) answer(r *http.Request, body []byte) (reply, *fault) {
	method := methodOf(r)
	found, args := findRoute(h.routes, method, r.URL.EscapedPath())
	if found == nil {
		return reply{}, notEmulated(method + " " + r.URL.Path)
	}
	query := r.URL.Query()
	if v := query.Get("api-version"); !supportedVersion(v) {
		return reply{}, badRequestNamed(400001, "InvalidProtocolVersion", fmt.Sprintf("api-version '%s' is not supported", v))
	}
	if err := h.authorize(r, found.needs); err != nil {
		return reply{}, err
	}
	rule := h.faults.next(r.Method, r.URL.Path)
	if err := h.disturb(r.Context(), rule); err != nil {
		return reply{}, err
	}
	if err := h.throttle.admit(r.Context(), found, body); err != nil {
		return reply{}, err
	}
	rep, err := h.perform(found, args, r, query, body)
	if err != nil {
		return reply{}, err
	}
	rep = h.throttle.settle(found, body, rep)
	rep.lost = rule != nil && rule.lose
	return rep, nil
}

// perform runs the handler of a request that is let through.
func (h *Hub) perform(found *route, args []string, r *http.Request, query url.Values, body []byte) (reply, *fault) {
	h.Tick()
	c := &call{
		args: args, query: query, header: r.Header, ifMatch: parseIfMatch(r.Header.Get("If-Match")), body: body,
		now: toTicks(h.options.Now()),
	}
	if found.writes {
		h.mu.Lock()
		defer h.mu.Unlock()
	} else {
		h.mu.RLock()
		defer h.mu.RUnlock()
	}
	rep, refused := found.serve(h, c)
	if lost := h.store.journal.err; found.writes && refused == nil && lost != nil {
		return reply{}, serverError(lost.Error())
	}
	return rep, refused
}

// methodOf takes a POST for the PATCH that it stands for: Java's HTTP client has no PATCH, and Microsoft's service client
// for Java, iot-service-client, sends it so. FACTS has no statement about it.
func methodOf(r *http.Request) string {
	if r.Method == http.MethodPost && r.Header.Get("X-HTTP-Method-Override") == http.MethodPatch {
		return http.MethodPatch
	}
	return r.Method
}

func (h *Hub) refuse(err *fault, id string) reply {
	err = h.awkward.strange(*err)
	tracking := strings.ReplaceAll(id, "-", "")
	return reply{
		status: err.status, body: err.body(tracking, toTicks(h.options.Now())), errorName: err.name, closes: err.closes,
	}
}

// write sends the headers of FACTS §0.4.
func write(w http.ResponseWriter, rep reply, id string) {
	header := w.Header()
	if len(rep.body) > 0 {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if rep.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(rep.body)))
	}
	header.Set("Server", "Microsoft-HTTPAPI/2.0")
	header.Set("Vary", "Origin")
	header.Set("x-ms-request-id", id)
	if rep.closes {
		header.Set("Connection", "close")
	}
	if rep.etag != "" {
		header["ETag"] = []string{`"` + rep.etag + `"`}
	}
	for name, val := range map[string]string{
		"x-ms-item-type": rep.itemType, "x-ms-continuation": rep.continuation, "iothub-errorcode": rep.errorName,
	} {
		if val != "" { // an empty continuation would make clients loop for ever
			header.Set(name, val)
		}
	}
	w.WriteHeader(rep.status)
	// A client that went away is its own problem: the request has been executed.
	_, _ = w.Write(rep.body)
}

func (h *Hub) observe(r *http.Request, body []byte, rep reply) {
	if h.options.Observe == nil {
		return
	}
	h.observing.Lock()
	defer h.observing.Unlock()
	h.options.Observe(Exchange{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, IfMatch: r.Header.Get("If-Match"), Status: rep.status,
		Body: body, ResponseBytes: len(rep.body), Items: rep.items,
	})
}

// requestID makes a random GUID with dashes.
func (h *Hub) requestID() string {
	b := h.random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// encode writes a document as the service does: compact, without HTML escapes.
func encode(doc any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return []byte("null") // the documents here are plain structs, which always encode
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
