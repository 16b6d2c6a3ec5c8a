package cli

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// devices is the size of the fleet whose requests are counted: `make quota` takes a
// hundred thousand.
var devices = flag.Int("devices", 10_000, "size of the fleet whose requests are counted")

// TestRequestsOfAFleet: devices are created by one bulk request for each hundred, and
// changed by one PATCH each. On top of that come the pages, the configurations and the
// few reads that tell whether the index is behind: of a hundred thousand devices, less
// than a hundredth.
func TestRequestsOfAFleet(t *testing.T) {
	t.Parallel()
	n := *devices
	pages, others := n/100, 2 // a page of modules, the configurations
	f := newLoggedFleet(t, n)

	got := f.apply(t, "a")
	if got["PUT"]+got["PATCH"] != 0 || got["bulk"] != n/100 {
		t.Errorf("create: got %v, want %d bulk requests and no other write", got, n/100)
	}
	within(t, "create", got, n/100+1+others, 5)

	got = f.apply(t, "b")
	if got["bulk"]+got["PUT"] != 0 || got["PATCH"] != n {
		t.Errorf("update: got %v, want %d patches and no other write", got, n)
	}
	within(t, "update", got, n+pages+others, max(1000, n/100))

	got = f.apply(t, "b")
	within(t, "nothing to do", got, pages+others, 0)
}

// loggedFleet is a project on an embedded hub of which the requests are counted.
type loggedFleet struct{ dir, log string }

func newLoggedFleet(t *testing.T, n int) *loggedFleet {
	t.Helper()
	f := &loggedFleet{dir: t.TempDir()}
	f.log = filepath.Join(f.dir, "requests.log")
	var b strings.Builder
	b.WriteString("id\n")
	for i := range n {
		fmt.Fprintf(&b, "s-%06d\n", i)
	}
	if err := os.WriteFile(filepath.Join(f.dir, "sensors.csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// apply makes it so that every device is at a site, and counts the requests by what
// they are.
func (f *loggedFleet) apply(t *testing.T, site string) map[string]int {
	t.Helper()
	text := fmt.Sprintf("project \"fleet\" {}\nenvironment \"dev\" { hub = \"emulator\" }\n"+
		"device \"sensor\" {\n  for_each = csvmap(\"sensors.csv\", \"id\")\n  tags = { site = %q }\n}\n", site)
	if err := os.WriteFile(filepath.Join(f.dir, "fleet.twin.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(f.log)
	env, _, errs := testEnv("apply", "-C", f.dir, "--auto-approve")
	env.LookupEnv = func(name string) (string, bool) {
		if name != "TWINSET_EMULATOR_LOG" {
			return "", false
		}
		return f.log, true
	}
	if code := Run(t.Context(), env); code != 0 {
		t.Fatalf("apply: got code %d\n%s", code, errs)
	}
	return f.count(t)
}

func (f *loggedFleet) count(t *testing.T) map[string]int {
	t.Helper()
	log, err := os.Open(f.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	counts := map[string]int{}
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return counts
		}
		method, rest, _ := strings.Cut(line, " ")
		if path, _, _ := strings.Cut(rest, " "); method == "POST" {
			method = map[string]string{"/devices": "bulk", "/devices/query": "page"}[path]
		}
		counts[method]++
	}
}

// within holds the requests against the least that is possible and what may come on
// top. The page that a full last page promises is not counted.
func within(t *testing.T, what string, got map[string]int, least, more int) {
	t.Helper()
	sum := 0
	for _, n := range got {
		sum += n
	}
	if sum > least+more+1 {
		t.Errorf("%s: got %d requests, %v, want %d and at most %d more", what, sum, got, least, more)
	}
	if *devices >= 100_000 && float64(sum) > 1.01*float64(least) {
		t.Errorf("%s: got %d requests, want at most a hundredth more than %d", what, sum, least)
	}
	t.Logf("%s: %d requests, %v, %.4f of the least", what, sum, got, float64(sum)/float64(least))
}
