//go:build scale

package scale

import (
	"fmt"
	"strings"
	"testing"
)

// What is promised of a plan without changes (docs/scale.md).
const (
	maxCPU    = 40.0  // us of the client a device
	maxStrict = 2.5   // times the strict floor
	maxPeak   = 256.0 // MiB
	maxGrowth = 1.15  // from a small fleet to a large one, a device
)

// report is the table, with what is over its limit.
type report struct {
	text strings.Builder
	over []string
}

func (r *report) String() string { return "\n" + r.text.String() }

func (r *report) figures(f figures) {
	fmt.Fprintf(&r.text, "%d devices\n  %-12s %12s %10s %10s %12s\n", f.n, "", "us a device", "wall s", "peak MiB", "client is")
	for _, line := range []struct {
		name string
		usage
	}{{"plan", f.plan}, {"wire", f.wire}, {"decode", f.decode}, {"strict", f.strict}} {
		fmt.Fprintf(&r.text, "  %-12s %12.1f %10.1f %10.0f %11.2fx\n", line.name, perDevice(line.usage, f.n),
			line.wall.Seconds(), mib(line.usage), ratio(f.plan, line.usage))
	}
}

// usage is a line of one process.
func (r *report) usage(what string, u usage, n int) {
	fmt.Fprintf(&r.text, "  %-22s %10.1f us a device, %8.1f s, %6.0f MiB\n", what, perDevice(u, n), u.wall.Seconds(), mib(u))
}

// close shows the report and fails for what is over its limit.
func (r *report) close(t *testing.T) {
	t.Helper()
	t.Log(r)
	for _, over := range r.over {
		t.Error(over)
	}
}

func (r *report) limit(what string, got, most float64) {
	line := fmt.Sprintf("%s: %.2f, at most %g", what, got, most)
	fmt.Fprintln(&r.text, line)
	if got > most {
		r.over = append(r.over, line)
	}
}

func mib(u usage) float64 { return float64(u.rss) / (1 << 20) }

func perDevice(u usage, n int) float64 { return u.cpu.Seconds() * 1e6 / float64(n) }

func ratio(a, b usage) float64 { return a.cpu.Seconds() / b.cpu.Seconds() }
