//go:build scale

package scale

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestJobs creates a fleet through an import job, reads it back through an export job,
// and creates another one with an apply that is killed while the hub imports. Blobs are
// kept by Azurite, which `make conformance` installs.
func TestJobs(t *testing.T) {
	bin, dir, n := build(t), t.TempDir(), *devices
	h, blobs := serve(t, bin, ""), startAzurite(t)
	env := append(h.env(), "SAS="+writeJobsProject(t, dir, h, blobs, "first", n))
	plan, _ := run(t, dir, env, bin, "plan", "--via", "jobs", "--out", "first.plan")
	create, text := run(t, dir, env, bin, "apply", "--via", "jobs", "first.plan")
	ended(t, text, fmt.Sprintf("%d added, 0 changed", n))
	_, at := h.requests(t, 0)
	read, text := run(t, dir, env, bin, "plan", "--via", "jobs", "--detailed-exitcode")
	if !strings.Contains(text, "No changes.") {
		t.Fatalf("the plan is not empty: %.300s", text)
	}
	counts, _ := h.requests(t, at)
	resume := killed(t, bin, blobs, n)

	r := &report{}
	fmt.Fprintf(&r.text, "%d devices through jobs\n", n)
	r.usage("plan, all new", plan, n)
	r.usage("apply by import", create, n)
	r.usage("plan by export", read, n)
	r.usage("apply, resumed", resume, n)
	r.limit("apply by import, us of processor time a device", perDevice(create, n), maxCPU)
	r.limit("plan by export, us of processor time a device", perDevice(read, n), maxCPU)
	r.limit("apply resumed, us of processor time a device", perDevice(resume, n), maxCPU)
	r.limit("plan, all new, peak MiB", mib(plan), maxPeak)
	r.limit("apply by import, peak MiB", mib(create), maxPeak)
	r.limit("plan by export, peak MiB", mib(read), maxPeak)
	r.limit("apply resumed, peak MiB", mib(resume), maxPeak)
	r.limit("requests of the plan by export", float64(total(counts)), maxJobRequests)
	r.close(t)
}

// maxJobRequests are a list of jobs, a new one, looks at it, which come seldom when it takes
// long, and configurations.
const maxJobRequests = 100

// killed is what it takes to go on with an apply that was killed while the hub imports.
func killed(t *testing.T, bin, blobs string, n int) usage {
	t.Helper()
	dir, h := t.TempDir(), serve(t, bin, "")
	env := append(h.env(), "SAS="+writeJobsProject(t, dir, h, blobs, "second", n))
	run(t, dir, env, bin, "plan", "--via", "jobs", "--out", "first.plan")
	cmd := exec.Command(bin, "apply", "--via", "jobs", "first.plan")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	journals := filepath.Join(dir, ".twinset", "journal")
	for deadline := time.Now().Add(30 * time.Minute); ; time.Sleep(5 * time.Millisecond) { // polls a file; there is no event to wait for
		if begun(t, journals) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the apply did not come to its job")
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	u, text := run(t, dir, env, bin, "apply", "--resume", "first.plan")
	ended(t, text, fmt.Sprintf("%d added, 0 changed", n))
	counts, _ := h.requests(t, 0)
	if made := counts["POST /jobs/create"]; made != 2 {
		t.Errorf("got %d jobs, want 2: the export of the plan and one import (%v)", made, counts)
	}
	if _, text := run(t, dir, env, bin, "plan", "--via", "jobs", "--detailed-exitcode"); !strings.Contains(text, "No changes.") {
		t.Fatalf("the plan after it is not empty: %.300s", text)
	}
	return u
}

// begun tells whether a journal knows the id of a job.
func begun(t *testing.T, dir string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil || len(files) == 0 {
		return false
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := bytes.Cut(text, []byte(`{"import":`))
	return found && bytes.Contains(after, []byte(`"id":`))
}

// writeJobsProject writes the project with a container of its own, and returns the SAS.
func writeJobsProject(t *testing.T, dir string, h hub, blobs, box string, n int) string {
	t.Helper()
	cmd := exec.Command("node", "container.mjs", blobs, box)
	cmd.Dir = nodeClients
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	at, sas, signed := strings.Cut(strings.TrimSpace(string(out)), "?")
	if !signed {
		t.Fatal("the container has no SAS")
	}
	writeProject(t, dir, h.name(), n)
	config := filepath.Join(dir, "fleet.twin.hcl")
	was := fmt.Sprintf("environment \"dev\" { hub = %q }", h.name())
	now := fmt.Sprintf("environment \"dev\" {\n  hub = %q\n  jobs {\n    container = %q\n    sas = secret(\"env://SAS\")\n  }\n}", h.name(), at)
	text := strings.Replace(read(t, config), was, now, 1)
	if !strings.Contains(text, "jobs {") {
		t.Fatal("the project's environment is not where it is looked for")
	}
	write(t, config, []byte(text))
	return sas
}

const nodeClients = "../../conformance/node"

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
	cmd := exec.Command(filepath.Join(nodeClients, "node_modules/.bin/azurite-blob"), "--location", t.TempDir(),
		"--silent", "--disableTelemetry", "--skipApiVersionCheck", "--blobHost", host, "--blobPort", port)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start Azurite (make conformance installs it): %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it keeps nothing that is needed
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { // polls a port; there is no event to wait for
		if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			_ = c.Close() // it was only a look
			return "http://" + addr + "/devstoreaccount1"
		}
		if time.Now().After(deadline) {
			t.Fatal("Azurite did not become ready")
		}
	}
}
