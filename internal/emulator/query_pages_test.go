package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueryPaging(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bulkFleet(25)
	var ids []string
	token := ""
	for page := 0; page == 0 || token != ""; page++ {
		var body string
		body, token = r.query("SELECT deviceId FROM devices", 10, token)
		var rows []struct{ DeviceID string }
		if err := json.Unmarshal([]byte(body), &rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			ids = append(ids, row.DeviceID)
		}
		if page == 0 { // what comes and goes before the token does not shift the rest
			r.device("aaa")
			r.with("If-Match", "*").must(204, "DELETE", "/devices/dev-000009", "")
		}
	}
	var want []string
	for i := range 25 {
		want = append(want, fmt.Sprintf("dev-%06d", i))
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("ids over all pages (-want +got):\n%s", diff)
	}
}

func TestQueryPageSizes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bulkFleet(120)
	rows := []struct {
		header string
		want   int
	}{{"7", 7}, {"120", 120}, {"5000", 120}, {"0", 100}, {"-1", 100}, {"x", 100}, {"", 100}}
	for _, row := range rows {
		w := r.with("x-ms-max-item-count", row.header).ask("POST", "/devices/query", `{"query":"SELECT deviceId FROM devices"}`)
		var got []any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		_, more := w.Header()["X-Ms-Continuation"]
		if len(got) != row.want || more != (row.want < 120) {
			t.Errorf("%q: got %d rows and continuation %v, want %d rows", row.header, len(got), more, row.want)
		}
	}
}

func TestContinuationIsBound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bulkFleet(3)
	const query = "SELECT * FROM devices"
	_, token := r.query(query, 1, "")
	rows := []struct{ name, query, size, token string }{
		{"other query", query + " ", "1", token},
		{"other page size", query, "2", token},
		{"not base64", query, "1", "?"},
		{"altered", query, "1", "AAAA" + token[4:]},
		{"cut", query, "1", token[:8]},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			q := r.with("x-ms-continuation", row.token).with("x-ms-max-item-count", row.size)
			if w := q.ask("POST", "/devices/query", fmt.Sprintf(`{"query":%q}`, row.query)); w.Code != 400 {
				t.Errorf("got status %d, want 400; body %s", w.Code, w.Body)
			}
		})
	}
}

func TestPageSizeIsCapped(t *testing.T) {
	t.Parallel()
	if got := pageSize("5000"); got != maxPage {
		t.Errorf("got %d, want %d", got, maxPage)
	}
}

// all follows the continuation to the end and returns the pages.
func (r *rig) all(text string, size int) []string {
	r.Helper()
	var pages []string
	for token := ""; len(pages) == 0 || token != ""; {
		var body string
		body, token = r.query(text, size, token)
		if pages = append(pages, body); len(pages) > 1000 {
			r.Fatal("got pages without an end")
		}
	}
	return pages
}

// TOP counts rows over all pages; groups have pages of their own (unverified, FACTS §5).
func TestQueryPagesOf(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bulkFleet(7)
	rows := []struct {
		query string
		size  int
		want  []string // last digits of the rows' ids, or values of tags.site
	}{
		{"SELECT TOP 5 deviceId AS v FROM devices", 2, []string{"0 1", "2 3", "4"}},
		{"SELECT TOP 4 deviceId AS v FROM devices", 2, []string{"0 1", "2 3"}},
		{"SELECT TOP 7 deviceId AS v FROM devices", 7, []string{"0 1 2 3 4 5 6"}},
		{"SELECT TOP 9 deviceId AS v FROM devices", 4, []string{"0 1 2 3", "4 5 6"}},
		{"SELECT TOP 2 deviceId AS v FROM devices WHERE tags.site >= 's4'", 1, []string{"4", "5"}},
		{"SELECT deviceId AS v FROM devices WHERE tags.site < 's2'", 2, []string{"0 1", ""}},
		{"SELECT tags.site AS v, COUNT() AS n FROM devices GROUP BY tags.site", 3, []string{"0 1 2", "3 4 5", "6"}},
		{"SELECT TOP 4 tags.site AS v FROM devices GROUP BY tags.site", 3, []string{"0 1 2", "3"}},
		{"SELECT TOP 1 COUNT() AS n FROM devices", 1, []string{"-"}},
	}
	for _, row := range rows {
		t.Run(row.query, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, page := range r.all(row.query, row.size) {
				var decoded []struct{ V string }
				if err := json.Unmarshal([]byte(page), &decoded); err != nil {
					t.Fatal(err)
				}
				var digits []string
				for _, d := range decoded {
					digits = append(digits, ("-" + d.V)[len(d.V):])
				}
				got = append(got, strings.Join(digits, " "))
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}

// FACTS §5 for the item types; the names that errors have are those of FACTS §0.9 and of a recorded answer.
func TestQueryAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	long := "SELECT * FROM devices" + strings.Repeat(" ", 8192)
	rows := []struct {
		name, body string
		status     int
		header     string // x-ms-item-type or iothub-errorcode
	}{
		{"twins", `{"query":"SELECT * FROM devices"}`, 200, "Twin"},
		{"module twins", `{"query":"SELECT * FROM devices.modules"}`, 200, "Twin"},
		{"projection", `{"query":"SELECT deviceId FROM devices"}`, 200, "Raw"},
		{"aggregate", `{"query":"SELECT COUNT() AS n FROM devices"}`, 200, "Raw"},
		{"jobs", `{"query":"SELECT * FROM devices.jobs"}`, 200, "DeviceJob"},
		{"capital member", `{"Query":"SELECT * FROM devices"}`, 200, "Twin"},
		{"no query", `{}`, 400, "ArgumentNull"},
		{"null query", `{"query":null}`, 400, "ArgumentNull"},
		{"empty query", `{"query":""}`, 400, "ArgumentInvalid"},
		{"no JSON", `SELECT * FROM devices`, 400, "ArgumentInvalid"},
		{"too long", `{"query":"` + long + `"}`, 412, "PreconditionFailed"},
		{"not emulated", `{"query":"SELECT COUNT() FROM devices"}`, 501, "NotEmulated"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := r.ask("POST", "/devices/query", row.body)
			got := w.Header().Get("x-ms-item-type") + w.Header().Get("iothub-errorcode")
			if w.Code != row.status || got != row.header {
				t.Errorf("got %d %q, want %d %q; body %s", w.Code, got, row.status, row.header, w.Body)
			}
		})
	}
}

// A token cannot raise TOP.
func TestContinuationKeepsTop(t *testing.T) {
	t.Parallel()
	const query = "SELECT TOP 3 * FROM devices"
	for _, left := range []int{-1, 0, 4} {
		if at, err := readContinuation(makeContinuation(query, 1, cursor{key: "k", left: left}), query, 1, 3); err == nil {
			t.Errorf("left %d: got %v, want an error", left, at)
		}
	}
	want := cursor{key: "a:b", left: 3}
	if got, err := readContinuation(makeContinuation(query, 1, want), query, 1, 3); err != nil || got != want {
		t.Errorf("got %v and %v, want %v", got, err, want)
	}
}

func FuzzContinuation(f *testing.F) {
	const query = "SELECT TOP 9 * FROM devices"
	f.Add(makeContinuation(query, 2, cursor{key: "dev-1", left: 4}))
	f.Add("")
	f.Add("AAAA")
	r := newRig(f)
	r.bulkFleet(3)
	body := fmt.Sprintf(`{"query":%q}`, query)
	f.Fuzz(func(t *testing.T, token string) {
		q := r.with("x-ms-continuation", token).with("x-ms-max-item-count", "2")
		q.TB = t
		if w := q.ask("POST", "/devices/query", body); !slices.Contains([]int{http.StatusOK, http.StatusBadRequest}, w.Code) {
			t.Fatalf("got status %d, want 200 or 400", w.Code)
		}
	})
}
