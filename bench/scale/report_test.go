//go:build scale

package scale

import (
	"fmt"
	"strings"
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
			line.wall.Seconds(), float64(line.rss)/(1<<20), ratio(f.plan, line.usage))
	}
}

func (r *report) limit(what string, got, most float64) {
	line := fmt.Sprintf("%s: %.2f, at most %g", what, got, most)
	fmt.Fprintln(&r.text, line)
	if got > most {
		r.over = append(r.over, line)
	}
}

func perDevice(u usage, n int) float64 { return u.cpu.Seconds() * 1e6 / float64(n) }

func ratio(a, b usage) float64 { return a.cpu.Seconds() / b.cpu.Seconds() }
