package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/plan"
)

// sortDir makes the test program a child that measures itself: it evaluates the
// project in this directory and puts its objects into order, which is the
// desired half of a plan.
const sortDir = "TWINSET_TEST_SORT_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(sortDir); dir != "" {
		n, err := countSorted(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(n)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// countSorted counts objects and checks that they come in order.
func countSorted(dir string) (int, error) {
	c, diags := config.Load(dir, config.Options{})
	if diags.HasErrors() {
		return 0, diags
	}
	objects, done, err := sortObjects(defaultMemory, plan.NewHierarchy(plan.Policy{}).Declared(sealed(context.Background(), inorder.Given(c.Objects()), c.Project().Owner)), false)
	if err != nil {
		return 0, err
	}
	defer done()
	n := 0
	var last []byte
	for o, err := range objects {
		if err != nil {
			return 0, err
		}
		key := o.Addr.AppendKey(nil)
		if bytes.Compare(last, key) >= 0 {
			return 0, fmt.Errorf("%s comes after a greater address", o.Addr)
		}
		last = key
		n++
	}
	return n, nil
}

const fleetOfTable = `
profile "base" {
  tags    = { owner = "iot-platform", env = "prod" }
  desired = { telemetry = { interval_s = 60, batch = true } }
}
profile "sensor" {
  extends = ["base"]
  tags    = { role = "sensor" }
  desired = { telemetry = { batch = null }, limits = { celsius = [-20, 85.5] } }
}
device "sensor" {
  for_each = %s
  profiles = ["sensor"]
  tags     = { site = each.value.site, floor = each.value.floor }
  desired  = { telemetry = { interval_s = each.value.interval_s } }
}
`

// BenchmarkDesired is the way from files to sorted objects, as whole processes:
// a table of a million rows behind one for_each, as CSV and as JSON lines, and a
// file of a hundred thousand device blocks. Each fails above its promised peak
// of memory.
func BenchmarkDesired(b *testing.B) {
	const header = "project \"bench\" {}\nenvironment \"dev\" { hub = \"emulator\" }\n"
	for _, c := range []struct {
		name    string
		objects int
		peak    float64 // MiB
		write   func(dir string, n int) error
	}{
		{"csv", 1_000_000, 256, func(dir string, n int) error {
			text := header + fmt.Sprintf(fleetOfTable, `csvmap("sensors.csv", "id", { floor = number, interval_s = number })`)
			return writeFleet(dir, text, "sensors.csv", "id,site,floor,interval_s\n", n, "s-%07d,plant-%d,%d,%d\n")
		}},
		{"jsonlines", 1_000_000, 256, func(dir string, n int) error {
			text := header + fmt.Sprintf(fleetOfTable, `jsonlines("sensors.ndjson", "id")`)
			return writeFleet(dir, text, "sensors.ndjson", "", n, `{"id":"s-%07d","site":"plant-%d","floor":%d,"interval_s":%d}`+"\n")
		}},
		{"blocks", 100_000, 150, func(dir string, n int) error {
			return writeFleet(dir, "", "fleet.twin.hcl", header, n, `
device "s-%07d" {
  tags    = { owner = "iot-platform", env = "prod", role = "sensor", site = "plant-%d", floor = %d }
  desired = { telemetry = { interval_s = %d }, limits = { celsius = [-20, 85.5] } }
}
`)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			dir := b.TempDir()
			if err := c.write(dir, c.objects); err != nil {
				b.Fatal(err)
			}
			var cpu time.Duration
			peak, runs := 0.0, 0
			for b.Loop() {
				used, rss := sortInChild(b, dir, c.objects)
				cpu, peak, runs = cpu+used, max(peak, rss), runs+1
			}
			b.ReportMetric(cpu.Seconds()/float64(runs), "cpu-s/op")
			b.ReportMetric(cpu.Seconds()*1e6/float64(runs)/float64(c.objects), "cpu-us/object")
			b.ReportMetric(peak, "peak-MiB")
			if peak > c.peak {
				b.Errorf("%d objects take %.0f MiB of memory, at most %.0f are promised", c.objects, peak, c.peak)
			}
		})
	}
}

// writeFleet writes a table whose rows are not in order: stepping by a number
// that shares no factor with n reaches each of them once. It holds a row at a
// time: what this process once had in memory counts as the peak of the processes
// that it starts (Linux takes it over when they begin).
func writeFleet(dir, config, table, header string, n int, format string) error {
	const step = 7919
	if config != "" {
		if err := os.WriteFile(filepath.Join(dir, "fleet.twin.hcl"), []byte(config), 0o600); err != nil {
			return err
		}
	}
	f, err := os.Create(filepath.Join(dir, table))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	_, err = w.WriteString(header)
	for i := 0; i < n && err == nil; i++ {
		k := i * step % n
		_, err = fmt.Fprintf(w, format, k, k%7, k%12, 30+k%90)
	}
	return errors.Join(err, w.Flush(), f.Close())
}

func sortInChild(b *testing.B, dir string, want int) (cpu time.Duration, peakMiB float64) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), sortDir+"="+dir)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v\n%s", err, &stderr)
	}
	if got := strings.TrimSpace(stdout.String()); got != strconv.Itoa(want) {
		b.Fatalf("got %s objects, want %d", got, want)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("the system tells no usage")
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), float64(usage.Maxrss) / 1024
}
