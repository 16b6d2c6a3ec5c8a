package remote

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// transport lets the hub client call a handler in this process.
type transport struct{ handler http.Handler }

// Do answers a request. A handler that panics with ErrAbortHandler stands for a
// connection that broke.
func (t transport) Do(req *http.Request) (resp *http.Response, err error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p == http.ErrAbortHandler { //nolint:errorlint // a panic's value is compared as net/http does
			resp, err = nil, io.ErrUnexpectedEOF
			if cause := req.Context().Err(); cause != nil {
				err = cause
			}
		} else if p != nil {
			panic(p)
		}
	}()
	if req.Body == nil {
		req.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	t.handler.ServeHTTP(w, req)
	return w.Result(), nil
}

// request is one that a wire saw.
type request struct{ Method, Path, IfMatch, Body string }

// fault is what happens to a request instead of, before or after its execution.
type fault func(w http.ResponseWriter, r *http.Request, hub http.Handler)

// wire passes requests on to a hub, keeps a list of them, and disturbs some.
type wire struct {
	hub http.Handler

	mu    sync.Mutex
	seen  []request
	rules []*rule
}

type rule struct {
	on    string
	times int
	do    fault
}

// disturb lets a fault happen to the next requests of a method and path. A path
// that ends in * stands for all that begin so.
func (w *wire) disturb(times int, on string, do fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rules = append(w.rules, &rule{on, times, do})
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	w.seen = append(w.seen, request{r.Method, r.URL.Path, r.Header.Get("If-Match"), string(body)})
	do := w.due(r.Method + " " + r.URL.Path)
	w.mu.Unlock()
	if do != nil {
		do(rw, r, w.hub)
		return
	}
	w.hub.ServeHTTP(rw, r)
}

func (w *wire) due(request string) fault {
	for _, r := range w.rules {
		prefix, open := strings.CutSuffix(r.on, "*")
		if r.times > 0 && (request == r.on || open && strings.HasPrefix(request, prefix)) {
			r.times--
			return r.do
		}
	}
	return nil
}

func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = nil
}

// requests are those of a method and path seen since the last forget.
func (w *wire) requests(method, path string) []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.seen), func(r request) bool { return r.Method != method || r.Path != path })
}

// lines are all requests as text.
func (w *wire) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, r := range w.seen {
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}

// lost executes a request and breaks the connection before the answer.
func lost(_ http.ResponseWriter, r *http.Request, hub http.Handler) {
	lostAnswer(r, hub)
	panic(http.ErrAbortHandler)
}

// held keeps a request until it is given up.
func held(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// after lets something happen right before a request is executed.
func after(something func()) fault {
	return func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
		something()
		hub.ServeHTTP(w, r)
	}
}

// refused answers without executing.
func refused(status int, name, text string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Iothub-Errorcode", name)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// answered answers 200 without executing.
func answered(body string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = io.WriteString(w, body) }
}

// lostAnswer executes a request for nobody to hear.
func lostAnswer(r *http.Request, hub http.Handler) { hub.ServeHTTP(httptest.NewRecorder(), r) }
