package quota

import "time"

// No rate of import and export jobs is documented (FACTS §10.3). Microsoft's device
// simulation reckons with a million devices an hour; a job of a few devices takes up to
// half a minute (FACTS §7.2). Both are taken for every size of a hub.
const (
	jobStart      = 30 * time.Second
	devicesAnHour = 1_000_000
)

// ExportTime is about how long an export job takes for so many devices and modules.
func ExportTime(twins int64) time.Duration {
	return jobStart + time.Duration(float64(twins)/devicesAnHour*float64(time.Hour))
}

// ImportTime is the same of an import that creates some and changes others: what is
// changed is exported before.
func ImportTime(creates, updates, fleet int64) time.Duration {
	t := jobStart + time.Duration(float64(creates+updates)/devicesAnHour*float64(time.Hour))
	if updates > 0 {
		t += ExportTime(fleet)
	}
	return t
}
