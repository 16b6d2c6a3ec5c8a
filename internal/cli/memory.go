package cli

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
)

// memory is how many bytes of objects are sorted in memory, in all; it is the
// value of --memory. What goes beyond is sorted on disk.
type memory int

const (
	defaultMemory memory = 128 << 20
	leastMemory   memory = 1 << 20
	mostMemory    memory = 1 << 36
)

// budget is the part of one sorter, in bytes. A plan holds the declared and the
// live objects at the same time, then the changes, and the collector lets the
// heap grow to twice of what is held: with the default, a million objects stay
// below 256 MiB in all.
func (m memory) budget() int { return int(m) / 16 * 3 }

// roomy is by how much, in percent, the heap of an apply may grow between two
// collections. What it holds at a time is a few requests, and to collect so little is
// mostly the cost of beginning to.
const roomy = 400

// collectSeldom makes collections rare until the function that it returns is called.
// It does nothing in a process that holds more than a few requests: the embedded hub,
// or the outcomes of an earlier apply.
func (g *global) collectSeldom(c *connection, resume bool) (restore func()) {
	if c.name == embedded || resume || g.env.getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(roomy)
	return func() { debug.SetGCPercent(before) }
}

var memoryUnits = []struct {
	name  string
	bytes memory
}{{"MiB", 1 << 20}, {"GiB", 1 << 30}, {"MB", 1 << 20}, {"GB", 1 << 30}}

func (m *memory) String() string { return fmt.Sprintf("%dMB", int(*m)>>20) }

func (m *memory) Type() string { return "SIZE" }

// Set reads 256MB or 1GB. The units are those of memory: powers of 1024.
func (m *memory) Set(s string) error {
	for _, u := range memoryUnits {
		digits, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 16)
		if v := memory(n) * u.bytes; err == nil && v >= leastMemory && v <= mostMemory {
			*m = v
			return nil
		}
	}
	return errors.New("give a size from 1MB to 64GB, such as 128MB")
}
