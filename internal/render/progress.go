package render

import (
	"fmt"
	"time"
)

// ProgressOptions tell a printer about the apply that it reports.
type ProgressOptions struct {
	Total int // changes
	// Throttled is for how long requests have been waiting because the hub answered
	// 429; nil means never.
	Throttled func() time.Duration
}

const (
	// steady is the time after which a rate means something.
	steady = 10 * time.Second
	// progressLine is the time between two lines of progress in a stream of JSON lines.
	progressLine = 10 * time.Second
)

// pace knows how far an apply is and how fast it goes.
type pace struct {
	o     ProgressOptions
	now   func() time.Time
	done  int
	began time.Time
	next  time.Time // when the next line of a stream is due
}

func newPace(o ProgressOptions, now func() time.Time) pace {
	if o.Throttled == nil {
		o.Throttled = func() time.Duration { return 0 }
	}
	return pace{o: o, now: now, began: now(), next: now().Add(progressLine)}
}

// finished counts a change whose outcome is known, and tells whether it is time for
// a line of a stream.
func (p *pace) finished() (applyProgress, bool) {
	p.done++
	now := p.now()
	if now.Before(p.next) {
		return applyProgress{}, false
	}
	p.next = now.Add(progressLine)
	return p.state(), true
}

// applyProgress is how far an apply is.
type applyProgress struct {
	Done      int      `json:"done"`
	Total     int      `json:"total"`
	Rate      *float64 `json:"changes_per_second,omitempty"` // absent while it means nothing yet
	Left      *float64 `json:"seconds_left,omitempty"`       // at this rate
	Throttled float64  `json:"throttled_seconds"`
}

func (p *pace) state() applyProgress {
	s := applyProgress{Done: p.done, Total: p.o.Total, Throttled: p.o.Throttled().Round(100 * time.Millisecond).Seconds()}
	elapsed := p.now().Sub(p.began)
	if elapsed < steady || p.done == 0 {
		return s
	}
	rate := float64(p.done) / elapsed.Seconds()
	s.Rate = &rate
	s.Left = inSeconds(time.Duration(float64(p.o.Total-p.done) / rate * float64(time.Second)))
	return s
}

func (s applyProgress) percent() int { return 100 * s.Done / max(1, s.Total) }

// String is the progress for people: 2000 of 10000 (20 %), 50 a second, 2 min 40 s
// left, 10 s throttled.
func (s applyProgress) String() string {
	text := fmt.Sprintf("%d of %d (%d %%)", s.Done, s.Total, s.percent())
	if s.Rate != nil {
		text += ", " + perTime(*s.Rate) + ", " + Span(duration(s.Left)) + " left"
	}
	if s.Throttled >= 1 {
		text += ", " + Span(time.Duration(s.Throttled*float64(time.Second))) + " throttled"
	}
	return text
}

// perTime is a rate in the unit that gives a number to remember.
func perTime(rate float64) string {
	switch {
	case rate >= 9.5:
		return fmt.Sprintf("%.0f a second", rate)
	case rate >= 1:
		return fmt.Sprintf("%.1f a second", rate)
	default:
		return fmt.Sprintf("%.1f a minute", 60*rate)
	}
}
