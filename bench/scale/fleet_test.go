//go:build scale

package scale

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// patterns is how many different twins a fleet has, apart from ids. Seeds are
// made of that many devices that the program itself has created, so that every
// mark is right.
const patterns = 1000

const idMark = "@ID@"

// fleet is the configuration: one block over a table, with profiles. Twins are of
// the size that docs/scale.md names: 4 tags, 10 desired leaves two deep.
const fleet = `
project "scale" {}
environment "dev" { hub = %q }
profile "base" {
  tags    = { owner = "platform" }
  desired = { telemetry = { interval_s = 60, batch = 20, compress = true }, log = { level = "info", keep_days = 14 } }
}
profile "sensor" {
  extends = ["base"]
  tags    = { role = "sensor" }
  desired = { limits = { low = -20, high = 85.5, unit = "celsius" } }
}
device "sensor" {
  for_each = csvmap("fleet.csv", "id", { floor = number, interval_s = number })
  profiles = ["sensor"]
  tags     = { site = each.value.site, floor = each.value.floor }
  desired  = { telemetry = { interval_s = each.value.interval_s }, place = { line = each.value.line, cell = "${each.value.site}/${each.value.line}" } }
}
`

// reported is what devices say of themselves: 9 leaves.
const reported = `{"firmware":{"version":"4.2.1","build":20931,"channel":"stable"},` +
	`"battery":{"percent":87,"volts":3.61},"link":{"rssi":-71,"kind":"lte"},"health":{"ok":true,"uptime_s":86400}}`

func id(i int) string { return fmt.Sprintf("sensor-%07d", i) }

// row is a line of the table. What differs is a function of i modulo patterns.
func row(b []byte, i int) []byte {
	p := i % patterns
	return fmt.Appendf(b, "%s,plant-%d,%d,%d,line-%02d\n", id(i), p%7, p%12, 30+p%90, p%40)
}

// writeProject writes the configuration of n devices.
func writeProject(t *testing.T, dir, hub string, n int) {
	t.Helper()
	b := []byte("id,site,floor,interval_s,line\n")
	for i := range n {
		b = row(b, i)
	}
	write(t, filepath.Join(dir, "fleet.csv"), b)
	write(t, filepath.Join(dir, "fleet.twin.hcl"), fmt.Appendf(nil, fleet, hub))
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeSeed writes n devices as lines that the embedded hub loads.
func writeSeed(t *testing.T, bin, name string, n int) {
	t.Helper()
	dir := t.TempDir()
	writeProject(t, dir, "emulator", patterns)
	run(t, dir, nil, bin, "apply", "--auto-approve")
	dump := filepath.Join(dir, "dump.ndjson")
	run(t, dir, nil, bin, "emulator", "dump", "--out", dump)
	text, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range bytes.Lines(text) {
		lines = append(lines, template(t, line))
	}
	if len(lines) != patterns {
		t.Fatalf("the dump has %d lines, want %d", len(lines), patterns)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for i := range n {
		_, _ = w.WriteString(strings.Replace(lines[i%patterns], idMark, id(i), 1)) // Flush reports it
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// template is a line of a dump without what belongs to one device.
func template(t *testing.T, line []byte) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"eTag", "twinETag", "authentication", "deviceScope"} {
		delete(m, name)
	}
	m["id"], m["importMode"] = idMark, "create"
	m["properties"].(map[string]any)["reported"] = json.RawMessage(reported)
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(out) + "\n"
}
