//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// maxPlanCPU is what the project promises of a plan of 10,000 unchanged devices,
// the hub in process. A benchmark over its limit fails.
const maxPlanCPU = 2 * time.Second

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "twinset-bench-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "twinset")
	out, err := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", name, "../cmd/twinset").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return name, nil
})

// usage is what one run cost.
type usage struct {
	wall, cpu time.Duration
	rss       int64 // bytes at the peak
}

func run(b *testing.B, dir string, args ...string) usage {
	b.Helper()
	name, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer // not the benchmark's own: lines there would break the report
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, io.Discard, &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("twinset %v: %v\n%s", args, err, &stderr)
	}
	u := usage{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.rss = r.Maxrss * 1024 // kilobytes on Linux
	}
	return u
}

func report(b *testing.B, total usage, n int) usage {
	b.Helper()
	mean := usage{wall: total.wall / time.Duration(n), cpu: total.cpu / time.Duration(n), rss: total.rss}
	b.ReportMetric(mean.cpu.Seconds()*1e3, "cpu-ms/op")
	b.ReportMetric(float64(mean.rss)/(1<<20), "peak-MiB")
	return mean
}

const fleet = `
project "bench" {}
environment "dev" { hub = "emulator" }
locals { rows = { for r in csvdecode(file("fleet.csv")) : r.id => r } }
profile "base" {
  tags    = { owner = "platform" }
  desired = { telemetry = { interval_s = 60, batch = true } }
}
profile "sensor" {
  extends = ["base"]
  tags    = { role = "sensor" }
  desired = { limits = { celsius = [-20, 85.5] }, telemetry = { batch = null } }
}
device "sensor" {
  for_each = local.rows
  id       = each.key
  profiles = ["sensor"]
  tags     = { site = each.value.site, floor = tonumber(each.value.floor) }
  desired  = { telemetry = { interval_s = tonumber(each.value.interval_s) } }
}
`

// project writes a fleet of n devices and applies it to the embedded hub.
func project(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	rows := []byte("id,site,floor,interval_s\n")
	for i := range n {
		rows = fmt.Appendf(rows, "sensor-%06d,plant-%d,%d,%d\n", i, i%7, i%12, 30+i%90)
	}
	for name, text := range map[string][]byte{"fleet.csv": rows, "fleet.twin.hcl": []byte(fleet)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	run(b, dir, "apply", "--auto-approve")
	return dir
}

// BenchmarkPlanUnchanged is the nightly job: ten thousand devices, none changed,
// on the embedded hub in process. The hub's own work is part of the figure.
func BenchmarkPlanUnchanged(b *testing.B) {
	const devices = 10_000
	dir := project(b, devices)
	var total usage
	n := 0
	for b.Loop() {
		u := run(b, dir, "plan", "--detailed-exitcode")
		total.wall, total.cpu, total.rss = total.wall+u.wall, total.cpu+u.cpu, max(total.rss, u.rss)
		n++
	}
	mean := report(b, total, n)
	b.ReportMetric(mean.cpu.Seconds()*1e6/devices, "cpu-us/device")
	if mean.cpu > maxPlanCPU {
		b.Errorf("plan of %d unchanged devices takes %v of CPU, at most %v are promised", devices, mean.cpu, maxPlanCPU)
	}
}
