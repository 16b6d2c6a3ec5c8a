package cli

import (
	"bytes"
	"io"
	"net/http"
)

// handlerTransport lets the hub client call an HTTP handler in this process: the
// same requests and answers as on the wire, without a socket.
type handlerTransport struct{ handler http.Handler }

// Do answers a request.
func (t handlerTransport) Do(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.Body == nil {
		req.Body = http.NoBody
	}
	w := &answer{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(w, req)
	return &http.Response{
		StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: req,
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	body   bytes.Buffer
	status int
}

func (w *answer) Header() http.Header { return w.header }

func (w *answer) Write(b []byte) (int, error) { return w.body.Write(b) }

func (w *answer) WriteHeader(status int) { w.status = status }
