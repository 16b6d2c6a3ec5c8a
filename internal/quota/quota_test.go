package quota

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const million = 1_000_000

// TestRates is the table of FACTS §10.1, in operations a second.
func TestRates(t *testing.T) {
	t.Parallel()
	const minute = 1.0 / 60
	rows := []struct {
		hub                                      Hub
		registry, query, read, update, configure float64
		daily                                    int64
	}{
		{Hub{"F1", 1}, 100 * minute, 20 * minute, 100, 50, 20 * minute, 8_000},
		{Hub{"S1", 1}, 100 * minute, 20 * minute, 100, 50, 20 * minute, 400_000},
		{Hub{"S1", 20}, 2000 * minute, 400 * minute, 100, 50, 400 * minute, 8_000_000},
		{Hub{"S2", 1}, 100 * minute, 20 * minute, 100, 50, 20 * minute, 6_000_000},
		{Hub{"S2", 20}, 2000 * minute, 400 * minute, 200, 100, 400 * minute, 120_000_000},
		{Hub{"S3", 1}, 5000 * minute, 1000 * minute, 500, 250, 20 * minute, 300_000_000},
		{Hub{"S3", 10}, 50000 * minute, 10000 * minute, 5000, 2500, 200 * minute, 3_000_000_000},
		{Hub{}, 0, 0, 0, 0, 0, 0},
	}
	for _, row := range rows {
		t.Run(row.hub.String(), func(t *testing.T) {
			t.Parallel()
			want := map[Class]float64{Registry: row.registry, Query: row.query, TwinRead: row.read, TwinUpdate: row.update, Configuration: row.configure}
			for _, c := range Classes() {
				if got := row.hub.Rate(c).PerSecond(); math.Abs(got-want[c]) > 1e-9 {
					t.Errorf("%s: got %g a second, want %g", c, got, want[c])
				}
			}
			if got := row.hub.Daily(); got != row.daily {
				t.Errorf("got %d messages a day, want %d", got, row.daily)
			}
		})
	}
}

// TestMillion is the time that a million twins take.
func TestMillion(t *testing.T) {
	t.Parallel()
	rows := []struct {
		hub                                 Hub
		pages, twins, both, creates, update time.Duration
		best                                Way
	}{
		{Hub{"S1", 1}, 500 * time.Minute, 10000 * time.Second, 7500 * time.Second, 10000 * time.Minute, 20000 * time.Second, ByBoth},
		{Hub{"S2", 1}, 500 * time.Minute, 10000 * time.Second, 7500 * time.Second, 10000 * time.Minute, 20000 * time.Second, ByBoth},
		{Hub{"S1", 200}, 150 * time.Second, 10000 * time.Second, 148 * time.Second, 50 * time.Minute, 20000 * time.Second, ByBoth},
		{Hub{"S3", 1}, 10 * time.Minute, 2000 * time.Second, 461 * time.Second, 200 * time.Minute, 4000 * time.Second, ByBoth},
		{Hub{"S3", 10}, 60 * time.Second, 200 * time.Second, 46 * time.Second, 20 * time.Minute, 400 * time.Second, ByBoth},
	}
	for _, row := range rows {
		t.Run(row.hub.String(), func(t *testing.T) {
			t.Parallel()
			readings := row.hub.Readings(Fleet{Twins: million, Known: million, Bytes: 2970})
			if readings[0].Way != row.best {
				t.Errorf("got %s as the quickest, want %s", readings[0].Way, row.best)
			}
			want := map[Way]time.Duration{ByPages: row.pages, ByTwins: row.twins, ByBoth: row.both}
			for _, r := range readings {
				near(t, string(r.Way), r.Time, want[r.Way])
			}
			near(t, "creates", row.hub.ClassTime(Registry, million), row.creates)
			near(t, "updates", row.hub.ClassTime(TwinUpdate, million), row.update)
		})
	}
}

// near allows for the burst, which is at most a quarter of a minute.
func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got > want+time.Second || got < want-16*time.Second {
		t.Errorf("%s: got %s, want about %s", what, got, want)
	}
}

// TestMessages: a page is billed by its size, a twin as a message at least (FACTS
// §10.4).
func TestMessages(t *testing.T) {
	t.Parallel()
	got := map[Way]int64{}
	for _, r := range (Hub{"S1", 1}).Readings(Fleet{Twins: million, Known: million, Bytes: 2970}) {
		got[r.Way] = r.Messages
	}
	if got[ByPages] != 730_000 || got[ByTwins] != million {
		t.Errorf("got %v messages, want 730,000 by pages and a million by twins", got)
	}
	if got := (Hub{"F1", 1}).Messages(2970); got != 6 {
		t.Errorf("got %d blocks of a free hub for 2970 bytes, want 6", got)
	}
}

func TestUnknownHub(t *testing.T) {
	t.Parallel()
	readings := Hub{}.Readings(Fleet{Twins: million})
	if len(readings) != 1 || readings[0].Way != ByPages || readings[0].Time != 0 || readings[0].Pages != 10_000 {
		t.Errorf("got %+v, want pages without a time", readings)
	}
	b := Bill{}
	b.Add(TwinUpdate, 10, 10)
	if d, slowest := (Hub{}).Time(b); d != 0 || slowest != "" {
		t.Errorf("got %s for %s, want no time", d, slowest)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	rows := []struct {
		hub  Hub
		want string // "" for a hub that exists
	}{
		{Hub{"S1", 1}, ""},
		{Hub{"S3", 10}, ""},
		{Hub{"F1", 1}, ""},
		{Hub{"F1", 2}, "1 to 1 units, not 2"},
		{Hub{"S3", 11}, "1 to 10 units, not 11"},
		{Hub{"S1", 0}, "1 to 200 units, not 0"},
		{Hub{"B1", 1}, "basic tier"},
		{Hub{"S4", 1}, "there are F1, S1, S2 and S3"},
	}
	for _, row := range rows {
		err := row.hub.Check()
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: got error %v, want %q", row.hub, err, row.want)
		}
	}
}

// TestTimeIsMonotonic: more work never takes less time, another unit never more;
// and reading by the best way is never slower than by pages.
func TestTimeIsMonotonic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := Hub{rapid.SampledFrom([]string{"S1", "S2", "S3"}).Draw(t, "sku"), rapid.IntRange(1, 10).Draw(t, "units")}
		b := Bill{}
		for _, c := range Classes() {
			b.Add(c, 1, rapid.Int64Range(0, million).Draw(t, string(c)))
		}
		before, _ := h.Time(b)
		if more, ok := h.More(); ok {
			if d, _ := more.Time(b); d > before {
				t.Errorf("got %s on %s and %s on %s", before, h, d, more)
			}
		}
		f := Fleet{Twins: rapid.Int64Range(0, million).Draw(t, "twins"), Known: rapid.SampledFrom([]int64{0, million}).Draw(t, "known")}
		if best, pages := h.Readings(f)[0].Time, h.ClassTime(Query, (f.Twins+PageRows-1)/PageRows); best > pages {
			t.Errorf("got %s by the best way, %s by pages", best, pages)
		}
		b.Add(Registry, 1, 100)
		if after, _ := h.Time(b); after < before {
			t.Errorf("got %s for more work than took %s", after, before)
		}
	})
}
