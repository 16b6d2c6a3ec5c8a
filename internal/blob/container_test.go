package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const secretSAS = "sv=2021-08-06&sp=racwdl&sig=top%2Fsecret%3D"

// storage is a container whose storage answers as a handler does.
func storage(t *testing.T, answer http.HandlerFunc) *Container {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	c, err := Open(s.URL+"/box/", "?"+secretSAS+"\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A blob of several blocks is what was written, in order.
func TestWrite(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	parts, blob := map[string]string{}, ""
	c := storage(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		switch q := r.URL.Query(); {
		case q.Get("sig") != "top/secret=" || r.URL.Path != "/box/a.txt":
			t.Errorf("got %s", r.URL)
		case q.Get("comp") == "block":
			parts[q.Get("blockid")] = string(body)
		case q.Get("comp") == "blocklist":
			for _, part := range strings.Split(string(body), "<Latest>")[1:] {
				id, _, _ := strings.Cut(part, "<")
				blob += parts[id]
			}
		}
		w.WriteHeader(http.StatusCreated)
	})
	want := strings.Repeat("0123456789abcdef", 2*blockBytes/16) + "end"
	if err := c.Write(t.Context(), "a.txt", strings.NewReader(want)); err != nil {
		t.Fatal(err)
	}
	if blob != want {
		t.Errorf("got a blob of %d bytes, want the %d that were written", len(blob), len(want))
	}
}

var errSource = fmt.Errorf("no more lines: %w", io.ErrUnexpectedEOF)

// broken is a reader that fails after some bytes.
type broken struct{ left int }

func (b *broken) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errSource
	}
	n := min(b.left, len(p))
	b.left -= n
	return n, nil
}

// What cannot be read to its end does not become a blob.
func TestWriteOfBrokenSource(t *testing.T) {
	t.Parallel()
	c := storage(t, func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("comp") != "block" {
			t.Errorf("got %s %s, want blocks only", r.Method, q.Get("comp"))
		}
		w.WriteHeader(http.StatusCreated)
	})
	if err := c.Write(t.Context(), "a.txt", &broken{3 * blockBytes}); !errors.Is(err, errSource) {
		t.Errorf("got error %v, want that of the source", err)
	}
}

// A connection that breaks in the middle is taken up again.
func TestReadOn(t *testing.T) {
	t.Parallel()
	const text = "one\ntwo\nthree\n"
	tries := 0
	c := storage(t, func(w http.ResponseWriter, r *http.Request) {
		tries++
		from := 0
		if r.Header.Get("X-Ms-Range") == "bytes=4-" {
			from = 4
		} else if tries > 1 {
			t.Errorf("got range %q at try %d, want what is missing", r.Header.Get("X-Ms-Range"), tries)
		}
		w.Header().Set("ETag", `"0x1"`)
		if tries > 1 {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, text[from:])
			return
		}
		w.Header().Set("Content-Length", "14")
		_, _ = io.WriteString(w, text[:4])
		http.NewResponseController(w).Flush() //nolint:errcheck // the rest is lost anyway
		panic(http.ErrAbortHandler)
	})
	in, err := c.Read(t.Context(), "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	got, err := io.ReadAll(in)
	if string(got) != text || err != nil {
		t.Errorf("got %q (%v), want %q", got, err, text)
	}
}

// Errors say what to do, and never hold the SAS.
func TestErrors(t *testing.T) {
	t.Parallel()
	rows := []struct {
		status int
		code   string
		want   string
	}{
		{404, "ContainerNotFound", "404 ContainerNotFound: there is no such container. Create it"},
		{404, "BlobNotFound", "404 BlobNotFound: there is no such blob"},
		{403, "AuthenticationFailed", "403 AuthenticationFailed: the SAS does not open the container"},
		{409, "LeaseIdMissing", "409 LeaseIdMissing"},
	}
	for _, row := range rows {
		c := storage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Ms-Error-Code", row.code)
			w.WriteHeader(row.status)
		})
		_, err := c.Read(t.Context(), "a.txt")
		if err == nil || !strings.Contains(err.Error(), "read blob a.txt in "+c.URL()+": "+row.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("got error %v, want %q", err, row.want)
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.NotFound() != (row.code == "BlobNotFound") {
			t.Errorf("%s: got %v, want NotFound of a blob only", row.code, err)
		}
		if derr := c.Delete(t.Context(), "a.txt"); (derr == nil) != (row.code == "BlobNotFound") {
			t.Errorf("%s: got error %v of a deletion", row.code, derr)
		}
	}
}

func TestUnanswered(t *testing.T) {
	t.Parallel()
	c := storage(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Read(ctx, "a.txt"); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got error %v, want that of the context", err)
	}
	if _, err := Open("https://a.example/box", "secret", nil); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got error %v, want one without the text", err)
	}
}
