package render

import (
	"fmt"
	"time"

	"github.com/twinset/twinset/internal/quota"
)

// Reading is how a hub is read, and what that takes at its limits.
type Reading struct {
	Hub      quota.Hub
	Twins    int64
	Pages    int64
	Queries  int // the most that run side by side
	Singles  int64
	Time     time.Duration
	ByPages  time.Duration // by one chain of query pages alone
	Messages int64
	Export   bool // by an export job, in the place of all that
}

// Exported takes an export job of a time in the place of the requests, if that is
// quicker.
func (r *Reading) Exported(time time.Duration) bool {
	if time >= r.Time {
		return false
	}
	r.Export, r.Time, r.Pages, r.Queries, r.Singles, r.Messages = true, time, 0, 0, 0, 0
	return true
}

// Importing tells of an apply that goes through import jobs because that is quicker.
func Importing(objects int64, byJobs, byRequests time.Duration, h quota.Hub) string {
	return fmt.Sprintf("Writing %s %s: import jobs, ~%s (requests would take ~%s on %s)", Number(objects), pluralOf(objects, "object"), Span(byJobs), Span(byRequests), h)
}

// Add adds a part of the hub: so many twins, and how long they took by pages alone.
func (r *Reading) Add(q quota.Reading, twins int64, pages time.Duration) {
	r.Twins += twins
	r.Pages += q.Pages
	r.Singles += q.Twins
	r.Queries = max(r.Queries, q.Queries)
	r.Time += q.Time
	r.ByPages += pages
	r.Messages += q.Messages
}

// Lines tell people, when it takes a time or much of a day's messages.
func (r *Reading) Lines() []string {
	if r == nil {
		return nil
	}
	var list []string
	if r.Time >= costTime || r.ByPages >= costTime {
		list = append(list, r.text())
	}
	if r.Messages > r.Hub.Daily() {
		list = append(list, "Warning: reading "+overDaily(r.Messages, r.Hub))
	}
	return list
}

// text is the way and its time: Reading 1,000,000 twins: ….
func (r *Reading) text() string {
	way := "query pages"
	if r.Queries > 1 {
		way = fmt.Sprintf("%d disjoint queries", r.Queries)
	}
	switch {
	case r.Export:
		way = "export job"
	case r.Singles > 0 && r.Pages > 0:
		way += " and single reads"
	case r.Singles > 0:
		way = "single reads"
	}
	text := fmt.Sprintf("Reading %s %s: %s, ~%s", Number(r.Twins), pluralOf(r.Twins, "twin"), way, Span(r.Time))
	if r.ByPages > r.Time+r.Time/10 {
		return text + fmt.Sprintf(" (query pages alone would take ~%s on %s)", Span(r.ByPages), r.Hub)
	}
	return text + " at the limits of " + r.Hub.String()
}

// overDaily words what is more than the hub's day allows.
func overDaily(messages int64, h quota.Hub) string {
	return fmt.Sprintf("takes %s messages, and %s takes %s in a day, with telemetry: from there on the hub answers 403 until midnight UTC. More units make the day larger",
		Number(messages), h, Number(h.Daily()))
}

// reading is the line of the machine-readable stream.
type reading struct {
	Twins    int64   `json:"twins"`
	Pages    int64   `json:"query_pages"`
	Queries  int     `json:"queries"`
	Singles  int64   `json:"single_reads"`
	SKU      string  `json:"sku"`
	Units    int     `json:"units"`
	Seconds  float64 `json:"seconds"`
	ByPages  float64 `json:"seconds_by_query_pages"`
	Messages int64   `json:"messages"`
	Daily    int64   `json:"messages_per_day"`
	Export   bool    `json:"export_job,omitempty"`
}

func (l *lineWriter) reading(r *Reading) {
	if r == nil {
		return
	}
	l.write(message{Type: "reading", Message: r.text(), Reading: &reading{
		Twins: r.Twins, Pages: r.Pages, Queries: r.Queries, Singles: r.Singles, SKU: r.Hub.SKU, Units: r.Hub.Units,
		Seconds: *inSeconds(r.Time), ByPages: *inSeconds(r.ByPages), Messages: r.Messages, Daily: r.Hub.Daily(), Export: r.Export,
	}})
}
