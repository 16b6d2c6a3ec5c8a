package emulator

import (
	"fmt"
	"testing"
)

// BenchmarkQueryScan reads 100,000 twins to find or count some of them.
func BenchmarkQueryScan(b *testing.B) {
	const fleet = 100_000
	r := newRig(b)
	r.bulkFleet(fleet)
	queries := map[string]string{
		"none":  "SELECT * FROM devices WHERE tags.line.role = 'motor' OR properties.desired.limits.high < 80",
		"in":    "SELECT * FROM devices WHERE deviceId IN ['dev-099999', 'dev-100000', 'x', 'y']",
		"count": "SELECT COUNT() AS n FROM devices",
		"group": "SELECT tags.site AS site, COUNT() AS n, AVG(properties.desired.telemetry.interval) AS v FROM devices GROUP BY tags.site",
	}
	for name, query := range queries {
		b.Run(name, func(b *testing.B) {
			body := fmt.Sprintf(`{"query":%q}`, query)
			benchRequest(b, r, fleet, func(int) (string, string, string) { return "POST", "/devices/query", body })
		})
	}
}
