//go:build linux

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What is promised of a program that is started often: in hooks, in prompts, for
// each file that an editor saves.
const (
	maxVersion  = 8 * time.Millisecond
	maxValidate = 12 * time.Millisecond // the quickstart
	maxPlan     = 25 * time.Millisecond // ten devices, a hub on this machine
	maxSize     = 20_000_000            // bytes, without symbols
)

// TestSize: one file to download, so its size is a feature. What makes it grow at
// once is code that looks up methods by name (docs/adr/0016).
func TestSize(t *testing.T) {
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() >= maxSize {
		t.Errorf("the program has %d bytes, it must stay below %d", info.Size(), maxSize)
	}
}

func BenchmarkVersion(b *testing.B) { start(b, maxVersion, "", "version") }

func BenchmarkValidate(b *testing.B) {
	start(b, maxValidate, filepath.Join("..", "examples", "quickstart"), "validate")
}

func BenchmarkPlanOfTen(b *testing.B) {
	dir := b.TempDir()
	host := serve(b, dir)
	text := fmt.Sprintf(`
project "ten" {}
environment "dev" { hub = %q }
device "sensor" {
  for_each = toset([for i in range(10) : "sensor-${i}"])
  tags     = { site = each.key }
  desired  = { telemetry = { interval_s = 60 } }
}
`, host)
	if err := os.WriteFile(filepath.Join(dir, "ten.twin.hcl"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	run(b, dir, "apply", "--auto-approve")
	start(b, maxPlan, dir, "plan", "--detailed-exitcode")
}

// start reports the median of the wall time, which a pause of the machine does not
// move, and fails above a limit.
func start(b *testing.B, most time.Duration, dir string, args ...string) {
	b.Helper()
	run(b, dir, args...) // the file is in the page cache from here on
	var walls []time.Duration
	var peak int64
	for b.Loop() {
		u := run(b, dir, args...)
		walls, peak = append(walls, u.wall), max(peak, u.rss)
	}
	slices.Sort(walls)
	median := walls[len(walls)/2]
	b.ReportMetric(median.Seconds()*1e3, "median-ms/op")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
	if len(walls) >= 10 && median > most {
		b.Errorf("twinset %v takes %v, at most %v are promised", args, median, most)
	}
}

// serve runs an embedded hub until the benchmark ends, and sets what its clients
// read from the environment.
func serve(b *testing.B, dir string) (host string) {
	b.Helper()
	name, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	ready := filepath.Join(dir, "ready.json")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, "emulator", "--listen", "127.0.0.1:0", "--ephemeral", "--calm", "--ready-file", ready)
	cmd.Dir, cmd.WaitDelay = dir, 10*time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was interrupted
	})
	var hub struct {
		ConnectionString string `json:"connection_string"`
		CAFile           string `json:"ca_file"`
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		text, err := os.ReadFile(ready)
		if errors.Is(err, os.ErrNotExist) && time.Now().Before(deadline) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(text, &hub)
		}
		if err != nil {
			b.Fatal(err)
		}
		break
	}
	b.Setenv("IOTHUB_CONNECTION_STRING", hub.ConnectionString)
	b.Setenv("TWINSET_CA_FILE", hub.CAFile)
	rest := hub.ConnectionString[strings.Index(hub.ConnectionString, "HostName=")+len("HostName="):]
	host, _, _ = strings.Cut(rest, ";")
	return host
}
