//go:build scale

package scale

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// perFile is how many devices stand in a file that writes them out.
const perFile = 1000

// strictThen is what the strict floor cost a device on the machine that the promises
// about inputs are for, in us. They hold on others in proportion.
const strictThen = 13

// input is a way to declare the fleet, with what is promised of its plan.
type input struct {
	name   string
	maxCPU float64 // us of the client a device, where the strict floor takes strictThen
	held   bool    // the text is in memory: devices are written out, not rows
	write  func(t *testing.T, dir string, n int)
}

// heldDevices is how many that are written out stay below the limit of memory.
const heldDevices = 100_000

var inputs = []input{
	{"JSON lines", 30, false, writeLines},
	{"JSON lines, whole", 30, false, writeWholeLines},
	{"YAML entries", 75, true, func(t *testing.T, dir string, n int) {
		writeFiles(t, dir, n, "fleet-%04d.twin.yaml", "device:\n", yamlEntry)
	}},
	{"HCL blocks", 180, true, func(t *testing.T, dir string, n int) { writeFiles(t, dir, n, "fleet-%04d.twin.hcl", "", hclBlock) }},
}

// The same device written out: 4 tags, 10 desired leaves.
const (
	yamlEntry = `  %s:
    tags:
      owner: platform
      role: sensor
      site: plant-%[2]d
      floor: %[3]d
    desired:
      limits: { low: -20, high: 85.5, unit: celsius }
      log: { level: info, keep_days: 14 }
      place:
        line: line-%02[5]d
        cell: plant-%[2]d/line-%02[5]d
      telemetry:
        interval_s: %[4]d
        batch: 20
        compress: true
`
	hclBlock = `
device "%s" {
  tags = {
    owner = "platform"
    role  = "sensor"
    site  = "plant-%[2]d"
    floor = %[3]d
  }
  desired = {
    limits = { low = -20, high = 85.5, unit = "celsius" }
    log    = { level = "info", keep_days = 14 }
    place  = {
      line = "line-%02[5]d"
      cell = "plant-%[2]d/line-%02[5]d"
    }
    telemetry = {
      interval_s = %[4]d
      batch      = 20
      compress   = true
    }
  }
}
`
)

// TestInputs plans a fleet of which nothing changed, declared in other ways than by
// a table.
func TestInputs(t *testing.T) {
	bin, n := build(t), *devices
	seed := filepath.Join(t.TempDir(), "seed.ndjson")
	writeSeed(t, bin, seed, n)
	h := serve(t, bin, seed)
	if err := os.Remove(seed); err != nil { // the hub has read it
		t.Fatal(err)
	}
	strict := strictOf(t, h, n)
	r := &report{}
	fmt.Fprintf(&r.text, "%d devices\n", n)
	r.usage("strict floor", strict, n)
	for _, in := range inputs {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "project.twin.hcl"), fmt.Appendf(nil, "project \"scale\" {}\nenvironment \"dev\" { hub = %q }\n", h.name()))
		in.write(t, dir, n)
		_, before := h.requests(t, 0)
		u, text := run(t, dir, h.env(), bin, "plan", "--detailed-exitcode")
		if !strings.Contains(text, "No changes.") {
			t.Fatalf("the plan of %s is not empty: %.300s", in.name, text)
		}
		noneForADevice(t, h, before, n)
		r.usage(in.name, u, n)
		r.limit(fmt.Sprintf("%s, us of processor time a device where the strict floor takes %d", in.name, strictThen), strictThen*ratio(u, strict), in.maxCPU)
		peak, name := mib(u), in.name+", peak MiB"
		if in.held && n > heldDevices {
			peak, name = peak*heldDevices/float64(n), fmt.Sprintf("%s for each %d devices", name, heldDevices)
		}
		r.limit(name, peak, maxPeak)
	}
	r.close(t)
}

func strictOf(t *testing.T, h hub, n int) usage {
	t.Helper()
	dir := t.TempDir()
	writeDeclared(t, dir, n)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	u, text := run(t, dir, append(h.env(), floorEnv+"="+floorStrict), self)
	if want := fmt.Sprintln(n); text != want {
		t.Fatalf("the strict floor read %q devices, want %q", text, want)
	}
	return u
}

// writeLines writes the table of the fleet as JSON lines, behind the block that
// reads it.
func writeLines(t *testing.T, dir string, n int) {
	t.Helper()
	var b []byte
	for i := range n {
		p := i % patterns
		b = fmt.Appendf(b, `{"id":%q,"site":"plant-%d","floor":%d,"interval_s":%d,"line":"line-%02d"}`+"\n", id(i), p%7, p%12, 30+p%90, p%40)
	}
	write(t, filepath.Join(dir, "fleet.ndjson"), b)
	_, block, _ := strings.Cut(fleet, "environment \"dev\" { hub = %q }\n")
	csv := `csvmap("fleet.csv", "id", { floor = number, interval_s = number })`
	write(t, filepath.Join(dir, "fleet.twin.hcl"), []byte(strings.Replace(block, csv, `jsonlines("fleet.ndjson", "id")`, 1)))
}

// writeWholeLines writes a line with all of a device each.
func writeWholeLines(t *testing.T, dir string, n int) {
	t.Helper()
	writeDeclared(t, dir, n)
	write(t, filepath.Join(dir, "fleet.twin.hcl"), []byte(`
device "sensor" {
  for_each = jsonlines("declared.ndjson", "id")
  tags     = each.value.tags
  desired  = each.value.desired
}
`))
}

// writeFiles writes the devices of the fleet out, in files of perFile.
func writeFiles(t *testing.T, dir string, n int, name, header, entry string) {
	t.Helper()
	var b bytes.Buffer
	for i := range n {
		if i%perFile == 0 {
			b.Reset()
			b.WriteString(header)
		}
		p := i % patterns
		fmt.Fprintf(&b, entry, id(i), p%7, p%12, 30+p%90, p%40)
		if i%perFile == perFile-1 || i == n-1 {
			write(t, filepath.Join(dir, fmt.Sprintf(name, i/perFile)), b.Bytes())
		}
	}
}
