package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// call is one operation: what to send, and what became of its tries.
type call struct {
	op     string // as errors name it: "read twin pump-01"
	class  Class
	units  int
	needs  right
	method string
	path   string // encoded
	header map[string]string
	body   []byte   // JSON; nil for none
	keys   []string // in the body; an answer might repeat them

	tries     int
	elapsed   time.Duration
	ambiguous bool
}

// writes tells whether the call changes something. Queries, and the test of
// queries, are POSTs that do not.
func (k *call) writes() bool {
	return k.method != http.MethodGet && k.class != ClassQuery && k.needs != rightConfigurationRead
}

// match adds the If-Match header.
func (k *call) match(e ETag) error {
	if err := e.check(); err != nil {
		return k.invalid(err)
	}
	if k.header == nil {
		k.header = map[string]string{}
	}
	k.header["If-Match"] = e.header()
	return nil
}

// mustMatch refuses a call that would be unconditional by oversight.
func (k *call) mustMatch(e ETag) error {
	if e == "" {
		return k.invalid(errors.New("no ETag given; hub.Any stands for whatever there is"))
	}
	return k.match(e)
}

func (k *call) encode(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return k.invalid(err)
	}
	k.body = data
	return nil
}

// invalid is an error before anything was sent.
func (k *call) invalid(err error) error { return fmt.Errorf("%s: %w", k.op, err) }

// account notes how a try ended. A write of which the answer was lost, or says
// that the service broke off, may have been carried out.
func (k *call) account(resp *http.Response, err error) {
	k.tries++
	if !k.writes() {
		return
	}
	if err != nil {
		k.ambiguous = k.ambiguous || !isUnsent(err)
		return
	}
	lost := resp.StatusCode == http.StatusRequestTimeout ||
		resp.StatusCode >= http.StatusInternalServerError && resp.StatusCode != http.StatusNotImplemented
	k.ambiguous = k.ambiguous || lost
}

// send makes a call and decodes the answer into out, unless that is nil.
func (c *Client) send(ctx context.Context, k *call, out any) error {
	r, err := c.exchange(ctx, k)
	if err != nil {
		return err
	}
	if err := c.accept(k, r); err != nil || out == nil {
		return err
	}
	return k.decode(r.body, out)
}

// reply is the last answer to a call, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
	raw    *http.Response
}

// exchange makes a call and returns the last answer, whatever its status.
func (c *Client) exchange(ctx context.Context, k *call) (reply, error) {
	req, err := c.request(ctx, k)
	if err != nil {
		return reply{}, k.invalid(err)
	}
	resp, err := c.pipeline.Do(req)
	if err != nil {
		return reply{}, c.unanswered(k, err)
	}
	defer func() { _ = resp.Body.Close() }() // it is in memory
	data, err := bytesOf(resp)
	if err != nil {
		return reply{}, k.unreadable(err)
	}
	return reply{status: resp.StatusCode, header: resp.Header, body: data, raw: resp}, nil
}

func (c *Client) request(ctx context.Context, k *call) (*policy.Request, error) {
	req, err := runtime.NewRequest(ctx, k.method, "https://"+c.host+k.path+"?api-version="+apiVersion)
	if err != nil {
		return nil, err
	}
	req.SetOperationValue(k)
	runtime.SkipBodyDownload(req) // reader has it already
	header := req.Raw().Header
	header.Set("Accept", "application/json")
	for name, value := range k.header {
		header.Set(name, value)
	}
	if k.body == nil {
		return req, nil
	}
	return req, req.SetBody(streaming.NopCloser(bytes.NewReader(k.body)), "application/json")
}

// hide notes the keys of an authentication that the body holds.
func (k *call) hide(a Authentication) {
	for _, key := range []string{a.SymmetricKey.Primary, a.SymmetricKey.Secondary} {
		if key != "" {
			k.keys = append(k.keys, key)
		}
	}
}

// redact removes the keys that were sent from a text of the hub. It is unverified
// what its messages repeat of an identity; of twins they repeat values (FACTS §0.9).
func (k *call) redact(text string) string {
	for _, key := range k.keys {
		text = strings.ReplaceAll(text, key, redacted)
	}
	return text
}

// accept returns the error that an answer is, or nil.
func (c *Client) accept(k *call, r reply) error {
	switch r.status {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return nil
	}
	return c.refused(k, r)
}

// decode reads a successful answer. One that cannot be read leaves a write in
// doubt.
func (k *call) decode(data []byte, out any) error {
	var err error
	if r, own := out.(answerReader); own {
		err = r.read(data)
	} else {
		err = json.Unmarshal(data, out)
	}
	if err != nil {
		return k.unreadable(err)
	}
	return nil
}

// answerReader takes what it needs out of an answer itself.
type answerReader interface{ read(answer []byte) error }

func (k *call) unreadable(err error) *Error {
	return &Error{
		Op: k.op, Message: "read answer: " + plainText(err), Tries: k.tries, Ambiguous: k.writes(),
		elapsed: k.elapsed, cause: err,
	}
}

// about checks that an answer names the ids that were asked for: something in
// between, or an empty object, must not pass for a state of the hub.
func (k *call) about(want, got ids) error {
	if want == got {
		return nil
	}
	return k.unreadable(fmt.Errorf("it is about %q, not %q", got.String(), want.String()))
}

// refused is the error of an answer that is not a success.
func (c *Client) refused(k *call, r reply) error {
	said := parseRefusal(r.header, r.body)
	e := &Error{
		Op: k.op, Status: r.status, Name: said.name, Code: said.code, Message: k.redact(said.message), TrackingID: said.trackingID,
		Tries: k.tries, Ambiguous: k.ambiguous, elapsed: k.elapsed,
	}
	if IsUnauthorized(e) {
		e.Hint = c.refusedHint(k, r.header)
	}
	e.cause = r.cause(said.name, k.redact(string(r.body)))
	return e
}

// cause is azcore's error for an answer. It keeps a copy of the answer, without the
// request's token and keys.
func (r reply) cause(name, text string) error {
	kept := *r.raw
	kept.Body = newBody([]byte(text))
	if r.raw.Request != nil {
		req := r.raw.Request.WithContext(context.Background())
		req.Header, req.Body, req.GetBody = nil, nil, nil
		kept.Request = req
	}
	return runtime.NewResponseErrorWithErrorCode(&kept, name)
}

func (c *Client) refusedHint(k *call, h http.Header) string {
	now := c.now()
	if hint := skewHint(h, now); hint != "" {
		return hint
	}
	return c.cred.refused(k.needs, now)
}

// unanswered is the error of a call that got no answer.
func (c *Client) unanswered(k *call, err error) error {
	text, unconnected := describe(c.host, err)
	return &Error{
		Op: k.op, Message: text, Tries: k.tries, Ambiguous: k.ambiguous,
		elapsed: k.elapsed, unconnected: unconnected, cause: err,
	}
}
