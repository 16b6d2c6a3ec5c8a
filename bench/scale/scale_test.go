//go:build scale

package scale

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var devices = flag.Int("devices", 100_000, "devices of the fleet")

func TestMain(m *testing.M) {
	if os.Getenv(launchEnv) != "" {
		_ = os.Unsetenv(launchEnv) // what it launches may be this program
		if err := launch(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if kind := os.Getenv(floorEnv); kind != "" {
		if err := runFloorOf(kind); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func runFloorOf(kind string) error {
	switch kind {
	case floorBulk, floorPatch, floorGet:
		return runWrites(kind)
	default:
		return runFloor(kind, "declared.ndjson")
	}
}

// smaller are the fleets beside which a large one is planned.
var smaller = []int{10_000, 100_000}

// TestPlan plans a fleet of which nothing changed, and small ones beside it.
func TestPlan(t *testing.T) {
	bin := build(t)
	r := &report{}
	var beside []figures
	for _, n := range smaller {
		if n < *devices {
			beside = append(beside, measure(t, bin, n))
			r.figures(beside[len(beside)-1])
		}
	}
	large := measure(t, bin, *devices)
	r.figures(large)
	r.limit("client, us of processor time a device", perDevice(large.plan, large.n), maxCPU)
	r.limit("client / strict floor", ratio(large.plan, large.strict), maxStrict)
	r.limit("client, peak MiB", mib(large.plan), maxPeak)
	for _, small := range beside {
		r.limit(fmt.Sprintf("client at %d / at %d, a device", large.n, small.n), perDevice(large.plan, large.n)/perDevice(small.plan, small.n), maxGrowth)
	}
	r.close(t)
}

// figures are those of one fleet.
type figures struct {
	n                          int
	plan, wire, decode, strict usage
}

func measure(t *testing.T, bin string, n int) figures {
	t.Helper()
	dir := t.TempDir()
	seed := filepath.Join(dir, "seed.ndjson")
	writeSeed(t, bin, seed, n)
	h := serve(t, bin, seed)
	writeProject(t, dir, h.name(), n)
	writeDeclared(t, dir, n)
	_, before := h.requests(t, 0)
	out := figures{n: n}
	var text string
	out.plan, text = run(t, dir, h.env(), bin, "plan", "--detailed-exitcode")
	if !strings.Contains(text, "No changes.") {
		t.Fatalf("the plan is not empty: %.300s", text)
	}
	noneForADevice(t, h, before, n)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for kind, u := range map[string]*usage{floorWire: &out.wire, floorDecode: &out.decode, floorStrict: &out.strict} {
		*u, text = run(t, dir, append(h.env(), floorEnv+"="+kind), self)
		if want := fmt.Sprintln(n); text != want {
			t.Fatalf("the %s floor read %q devices, want %q", kind, text, want)
		}
	}
	return out
}

// noneForADevice asserts that the plan asked for pages and configurations only.
func noneForADevice(t *testing.T, h hub, from int64, n int) {
	t.Helper()
	counts, _ := h.requests(t, from)
	for what, count := range counts {
		path := strings.SplitN(what, " ", 2)[1]
		if !strings.HasPrefix(path, "/devices/query") && !strings.HasPrefix(path, "/configurations") || count > n/100+10 {
			t.Errorf("the plan sent %d times %s", count, what)
		}
	}
	if len(counts) == 0 {
		t.Error("the hub's log shows no request")
	}
}

// writeDeclared writes the declared side as the strict floor reads it.
func writeDeclared(t *testing.T, dir string, n int) {
	t.Helper()
	var b []byte
	for i := range n {
		p := i % patterns
		b = fmt.Appendf(b, `{"id":%q,"desired":{"limits":{"high":85.5,"low":-20,"unit":"celsius"},"log":{"keep_days":14,"level":"info"},`+
			`"place":{"cell":"plant-%d/line-%02d","line":"line-%02d"},"telemetry":{"batch":20,"compress":true,"interval_s":%d}},`+
			`"tags":{"floor":%d,"owner":"platform","role":"sensor","site":"plant-%d"}}`+"\n", id(i), p%7, p%40, p%40, 30+p%90, p%12, p%7)
	}
	write(t, filepath.Join(dir, "declared.ndjson"), b)
}
