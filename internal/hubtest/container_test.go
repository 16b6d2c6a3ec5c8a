package hubtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// containerSAS stands for the query of a container's URI.
const containerSAS = "sv=2021-08-06&sp=racwdl&sig=a%2Fb%3D"

// newContainer plays a blob container as far as small blobs need it, and returns its URI.
func newContainer(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	blobs := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !strings.HasPrefix(r.URL.RawQuery, containerSAS) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		content, found := blobs[r.URL.Path]
		switch {
		case r.Method == http.MethodPut:
			blobs[r.URL.Path] = body
			w.WriteHeader(http.StatusCreated)
		case !found:
			w.Header().Set("x-ms-error-code", "BlobNotFound")
			w.WriteHeader(http.StatusNotFound)
		case r.Method == http.MethodDelete:
			delete(blobs, r.URL.Path)
			w.WriteHeader(http.StatusAccepted)
		default:
			_, _ = w.Write(content)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/box?" + containerSAS
}
