package emulator

import (
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// sas stands for the query of a URI; its signature holds what must not be decoded and encoded again.
const sas = "sv=2021-08-06&sp=racwdl&sig=a%2Fb%2Bc%3D"

// blobServer plays a container of blob storage: Put Blob, Put Block, Put Block List, Get Blob and Delete Blob, each with
// the SAS as it was given out.
type blobServer struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	blobs   map[string]string
	blocks  map[string]string
	denied  string // method that is refused
	hold    string // name of a blob whose reading waits
	held    chan struct{}
	release chan struct{}
}

func newBlobServer(t *testing.T) *blobServer {
	t.Helper()
	s := &blobServer{
		t: t, blobs: map[string]string{}, blocks: map[string]string{}, held: make(chan struct{}), release: make(chan struct{}),
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// uri is that of the container.
func (s *blobServer) uri() string { return s.URL + "/account/box?" + sas }

func (s *blobServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	more, signed := strings.CutPrefix(r.URL.RawQuery, sas)
	name, inContainer := strings.CutPrefix(r.URL.Path, "/account/box/")
	if !signed || !inContainer || r.Method == s.denied {
		w.Header().Set("x-ms-error-code", "AuthorizationPermissionMismatch")
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if r.Method == http.MethodGet && name == s.hold {
		close(s.held)
		<-s.release
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method {
	case http.MethodPut:
		s.put(w, r, name, more, string(body))
	case http.MethodDelete:
		delete(s.blobs, name)
		w.WriteHeader(http.StatusAccepted)
	default:
		content, found := s.blobs[name]
		if !found {
			w.Header().Set("x-ms-error-code", "BlobNotFound")
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, content)
	}
}

func (s *blobServer) put(w http.ResponseWriter, r *http.Request, name, more, body string) {
	query, err := url.ParseQuery(strings.TrimPrefix(more, "&"))
	if err != nil {
		s.t.Error(err)
	}
	switch query.Get("comp") {
	case "block":
		s.blocks[query.Get("blockid")] = body
	case "blocklist":
		var list struct{ Latest []string }
		if err := xml.Unmarshal([]byte(body), &list); err != nil {
			s.t.Error(err)
		}
		whole := ""
		for _, id := range list.Latest {
			whole += s.blocks[id]
		}
		s.blobs[name] = whole
	default:
		if r.Header.Get("x-ms-blob-type") != "BlockBlob" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.blobs[name] = body
	}
	w.WriteHeader(http.StatusCreated)
}

func (s *blobServer) set(name, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[name] = content
}

func (s *blobServer) get(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blobs[name]
}

func (s *blobServer) names() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Keys(s.blobs)), " ")
}
