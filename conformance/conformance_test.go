//go:build conformance

package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// atLeast is how many checks each client must have passed: a run that finds no
// checks is no success.
const (
	atLeastNode   = 58
	atLeastPython = 29
)

// endpoint is the ready file of twinset emulator.
type endpoint struct {
	ConnectionString string `json:"connection_string"`
	CAFile           string `json:"ca_file"`
	HTTPS            string `json:"https"`
	MQTT             string `json:"mqtt"`
}

// TestClients runs one hub for all clients. The ports are those that the clients
// have built in: Node's service client only dials 443, Python's device client
// only 8883.
func TestClients(t *testing.T) {
	e := startHub(t)
	environ := append(os.Environ(),
		"CONFORMANCE_CONNECTION_STRING="+e.ConnectionString, "CONFORMANCE_CA_FILE="+e.CAFile,
		"NODE_EXTRA_CA_CERTS="+e.CAFile, "REQUESTS_CA_BUNDLE="+e.CAFile, "SSL_CERT_FILE="+e.CAFile,
		"NODE_TLS_REJECT_UNAUTHORIZED=1", "NO_PROXY=*", "no_proxy=*",
		"CONFORMANCE_BLOB_URL="+startBlobs(t),
	)
	t.Run("node", func(t *testing.T) {
		out := run(t, environ, "node", "node", "--test", "--test-reporter=tap")
		atLeast(t, count(t, out, `(?m)^# pass (\d+)$`), atLeastNode)
	})
	t.Run("python", func(t *testing.T) {
		python, err := filepath.Abs("python/.venv/bin/python")
		if err != nil {
			t.Fatal(err)
		}
		out := run(t, environ, "python", python, "-m", "unittest", "-v")
		atLeast(t, count(t, out, `(?m)^Ran (\d+) tests`), atLeastPython)
	})
	environ = append(environ, "IOTHUB_CONNECTION_STRING="+e.ConnectionString, "CA_FILE="+e.CAFile)
	t.Run("recipes", func(t *testing.T) { runRecipes(t, environ) })
}

func startHub(t *testing.T) endpoint {
	t.Helper()
	dir := t.TempDir()
	binary, ready := filepath.Join(dir, "twinset"), filepath.Join(dir, "ready.json")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/twinset").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	start(t, ready, exec.Command(binary, "emulator", "--ephemeral", "--calm", "--ready-file", ready, "--listen", "127.0.0.1:443", "--mqtt", "127.0.0.1:8883"))
	raw, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	var e endpoint
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// startBlobs starts Azurite, an emulator of blob storage, and returns the URL of
// its account.
func startBlobs(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node/node_modules/.bin/azurite-blob", "--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--blobHost", host, "--blobPort", port)
	start(t, "", cmd)
	wait(t, func() error {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	})
	return "http://" + addr + "/devstoreaccount1"
}

// start runs a server until the test ends, and waits for its ready file.
func start(t *testing.T, ready string, cmd *exec.Cmd) {
	t.Helper()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s (make conformance installs what is needed): %v", cmd.Path, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case err := <-ended:
			t.Logf("%s ended: %v", cmd.Path, err)
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			t.Errorf("%s did not stop when told to: %v", cmd.Path, <-ended)
		}
	})
	if ready == "" {
		return
	}
	wait(t, func() error {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", cmd.Path, err, &out)
		default:
		}
		_, err := os.Stat(ready)
		return err
	})
}

// wait asks until there is no error any more.
func wait(t *testing.T, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal(errors.Join(ctx.Err(), err))
		case <-tick.C:
		}
	}
}

// run runs the checks of one client and shows what they print.
func run(t *testing.T, environ []string, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, environ
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v (make conformance installs what is needed)\n%s", name, err, out)
	}
	return string(out)
}

func count(t *testing.T, out, pattern string) int {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no count of checks in:\n%s", out)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func atLeast(t *testing.T, got, want int) {
	t.Helper()
	fmt.Printf("%s: %d checks\n", t.Name(), got)
	if got < want {
		t.Errorf("got %d checks, want at least %d", got, want)
	}
}
