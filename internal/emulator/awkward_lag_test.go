package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// pageAll reads a query to its end.
func (r *rig) pageAll(text string) string {
	r.Helper()
	var all strings.Builder
	token := ""
	for range 1000 {
		body, next := r.query(text, 10, token)
		all.WriteString(body)
		if token = next; token == "" {
			return all.String()
		}
	}
	r.Fatalf("%s: got no last page", text)
	return ""
}

// A write is not in the index before the shortest lag is over, and is there after the longest; single reads are never
// late. That holds for a hub in the process as for one that is served (FACTS §5).
func TestAwkwardIndexLags(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		clock := noon
		r := openRig(t, Options{Now: func() time.Time { return clock }, Awkward: seed + 1})
		const all = "SELECT * FROM devices"
		shows := func(when, text string, want bool) {
			t.Helper()
			if got := r.pageAll(all); strings.Contains(got, text) != want {
				t.Errorf("seed %d, %s: got %s, want %s in it: %v", seed+1, when, got, text, want)
			}
		}
		r.device("d")
		r.must(200, "GET", "/twins/d", "")
		shows("created", `"deviceId":"d"`, false)
		clock = clock.Add(longestLag)
		shows("created and indexed", `"deviceId":"d"`, true)
		r.must(200, "PATCH", "/twins/d", `{"tags":{"a":1}}`)
		shows("written", `"tags"`, false)
		clock = clock.Add(longestLag)
		shows("written and indexed", `"tags":{"a":1}`, true)
		r.with("If-Match", "*").must(204, "DELETE", "/devices/d", "")
		if w := r.ask("GET", "/twins/d", ""); w.Code != http.StatusNotFound {
			t.Errorf("seed %d, deleted: got %d, want 404", seed+1, w.Code)
		}
		shows("a ghost", `"tags":{"a":1}`, true)
		clock = clock.Add(longestGhost)
		shows("forgotten", `"deviceId":"d"`, false)
	}
}

// Modules lag like devices, and go with theirs as ghosts; COUNT counts what the index has.
func TestAwkwardModulesLag(t *testing.T) {
	t.Parallel()
	clock := noon
	r := openRig(t, Options{Now: func() time.Time { return clock }, Awkward: 3})
	r.device("d")
	r.must(200, "PUT", "/devices/d/modules/m", `{"deviceId":"d","moduleId":"m"}`)
	count := func(when string, want int) {
		t.Helper()
		got := r.pageAll("SELECT COUNT() AS n FROM devices.modules")
		if shown := strings.Contains(got, fmt.Sprintf(`"n":%d`, want)); shown != (want > 0) {
			t.Errorf("%s: got %s, want %d", when, got, want)
		}
	}
	if got := r.pageAll("SELECT * FROM devices.modules"); strings.Contains(got, `"m"`) {
		t.Errorf("created: got %s, want no module yet", got)
	}
	clock = clock.Add(longestLag)
	count("indexed", 1)
	r.with("If-Match", "*").must(204, "DELETE", "/devices/d", "")
	count("a ghost", 1)
	clock = clock.Add(longestGhost)
	if got := r.pageAll("SELECT * FROM devices.modules"); strings.Contains(got, `"m"`) {
		t.Errorf("forgotten: got %s, want no module", got)
	}
}
