//go:build scale

package scale

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What is promised of plans with changes, and of apply (docs/scale.md).
const (
	maxSomeChanged = 1.3 // times the plan without changes, beside the reads of what changed
	maxCreate      = 4.0 // times a bare client's bulk requests
	maxUpdate      = 2.0 // times a bare client's PATCHes
	maxRequests    = 1.01
)

// inTurn is how often two plans that are alike but for a little are timed, one after the
// other: what others do on the machine adds more to one than is between them.
const inTurn = 3

// add keeps the quickest of runs, and the highest of their peaks.
func (u *usage) add(run usage) {
	peak := max(u.rss, run.rss)
	if u.cpu == 0 || run.cpu < u.cpu {
		*u = run
	}
	u.rss = peak
}

// TestSomeChanged plans a fleet of which 1 % changed, 0.5 % is new and 0.5 % gone.
func TestSomeChanged(t *testing.T) {
	bin, dir, n := build(t), t.TempDir(), *devices
	seed := filepath.Join(dir, "seed.ndjson")
	writeSeed(t, bin, seed, n)
	h := serve(t, bin, seed)
	writeProject(t, dir, h.name(), n)
	changed := t.TempDir()
	writeProject(t, changed, h.name(), n)
	rewrite(t, filepath.Join(changed, "fleet.csv"), n)
	var none, some usage
	var text string
	var before int64
	for range inTurn {
		u, _ := run(t, dir, h.env(), bin, "plan", "--detailed-exitcode")
		none.add(u)
		_, before = h.requests(t, before)
		u, text = run(t, changed, h.env(), bin, "plan", "--out", "some.plan", "--allow-deletes", strconv.Itoa(n/200))
		some.add(u)
	}
	if want := fmt.Sprintf("Plan: %d to add, %d to change, %d to destroy.", n/200, n/100, n/200); !strings.Contains(text, want) {
		t.Fatalf("the plan ends %q, want %s", text[max(0, len(text)-200):], want)
	}
	counts, _ := h.requests(t, before)
	candidates := n / 50
	looks := candidates + n/200 // of what goes the modules are listed as well
	get := floorOf(t, dir, h, floorGet, candidates)
	r := &report{}
	fmt.Fprintf(&r.text, "%d devices, 1 %% changed, 0.5 %% new, 0.5 %% gone\n  %-24s %10.2f s\n  %-24s %10.2f s, %.0f MiB, %d single reads\n  %-24s %10.2f s\n",
		n, "plan without changes", none.cpu.Seconds(), "plan", some.cpu.Seconds(), mib(some), single(counts), "reads by a bare client", get.cpu.Seconds())
	r.limit("plan / plan without changes, reads of a bare client apart", (some.cpu-get.cpu).Seconds()/none.cpu.Seconds(), maxSomeChanged)
	r.limit("plan, peak MiB", mib(some), maxPeak)
	r.limit("single reads / least that confirm the candidates", float64(single(counts))/float64(looks), maxRequests)
	r.close(t)
}

// TestApply creates a fleet and then changes every device of it.
func TestApply(t *testing.T) {
	bin, dir, n := build(t), t.TempDir(), *devices
	h, bare := serve(t, bin, ""), serve(t, bin, "")
	writeProject(t, dir, h.name(), n)
	plan, _ := run(t, dir, h.env(), bin, "plan", "--out", "first.plan")
	create, text := run(t, dir, h.env(), bin, "apply", "first.plan")
	ended(t, text, fmt.Sprintf("%d added, 0 changed", n))
	counts, at := h.requests(t, 0)
	bulk := floorOf(t, dir, bare, floorBulk, n)

	r := &report{}
	fmt.Fprintf(&r.text, "%d devices\n", n)
	r.usage("plan, all new", plan, n)
	r.usage("apply", create, n)
	r.usage("bulk requests, bare", bulk, n)
	r.limit("apply / a bare client's bulk requests", ratio(create, bulk), maxCreate)
	r.limit("requests of plan and apply / least", float64(total(counts))/float64((n+bulkSize-1)/bulkSize+pagesOfNothing), maxRequests)

	config := filepath.Join(dir, "fleet.twin.hcl")
	write(t, config, []byte(strings.Replace(read(t, config), "interval_s = each.value.interval_s", "interval_s = each.value.interval_s + 1", 1)))
	plan, _ = run(t, dir, h.env(), bin, "plan", "--out", "second.plan")
	_, at = h.requests(t, at)
	update, text := run(t, dir, h.env(), bin, "apply", "second.plan")
	ended(t, text, fmt.Sprintf("0 added, %d changed", n))
	counts, _ = h.requests(t, at)
	patch := floorOf(t, dir, bare, floorPatch, n)
	r.usage("plan, all changed", plan, n)
	r.usage("apply", update, n)
	r.usage("PATCHes, bare", patch, n)
	r.limit("plan with all changed, peak MiB", mib(plan), maxPeak)
	r.limit("apply / a bare client's PATCHes", ratio(update, patch), maxUpdate)
	r.limit("apply, peak MiB", mib(update), maxPeak)
	r.limit("requests of apply / devices", float64(total(counts))/float64(n), maxRequests)
	r.close(t)
}

// pagesOfNothing are the requests that find an empty hub empty: devices, modules
// and configurations.
const pagesOfNothing = 3

func ended(t *testing.T, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Fatalf("apply ends %q, want %s", text[max(0, len(text)-200):], want)
	}
}

func floorOf(t *testing.T, dir string, h hub, kind string, n int) usage {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	u, text := run(t, dir, append(h.env(), floorEnv+"="+kind, fmt.Sprint(floorDevicesEnv, "=", n)), self)
	if want := fmt.Sprintln(n); text != want {
		t.Fatalf("the %s floor sent %q devices, want %q", kind, text, want)
	}
	return u
}

// rewrite changes every hundredth row, takes every two hundredth away and adds as
// many.
func rewrite(t *testing.T, name string, n int) {
	t.Helper()
	b := []byte("id,site,floor,interval_s,line\n")
	for i := range n {
		switch i % 200 {
		case 7:
			continue // gone
		case 11, 111:
			b = append(b, strings.Replace(string(row(nil, i)), ",line-", ",other-", 1)...)
		default:
			b = row(b, i)
		}
	}
	for i := range n / 200 {
		b = row(b, n+i)
	}
	write(t, name, b)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// single are the requests for one device.
func single(counts map[string]int) int {
	n := 0
	for what, count := range counts {
		if strings.Contains(what, "/twins/") || strings.Contains(what, " /devices/sensor-") {
			n += count
		}
	}
	return n
}

func total(counts map[string]int) int {
	n := 0
	for _, count := range counts {
		n += count
	}
	return n
}
