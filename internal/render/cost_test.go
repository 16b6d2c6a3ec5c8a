package render

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/plan"
)

func TestCostLines(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		header plan.Header
		cost   []plan.Cost
		want   string // "" when nothing is told
	}{
		{"nothing to do", plan.Header{SKU: "S1", Units: 1}, nil, ""},
		{"a small fleet", plan.Header{SKU: "S1", Units: 1}, []plan.Cost{{Class: "twin-update", Requests: 500, Operations: 500}}, ""},
		{"a small fleet on a hub of unknown size", plan.Header{}, []plan.Cost{{Class: "twin-update", Requests: 500, Operations: 500}}, ""},
		{
			"a first apply",
			plan.Header{SKU: "S1", Units: 1},
			[]plan.Cost{{Class: "registry", Requests: 1000, Operations: 100_000}, {Class: "twin-update", Requests: 1, Operations: 1}},
			`Applying it takes about 16 h 40 min at the limits of S1 x 1, 8 h 20 min with one unit more:
  100,000 identity operations in 1,000 requests: 16 h 40 min
  1 twin update: 0 s`,
		},
		{
			"a change of all twins",
			plan.Header{SKU: "S1", Units: 1},
			[]plan.Cost{{Class: "twin-update", Requests: 1_000_000, Operations: 1_000_000}},
			`Applying it takes about 5 h 33 min at the limits of S1 x 1, 5 h 33 min with one unit more:
  1,000,000 twin updates: 5 h 33 min
  Warning: it takes 1,000,000 messages, and S1 x 1 takes 400,000 in a day, with telemetry: from there on the hub answers 403 until midnight UTC. More units make the day larger`,
		},
		{
			"a part of a day's messages",
			plan.Header{SKU: "S1", Units: 1},
			[]plan.Cost{{Class: "twin-update", Requests: 100_000, Operations: 100_000}},
			`Applying it takes about 33 min at the limits of S1 x 1, 33 min with one unit more:
  100,000 twin updates: 33 min
  100,000 of the 400,000 messages that the hub takes in a day`,
		},
		{
			"the largest hub",
			plan.Header{SKU: "S3", Units: 10},
			[]plan.Cost{{Class: "registry", Requests: 10_000, Operations: 1_000_000}},
			`Applying it takes about 20 min at the limits of S3 x 10:
  1,000,000 identity operations in 10,000 requests: 20 min`,
		},
		{
			"unknown size",
			plan.Header{},
			[]plan.Cost{{Class: "twin-update", Requests: 1000, Operations: 1000}},
			`Applying it asks of the hub (unknown SKU: adapts to 429):
  1,000 twin updates`,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			k := costOf(row.header, row.cost)
			got := ""
			if k.worthTelling() {
				got = strings.Join(k.lines(), "\n")
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("cost (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	rows := map[time.Duration]string{
		0: "0 s", 400 * time.Millisecond: "0 s", 59 * time.Second: "59 s", 59600 * time.Millisecond: "1 min",
		130 * time.Second: "2 min 10 s", 599 * time.Second: "9 min 59 s", 29*time.Minute + 40*time.Second: "30 min",
		500 * time.Minute: "8 h 20 min", 2 * time.Hour: "2 h", 10000 * time.Minute: "6.9 days",
	}
	for d, want := range rows {
		if got := Span(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1_000_000: "1,000,000", -1000: "-1,000"} {
		if got := Number(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

// TestProgress: a rate is told once it means something.
func TestProgress(t *testing.T) {
	t.Parallel()
	at := time.Unix(0, 0)
	throttled := time.Duration(0)
	p := newPace(ProgressOptions{Total: 1000, Throttled: func() time.Duration { return throttled }}, func() time.Time { return at })
	step := func(after time.Duration, done int) string {
		at = at.Add(after)
		p.done += done
		return p.state().String()
	}
	for _, row := range []struct{ got, want string }{
		{step(0, 0), "0 of 1000 (0 %)"},
		{step(5*time.Second, 100), "100 of 1000 (10 %)"},
		{step(5*time.Second, 100), "200 of 1000 (20 %), 20 a second, 40 s left"},
	} {
		if row.got != row.want {
			t.Errorf("got %q, want %q", row.got, row.want)
		}
	}
	throttled = 12 * time.Second
	if got, want := step(1990*time.Second, 300), "500 of 1000 (50 %), 15.0 a minute, 33 min left, 12 s throttled"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
