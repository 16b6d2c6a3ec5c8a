package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The index of an awkward hub shows writes late and deleted devices for a while, pages may be short, and all of it
// comes to an end: what a query shows long after the last write is what is there.
func TestAwkward(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		clock := noon
		r := openRig(t, Options{Now: func() time.Time { return clock }, Awkward: rapid.Uint64Range(1, 1<<20).Draw(rt, "seed")})
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			id := fmt.Sprintf("d%02d", rapid.IntRange(0, 9).Draw(rt, "device"))
			switch rapid.IntRange(0, 3).Draw(rt, "write") {
			case 0:
				r.ask("PUT", "/devices/"+id, `{"deviceId":"`+id+`"}`)
			case 1:
				r.ask("PATCH", "/twins/"+id, `{"tags":{"n":`+fmt.Sprint(rapid.IntRange(0, 9).Draw(rt, "n"))+`}}`)
			case 2:
				r.with("If-Match", "*").ask("DELETE", "/devices/"+id, "")
			default:
				clock = clock.Add(time.Duration(rapid.IntRange(0, 3000).Draw(rt, "ms")) * time.Millisecond)
			}
			if ids := r.deviceIDs(3); !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
				rt.Fatalf("a query shows %v, want each device once and in order", ids)
			}
		}
		clock = clock.Add(longestGhost + time.Second)
		var there []string
		for i := range 10 {
			if id := fmt.Sprintf("d%02d", i); r.ask("GET", "/devices/"+id, "").Code == http.StatusOK {
				there = append(there, id)
			}
		}
		if ids := r.deviceIDs(3); !slices.Equal(ids, there) {
			rt.Fatalf("long after the last write a query shows %v, want %v", ids, there)
		}
	})
}

// deviceIDs pages through a query to its end.
func (r *rig) deviceIDs(size int) (ids []string) {
	r.Helper()
	for token, pages := "", 0; ; pages++ {
		if pages > 1000 {
			r.Fatal("the query has no end")
		}
		body, next := r.query("SELECT deviceId FROM devices", size, token)
		var rows []struct{ DeviceID string }
		if err := json.Unmarshal([]byte(body), &rows); err != nil {
			r.Fatal(err)
		}
		for _, row := range rows {
			ids = append(ids, row.DeviceID)
		}
		if token = next; token == "" {
			return ids
		}
	}
}
