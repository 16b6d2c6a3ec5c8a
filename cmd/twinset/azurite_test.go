//go:build conformance

package main

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

const nodeClients = "../../conformance/node"

// What goes through import and export jobs works with Azurite, Microsoft's emulator of
// blob storage, too. `make conformance` installs it.
func TestScriptAzurite(t *testing.T) {
	t.Parallel()
	url := startAzurite(t)
	p := scripts(t, "")
	files, err := filepath.Glob("testdata/script/jobs_*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d scripts (%v), want those of jobs", len(files), err)
	}
	p.Files = files
	setup := p.Setup
	p.Setup = func(env *testscript.Env) error {
		env.Setenv("BLOBS", url)
		return setup(env)
	}
	testscript.Run(t, p)
}

// startAzurite runs Azurite until the test ends, and returns the URL of its account.
func startAzurite(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(addr, ":")
	cmd := exec.Command(filepath.Join(nodeClients, "node_modules/.bin/azurite-blob"),
		"--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--blobHost", host, "--blobPort", port)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start Azurite (make conformance installs it): %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it keeps nothing
		<-ended
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { // polls a port; there is no event to wait for
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			err = c.Close()
		}
		if err == nil {
			return "http://" + addr + "/devstoreaccount1"
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("Azurite ended: %v", err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal(errors.Join(errors.New("Azurite did not become ready"), err))
		}
	}
}

var containers atomic.Int64

// realContainer makes a container of Azurite, with "gone" one that is deleted again.
func realContainer(ts *testscript.TestScript, args []string) {
	cmd := exec.Command("node", append([]string{"container.mjs", ts.Getenv("BLOBS"), fmt.Sprintf("jobs-%d", containers.Add(1))}, args...)...)
	cmd.Dir = nodeClients
	out, err := cmd.Output()
	ts.Check(err)
	at, sas, signed := strings.Cut(strings.TrimSpace(string(out)), "?")
	if !signed {
		ts.Fatalf("got no SAS for a container")
	}
	ts.Setenv("CONTAINER", at)
	ts.Setenv("SAS", sas)
}
