package render_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/render"
)

// TestScaleModel holds the table of docs/scale.md against the model: what a fleet takes
// of a hub, by its limits alone.
func TestScaleModel(t *testing.T) {
	t.Parallel()
	const file = "../../docs/scale.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- model -->\n", "<!-- end of model -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	got, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no table of the model", file)
	}
	want := scaleModel()
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("write it anew with -update (-model +page):\n%s", diff)
	}
}

func scaleModel() string {
	var b strings.Builder
	b.WriteString("| hub | devices | read all: requests | messages | time | create: requests | time | change all: requests and messages | time |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, h := range []quota.Hub{{SKU: "S1", Units: 1}, {SKU: "S2", Units: 1}, {SKU: "S3", Units: 1}, {SKU: "S3", Units: 10}} {
		for _, n := range []int64{10_000, 100_000, 1_000_000} {
			read, _ := h.Choose(quota.Fleet{Twins: n, Known: n})
			requests := render.Number(read.Pages) + " pages"
			if read.Twins > 0 {
				requests += ", " + render.Number(read.Twins) + " twins"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", h, render.Number(n), requests, render.Number(read.Messages), render.Span(read.Time),
				render.Number(n/100), render.Span(h.ClassTime(quota.Registry, n)), render.Number(n), render.Span(h.ClassTime(quota.TwinUpdate, n)))
		}
	}
	return b.String()
}
