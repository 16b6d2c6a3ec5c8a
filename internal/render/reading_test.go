package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/internal/quota"
)

// TestReadingLines is what people are told of how a hub is read.
func TestReadingLines(t *testing.T) {
	t.Parallel()
	const over = "Warning: reading takes %s messages, and S1 x 1 takes 400,000 in a day, with telemetry: from there on the hub answers 403 until midnight UTC. More units make the day larger"
	rows := []struct {
		name  string
		hub   quota.Hub
		fleet quota.Fleet
		want  []string
	}{
		{"a small fleet", quota.Hub{SKU: "S1", Units: 1}, quota.Fleet{Twins: 400, Known: 400}, nil},
		{
			"pages and singles",
			quota.Hub{SKU: "S1", Units: 1},
			quota.Fleet{Twins: 100_000, Known: 100_000},
			[]string{"Reading 100,000 twins: query pages and single reads, ~12 min (query pages alone would take ~50 min on S1 x 1)"},
		},
		{
			"ids that are not known",
			quota.Hub{SKU: "S1", Units: 1},
			quota.Fleet{Twins: 100_000, Known: 99_999},
			[]string{"Reading 100,000 twins: query pages, ~50 min at the limits of S1 x 1"},
		},
		{
			"more than a day allows",
			quota.Hub{SKU: "S1", Units: 1},
			quota.Fleet{Twins: 1_000_000, Known: 1_000_000},
			[]string{
				"Reading 1,000,000 twins: query pages and single reads, ~2 h 5 min (query pages alone would take ~8 h 20 min on S1 x 1)",
				strings.Replace(over, "%s", "934,946", 1),
			},
		},
		{
			"the largest hub",
			quota.Hub{SKU: "S3", Units: 10},
			quota.Fleet{Twins: 1_000_000, Latency: 200e6, Queries: 40},
			[]string{"Reading 1,000,000 twins: 40 disjoint queries, ~50 s (query pages alone would take ~33 min on S3 x 10)"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			best, pages := row.hub.Choose(row.fleet)
			r := &Reading{Hub: row.hub}
			r.Add(best, row.fleet.Twins, pages)
			if diff := cmp.Diff(row.want, r.Lines()); diff != "" {
				t.Errorf("lines differ (-want +got):\n%s", diff)
			}
		})
	}
}
