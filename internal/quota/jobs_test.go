package quota

import (
	"testing"
	"time"
)

func TestJobTimes(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name      string
		got, want time.Duration
	}{
		{"a small export", ExportTime(0), 30 * time.Second},
		{"a large export", ExportTime(million), time.Hour + 30*time.Second},
		{"creations", ImportTime(million, 0, million), time.Hour + 30*time.Second},
		{"changes are exported before", ImportTime(0, million/2, million), 90*time.Minute + time.Minute},
	}
	for _, row := range rows {
		if row.got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, row.got, row.want)
		}
	}
}
