package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdContainer makes an empty blob container for import and export jobs, and puts its
// URL into CONTAINER and a SAS for it into SAS; or one that does not exist any more.
//
//	container [gone]
func cmdContainer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: container [gone]")
	}
	if ts.Getenv("BLOBS") != "" {
		realContainer(ts, args)
		return
	}
	box := "box"
	if len(args) > 0 {
		box = args[0]
	}
	c := &container{sig: "a/b+c=", blobs: map[string]string{}, blocks: map[string]string{}, held: make(chan struct{}), release: make(chan struct{})}
	s := httptest.NewServer(c)
	ts.Defer(s.Close)
	ts.Setenv("CONTAINER", s.URL+"/account/"+box)
	ts.Setenv("SAS", "sv=2021-08-06&sp=racwdl&sig="+url.QueryEscape(c.sig))
}

// cmdBlobs prints how many blobs a container has, and their names, or the content of one.
//
//	blobs [NAME]
func cmdBlobs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: blobs [NAME]")
	}
	at := ts.Getenv("CONTAINER")
	query := "?restype=container&comp=list&"
	if len(args) == 1 {
		at, query = at+"/"+args[0], "?"
	}
	res, err := http.Get(at + query + ts.Getenv("SAS"))
	ts.Check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("the container answered %s", res.Status)
	}
	if len(args) == 0 {
		found := listedBlob.FindAllSubmatch(text, -1)
		fmt.Fprintf(ts.Stdout(), "%d blobs\n", len(found))
		for _, m := range found {
			fmt.Fprintf(ts.Stdout(), "%s\n", m[1])
		}
		return
	}
	fmt.Fprintf(ts.Stdout(), "%s", text)
}

var (
	listedBlob  = regexp.MustCompile(`<Name>([^<]*)</Name>`)
	listedBlock = regexp.MustCompile(`<(?:Latest|Uncommitted)>([^<]*)</`)
)

// cmdStorage holds back the first who reads a blob whose name begins so, waits until
// somebody does, or lets them go on.
//
//	storage hold PREFIX
//	storage held
//	storage release
func cmdStorage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: storage hold PREFIX | held | release")
	}
	res, err := http.Get(strings.TrimSuffix(ts.Getenv("CONTAINER"), "/account/box") + "/control/" + strings.Join(args, "/"))
	ts.Check(err)
	ts.Check(res.Body.Close())
}

// container plays a container of blob storage as far as block blobs need it: Put Blob,
// Put Block, Put Block List, Get Blob, Delete Blob and List Blobs.
type container struct {
	sig    string
	mu     sync.Mutex
	blobs  map[string]string
	blocks map[string]string

	hold    string // beginning of names
	held    chan struct{}
	release chan struct{}
}

func (c *container) control(order []string) {
	switch order[0] {
	case "hold":
		c.mu.Lock()
		c.hold = order[1]
		c.mu.Unlock()
	case "held":
		<-c.held
	case "release":
		close(c.release)
	}
}

// wait holds a reader back.
func (c *container) wait(r *http.Request) {
	c.mu.Lock()
	mine := c.hold != "" && r.Method == http.MethodGet && strings.HasPrefix(path.Base(r.URL.Path), c.hold)
	if mine {
		c.hold = "" // one is enough
	}
	c.mu.Unlock()
	if mine {
		close(c.held)
		<-c.release
	}
}

func (c *container) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if order, ok := strings.CutPrefix(r.URL.Path, "/control/"); ok {
		c.control(strings.Split(order, "/"))
		return
	}
	c.wait(r)
	body, err := io.ReadAll(r.Body)
	q := r.URL.Query()
	switch {
	case err != nil || q.Get("sig") != c.sig:
		refuse(w, http.StatusForbidden, "AuthenticationFailed")
		return
	case path.Dir(r.URL.Path) != "/account/box" && r.URL.Path != "/account/box":
		refuse(w, http.StatusNotFound, "ContainerNotFound")
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := path.Base(r.URL.Path)
	switch {
	case r.Method == http.MethodPut:
		c.put(name, q, string(body))
		w.WriteHeader(http.StatusCreated)
	case q.Get("comp") == "list":
		for n := range c.blobs {
			fmt.Fprintf(w, "<Blob><Name>%s</Name></Blob>", n)
		}
	default:
		c.get(w, r, name)
	}
}

func (c *container) put(name string, q url.Values, body string) {
	switch q.Get("comp") {
	case "block":
		c.blocks[name+"\n"+q.Get("blockid")] = body
	case "blocklist":
		var text strings.Builder
		for _, m := range listedBlock.FindAllStringSubmatch(body, -1) {
			text.WriteString(c.blocks[name+"\n"+m[1]])
		}
		c.blobs[name] = text.String()
	default:
		c.blobs[name] = body
	}
}

func (c *container) get(w http.ResponseWriter, r *http.Request, name string) {
	content, found := c.blobs[name]
	switch {
	case !found:
		refuse(w, http.StatusNotFound, "BlobNotFound")
	case r.Method == http.MethodDelete:
		delete(c.blobs, name)
		w.WriteHeader(http.StatusAccepted)
	default:
		w.Header().Set("ETag", `"0x1"`)
		_, _ = io.WriteString(w, content)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Ms-Error-Code", code)
	w.WriteHeader(status)
}
