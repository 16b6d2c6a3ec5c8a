package render

import (
	"strings"
	"testing"
	"time"

	"github.com/twinset/twinset/internal/quota"
)

// TestExported: an export job is taken when it is quicker, and said.
func TestExported(t *testing.T) {
	t.Parallel()
	was := Reading{Hub: quota.Hub{SKU: "S1", Units: 1}, Twins: 1_000_000, Pages: 5000, Singles: 500_000, Time: 2 * time.Hour, ByPages: 8 * time.Hour, Messages: 900_000}
	slower := was
	if slower.Exported(3*time.Hour) || slower != was {
		t.Errorf("got %+v, want what it was", slower)
	}
	r := was
	if !r.Exported(time.Hour) || r.Messages != 0 {
		t.Fatalf("got %+v, want an export", r)
	}
	want := "Reading 1,000,000 twins: export job, ~1 h (query pages alone would take ~8 h on S1 x 1)"
	if got := strings.Join(r.Lines(), "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
