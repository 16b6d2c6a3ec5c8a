package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/twinset/twinset/internal/emulator"
)

var update = flag.Bool("update", false, "rewrite the expected output in scripts")

// cmdExits runs a command and holds it to an exit code.
//
//	exits CODE COMMAND...
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// cmdHub is somebody else at the project's embedded hub: it sends one request
// and prints the answer's body, indented.
//
//	hub METHOD PATH [BODY]     in the directory that holds .twinset
func cmdHub(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: hub METHOD PATH [BODY]")
	}
	body := ""
	if len(args) == 3 {
		body = args[2]
	}
	w := ask(ts, args[0], args[1], body)
	if failed := w.Code >= 300; failed != neg {
		ts.Fatalf("%s %s: %d %s", args[0], args[1], w.Code, w.Body)
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, w.Body.Bytes(), "", "  ") != nil {
		pretty = *w.Body
	}
	fmt.Fprintln(ts.Stdout(), pretty.String())
}

// ask sends a request to the project's embedded hub.
func ask(ts *testscript.TestScript, method, path, body string) *httptest.ResponseRecorder {
	h, err := emulator.Open(emulator.Options{DataDir: ts.MkAbs(filepath.Join(".twinset", "emulator"))})
	ts.Check(err)
	defer func() { ts.Check(h.Close()) }()
	connection, err := h.ConnectionString("iothubowner", "")
	ts.Check(err)
	req := httptest.NewRequest(method, "https://localhost"+path+"?api-version=2021-04-12", strings.NewReader(body))
	req.Header.Set("Authorization", token(connection))
	if method == http.MethodDelete || method == http.MethodPut && strings.Contains(body, `"etag"`) {
		req.Header.Set("If-Match", "*")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// token signs for the hub's owner.
func token(connection string) string {
	parts := map[string]string{}
	for part := range strings.SplitSeq(connection, ";") {
		name, value, _ := strings.Cut(part, "=")
		parts[name] = value
	}
	return sign(parts["HostName"], parts["SharedAccessKey"]) + "&skn=" + parts["SharedAccessKeyName"]
}

// sign makes a token of an hour for a resource (FACTS §9). A key that is none gives
// one that is refused.
func sign(resource, key string) string {
	secret, _ := base64.StdEncoding.DecodeString(key)
	resource = url.QueryEscape(resource)
	expiry := time.Now().Add(time.Hour).Unix()
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s\n%d", resource, expiry)
	return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%d", resource, url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil))), expiry)
}

// cmdServe waits until the embedded hub that runs in the background is ready, and
// puts its connection string and CA file into the environment.
//
//	serve READYFILE
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve READYFILE")
	}
	var e emulator.Endpoint
	deadline := time.Now().Add(20 * time.Second)
	for {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && json.Unmarshal(text, &e) == nil {
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the embedded hub did not become ready")
		}
		time.Sleep(10 * time.Millisecond) // polls a file; there is no event to wait for
	}
	ts.Setenv("IOTHUB_CONNECTION_STRING", e.ConnectionString)
	ts.Setenv("TWINSET_CA_FILE", e.CAFile)
	ts.Setenv("HUB", strings.TrimPrefix(strings.Split(e.ConnectionString, ";")[0], "HostName="))
	ts.Setenv("HTTPS", e.HTTPS)
}

// cmdSamePlan holds two plan files to be the same but for their time of creation.
func cmdSamePlan(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: sameplan A B")
	}
	created := regexp.MustCompile(`"created":"[^"]*"`)
	a := created.ReplaceAllString(ts.ReadFile(args[0]), "")
	b := created.ReplaceAllString(ts.ReadFile(args[1]), "")
	if (a == b) == neg {
		ts.Fatalf("plans differ: %v\n%s\n%s", a != b, a, b)
	}
}

// cmdEdit replaces text in a file.
//
//	edit FILE OLD NEW
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o644))
}

// cmdFakeHub answers every request with a status, over TLS with a certificate that
// nobody trusts unless told to; for errors that the embedded hub never gives.
//
//	fakehub STATUS
func cmdFakeHub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fakehub STATUS")
	}
	var status int
	if _, err := fmt.Sscan(args[0], &status); err != nil {
		ts.Fatalf("status %s: %v", args[0], err)
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	ts.Defer(s.Close)
	host := strings.TrimPrefix(s.URL, "https://")
	ts.Setenv("HUB", host)
	ts.Setenv("IOTHUB_CONNECTION_STRING", "HostName="+host+";SharedAccessKeyName=iothubowner;SharedAccessKey="+base64.StdEncoding.EncodeToString([]byte("not a real key, only for tests")))
}
