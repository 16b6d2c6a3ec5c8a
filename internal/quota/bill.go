package quota

import (
	"time"
)

// Load is what a piece of work asks of one class.
type Load struct {
	Requests   int64 // HTTP requests
	Operations int64 // what the hub counts: an entry of a bulk call is one
}

// Bill is what a piece of work asks of a hub.
type Bill map[Class]Load

// Add puts operations and the requests that carry them on the bill.
func (b Bill) Add(c Class, requests, operations int64) {
	l := b[c]
	l.Requests += requests
	l.Operations += operations
	b[c] = l
}

// Empty tells whether nothing is asked.
func (b Bill) Empty() bool {
	for _, l := range b {
		if l.Operations > 0 {
			return false
		}
	}
	return true
}

// Time is how long the hub needs for the bill at its limits, and the class that it
// waits for. Classes are metered apart and used side by side, so it is the longest of
// them. It is 0 when the hub's size is not known.
func (h Hub) Time(b Bill) (time.Duration, Class) {
	var longest time.Duration
	var slowest Class
	for _, c := range Classes() {
		if d := h.ClassTime(c, b[c].Operations); d > longest {
			longest, slowest = d, c
		}
	}
	return longest, slowest
}

// ClassTime is how long operations of one class take: what goes beyond the burst
// comes at the class's pace.
func (h Hub) ClassTime(c Class, operations int64) time.Duration {
	r := h.Rate(c)
	if r.N == 0 || operations <= 0 {
		return 0
	}
	return seconds(max(0, float64(operations)-r.Burst()) / r.PerSecond())
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
