package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/plan"
)

const (
	// costTime is the time at the hub's limits from which people are told of it.
	costTime = 10 * time.Second
	// costOperations is the same for a hub whose limits are not known.
	costOperations = 1000
	// costShare is the share of a day's messages from which people are told of it.
	costShare = 0.1
)

// cost is what carrying out a plan takes, in figures.
type cost struct {
	SKU     string      `json:"sku,omitempty"` // absent when the hub's size is not known: then there are no times
	Units   int         `json:"units,omitempty"`
	Seconds *float64    `json:"seconds,omitempty"`               // at the hub's limits
	More    *float64    `json:"seconds_one_unit_more,omitempty"` // the same with one unit added
	Billed  int64       `json:"messages"`
	Daily   int64       `json:"messages_per_day,omitempty"`
	Classes []classCost `json:"classes"`
}

type classCost struct {
	Class      string   `json:"class"`
	Requests   int64    `json:"requests"`
	Operations int64    `json:"operations"`
	Seconds    *float64 `json:"seconds,omitempty"`
}

// costOf works out a plan's cost; nil for a plan that asks nothing of the hub.
func costOf(h plan.Header, lines []plan.Cost) *cost {
	if len(lines) == 0 {
		return nil
	}
	size := quota.Hub{SKU: h.SKU, Units: h.Units}
	bill := quota.Bill{}
	k := &cost{SKU: h.SKU, Units: h.Units, Daily: size.Daily()}
	for _, l := range lines {
		class := quota.Class(l.Class)
		bill.Add(class, l.Requests, l.Operations)
		row := classCost{Class: l.Class, Requests: l.Requests, Operations: l.Operations}
		if size.Known() {
			row.Seconds = inSeconds(size.ClassTime(class, l.Operations))
		}
		k.Classes = append(k.Classes, row)
	}
	k.Billed = bill[quota.TwinRead].Operations + bill[quota.TwinUpdate].Operations
	if size.Known() {
		total, _ := size.Time(bill)
		k.Seconds = inSeconds(total)
		if more, ok := size.More(); ok {
			total, _ = more.Time(bill)
			k.More = inSeconds(total)
		}
	}
	return k
}

func inSeconds(d time.Duration) *float64 {
	s := d.Round(100 * time.Millisecond).Seconds()
	return &s
}

func duration(s *float64) time.Duration { return time.Duration(*s * float64(time.Second)) }

// worthTelling keeps plans of small fleets short.
func (k *cost) worthTelling() bool {
	if k == nil {
		return false
	}
	if k.Seconds != nil {
		return duration(k.Seconds) >= costTime || float64(k.Billed) >= costShare*float64(k.Daily)
	}
	var operations int64
	for _, c := range k.Classes {
		operations += c.Operations
	}
	return operations >= costOperations
}

// lines word the cost for people: the whole, and a line for each class.
func (k *cost) lines() []string {
	list := []string{"Applying it asks of the hub (unknown SKU: adapts to 429):"}
	if k.Seconds != nil {
		list[0] = fmt.Sprintf("Applying it takes about %s at the limits of %s", Span(duration(k.Seconds)), quota.Hub{SKU: k.SKU, Units: k.Units})
		if k.More != nil {
			list[0] += ", " + Span(duration(k.More)) + " with one unit more"
		}
		list[0] += ":"
	}
	for _, c := range k.Classes {
		text := "  " + Number(c.Operations) + " " + className(c.Class, c.Operations)
		if c.Requests != c.Operations {
			text += " in " + Number(c.Requests) + " " + pluralOf(c.Requests, "request")
		}
		if c.Seconds != nil {
			text += ": " + Span(duration(c.Seconds))
		}
		list = append(list, text)
	}
	switch share := float64(k.Billed) / float64(max(1, k.Daily)); {
	case k.Daily == 0:
	case share > 1:
		list = append(list, "  Warning: it "+overDaily(k.Billed, quota.Hub{SKU: k.SKU, Units: k.Units}))
	case share >= costShare:
		list = append(list, fmt.Sprintf("  %s of the %s messages that the hub takes in a day", Number(k.Billed), Number(k.Daily)))
	}
	return list
}

// className is a class of operations in words.
func className(class string, n int64) string {
	names := map[quota.Class]string{
		quota.Registry: "identity operation", quota.Query: "query page", quota.TwinRead: "twin read",
		quota.TwinUpdate: "twin update", quota.Configuration: "configuration operation",
	}
	return pluralOf(n, names[quota.Class(class)])
}

func pluralOf(n int64, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// Number is n with its thousands apart: 1,000,000.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	var parts []string
	for len(s) > 3 && s[len(s)-4] != '-' {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, parts...), ",")
}

// Span is a duration as people say it: 40 s, 12 min, 8 h 20 min, 6.9 days.
func Span(d time.Duration) string {
	switch s := int64(d.Round(time.Second) / time.Second); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 600:
		return trimmed(s/60, "min", s%60, "s")
	case s < 3600:
		return fmt.Sprintf("%d min", (s+30)/60)
	case s < 86400:
		m := (s + 30) / 60
		return trimmed(m/60, "h", m%60, "min")
	default:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
}

// trimmed leaves the smaller unit out when there is none of it.
func trimmed(n int64, unit string, rest int64, smaller string) string {
	if rest == 0 {
		return fmt.Sprintf("%d %s", n, unit)
	}
	return fmt.Sprintf("%d %s %d %s", n, unit, rest, smaller)
}

// OverDaily says that a plan takes more messages than the hub does in a day; empty when
// it does not.
func OverDaily(h plan.Header, lines []plan.Cost) string {
	k := costOf(h, lines)
	if k == nil || k.Daily == 0 || k.Billed <= k.Daily {
		return ""
	}
	return overDaily(k.Billed, quota.Hub{SKU: k.SKU, Units: k.Units})
}
