package emulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// queryRig has three devices: a is tagged fully, b in part, c not at all; a has a module.
func queryRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.must(200, "POST", "/devices", `[{"id":"a","importMode":"create","tags":{"site":"x","n":1,"f":1.5,"on":true,"o":{"p":"q"},"l":[1]},`+
		`"properties":{"desired":{"u":"A"}}},{"id":"b","importMode":"create","tags":{"site":"y","n":10,"it's":"\"q\"","select":1}},`+
		`{"id":"c","importMode":"create","status":"disabled","statusReason":"why","deviceScope":"s"}]`)
	r.must(200, "POST", "/devices", `[{"id":"a","moduleId":"m","importMode":"create","tags":{"n":5}}]`)
	return r
}

func TestQueryConditions(t *testing.T) {
	t.Parallel()
	r := queryRig(t)
	rows := []struct{ where, want string }{
		{"tags.site = 'x'", "a"},
		{`tags.site = "x"`, "a"},
		{"'x' = tags.site", "a"},
		{"tags.site != 'x'", "b"},
		{"tags.site <> 'x'", "b"},
		{"NOT tags.site = 'x'", "b"},
		{"NOT NOT tags.site = 'x'", "a"},
		{"tags.n > 1", "b"},
		{"tags.n >= 1", "a b"},
		{"tags.n < 10", "a"},
		{"tags.n <= 0x0A", "a b"},
		{"tags.n > -1", "a b"},
		{"tags.n = 1.0", "a"},
		{"tags.n = 1e0", "a"},
		{"tags.n = '1'", ""},
		{"tags.n != '1'", ""},
		{"tags.f = 1.5", "a"},
		{"tags.on = true", "a"},
		{"tags.on", "a"},
		{"tags.on > false", ""},
		{"tags.site", ""},
		{"tags.o.p = 'q'", "a"},
		{"tags.o = 'q'", ""},
		{"tags.l = 1", ""},
		{"tags.missing = null", ""},
		{"tags.missing != null", ""},
		{"null = null", "a b c"},
		{"undefined = undefined", ""},
		{"true", "a b c"},
		{"1", ""},
		{"tags.site IN ['x', 'z']", "a"},
		{"tags.site NIN ['x', 'z']", "b"},
		{"NOT (tags.site IN ['x'])", "b"},
		{"tags.n in [1, 'x', null, true]", "a"},
		{"IS_DEFINED(tags.site)", "a b"},
		{"NOT is_defined(tags.site)", "c"},
		{"IS_DEFINED(tags)", "a b"},
		{"IS_DEFINED(statusReason)", "c"},
		{"tags.site = 'x' OR tags.site = 'y' AND tags.n = 0", "a"},
		{"(tags.site = 'x' OR tags.site = 'y') AND tags.n = 10", "b"},
		{"tags.missing = 1 OR tags.site = 'x'", "a"},
		{"tags.missing = 1 AND tags.site = 'x'", ""},
		{"NOT (tags.missing = 1 AND tags.site = 'z')", "a b"},
		{"devices.tags.site = 'x'", "a"},
		{"DEVICEID = 'a'", "a"},
		{"deviceId >= 'b'", "b c"},
		{"status = 'disabled'", "c"},
		{"capabilities.IotEdge = false", "a b c"},
		{"deviceScope = 's'", "c"},
		{"properties.desired.u = 'A'", "a"},
		{"properties.desired.$version = 1", "a b c"},
		{"properties.desired.$metadata.u.$lastUpdatedVersion = 1", "a"},
		{"properties.reported.x = 1", ""},
		{"version = 2", "a b c"},
		{"etag = 'AAAAAAAAAAE='", "a b c"},
		{"moduleId = 'm'", ""},
		{"configurations.[[my-cfg]].status = 'Applied'", ""},
		{`tags.[[it's]] = '"q"'`, "b"},
		{`tags.[[it's]] = "\"q\""`, "b"},
		{`tags.site = '\u0078'`, "a"},
		{"tags.select = 1", "b"},
	}
	for _, row := range rows {
		t.Run(row.where, func(t *testing.T) {
			t.Parallel()
			body, _ := r.query("select deviceId from devices where "+row.where, 10, "")
			var found []struct{ DeviceID string }
			if err := json.Unmarshal([]byte(body), &found); err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, f := range found {
				ids = append(ids, f.DeviceID)
			}
			if got := strings.Join(ids, " "); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestQueryResults(t *testing.T) {
	t.Parallel()
	r := queryRig(t)
	rows := []struct{ query, want string }{
		{"SELECT deviceid, tags.n FROM devices", `[{"deviceId":"a","n":1},{"deviceId":"b","n":10},{"deviceId":"c"}]`},
		{"SELECT tags.o AS x, tags.l AS y FROM devices WHERE deviceId = 'a'", `[{"x":{"p":"q"},"y":[1]}]`},
		{"SELECT tags.n AS [[my n]] FROM devices WHERE tags.n = 1", `[{"my n":1}]`},
		{"SELECT properties.desired.$version FROM devices WHERE deviceId = 'b'", `[{"$version":1}]`},
		{
			"SELECT properties.reported FROM devices WHERE deviceId = 'b'",
			`[{"reported":{"$metadata":{"$lastUpdated":"0001-01-01T00:00:00Z","$lastUpdatedVersion":1},"$version":1}}]`,
		},
		{"SELECT COUNT() AS n FROM devices", `[{"n":3}]`},
		{"select count() as n from devices where tags.n > 1", `[{"n":1}]`},
		{"SELECT COUNT() AS n FROM devices.modules", `[{"n":1}]`},
		{"SELECT moduleId, devices.modules.tags.n, capabilities FROM devices.modules", `[{"moduleId":"m","n":5}]`},
		{"SELECT * FROM devices WHERE tags.n = 0", `[]`},
	}
	for _, row := range rows {
		t.Run(row.query, func(t *testing.T) {
			t.Parallel()
			if got, _ := r.query(row.query, 10, ""); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// A twin is the same in a query as when it is read by itself.
func TestQueryTwinEqualsGet(t *testing.T) {
	t.Parallel()
	r := queryRig(t)
	body, _ := r.query("SELECT * FROM devices WHERE deviceId = 'c'", 10, "")
	if want := "[" + r.must(200, "GET", "/twins/c", "") + "]"; body != want {
		t.Errorf("got %s, want %s", body, want)
	}
	body, _ = r.query("SELECT * FROM devices.modules", 10, "")
	if want := "[" + r.must(200, "GET", "/twins/a/modules/m", "") + "]"; body != want {
		t.Errorf("got %s, want %s", body, want)
	}
}

func TestQueryRefused(t *testing.T) {
	t.Parallel()
	rows := []struct {
		query string
		want  string // text of the error
	}{
		{"", "BadRequest"},
		{"DELETE FROM devices", "BadRequest"},
		{"SELECT FROM devices", "BadRequest"},
		{"SELECT * devices", "BadRequest"},
		{"SELECT * FROM twins", "BadRequest"},
		{"SELECT * FROM devices.twins", "BadRequest"},
		{"SELECT * FROM devices d", "BadRequest"},
		{"SELECT * FROM devices ORDER BY deviceId", "BadRequest"},
		{"SELECT *, deviceId FROM devices", "BadRequest"},
		{"SELECT deviceId, FROM devices", "BadRequest"},
		{"SELECT nosuch FROM devices", "BadRequest"},
		{"SELECT * FROM devices WHERE", "BadRequest"},
		{"SELECT * FROM devices WHERE tag.a = 1", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a =", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a == 1", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a = 1 = 1", "BadRequest"},
		{"SELECT * FROM devices WHERE (tags.a = 1", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a = 'x", "BadRequest"},
		{`SELECT * FROM devices WHERE tags.a = '\x'`, "BadRequest"},
		{`SELECT * FROM devices WHERE tags.a = '\u12`, "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a = 12ab", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a = 1.2.3", "BadRequest"},
		{"SELECT * FROM devices WHERE tags..a = 1", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.[[]] = 1", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.[[a = 1", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a IN []", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a IN 'x'", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a IN [tags.b]", "BadRequest"},
		{"SELECT * FROM devices WHERE IS_DEFINED('a')", "BadRequest"},
		{"SELECT * FROM devices WHERE STARTS_WITH(deviceId, 'a')", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.a = 1; SELECT", "BadRequest"},
		{"SELECT LOWER(deviceId) FROM devices", "BadRequest"},
		{"SELECT TOP 5 * FROM devices", "not emulated: TOP"},
		{"SELECT status, COUNT() AS n FROM devices GROUP BY status", "not emulated: COUNT() next to other columns"},
		{"SELECT status FROM devices GROUP BY status", "not emulated: GROUP BY"},
		{"SELECT COUNT() FROM devices", "not emulated: COUNT() without an alias"},
		{"SELECT AVG(tags.n) AS x FROM devices", "not emulated: AVG()"},
		{"SELECT tags.n, properties.desired.n FROM devices", "not emulated: two columns named n"},
		{"SELECT * FROM devices.jobs", "not emulated: FROM devices.jobs"},
		{"SELECT * FROM devices WHERE STARTSWITH(deviceId, 'a')", "not emulated: STARTSWITH()"},
		{"SELECT * FROM devices WHERE array_contains(parentScopes, 'a')", "not emulated: ARRAY_CONTAINS()"},
		{"SELECT * FROM devices WHERE tags.n + 1 = 2", "not emulated: arithmetic in a query (names with such characters need [[...]])"},
		{"SELECT * FROM devices WHERE tags.a-b = 2", "not emulated: arithmetic in a query (names with such characters need [[...]])"},
		{"SELECT * FROM devices WHERE tags.l[0] = 2", "not emulated: array elements in a query"},
		{"SELECT * FROM devices WHERE tags.l = [1]", "not emulated: array constants outside IN and NIN"},
	}
	for _, row := range rows {
		t.Run(row.query, func(t *testing.T) {
			t.Parallel()
			_, err := parseQuery(row.query)
			if err == nil {
				t.Fatalf("got no error, want %q", row.want)
			}
			wantStatus := 400
			if strings.HasPrefix(row.want, "not emulated") {
				wantStatus = 501
			}
			if err.text != row.want || err.status != wantStatus {
				t.Errorf("got %d %q, want %d %q", err.status, err.text, wantStatus, row.want)
			}
		})
	}
}

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

func FuzzQueryParser(f *testing.F) {
	for _, seed := range []string{
		"SELECT * FROM devices", "select count() as n from devices.modules where not (tags.a = 'x' or tags.[[b c]] in [1,-2.5,null])",
		`SELECT deviceId, tags.x AS y FROM devices WHERE IS_DEFINED(properties.desired.$metadata.a) AND version >= 0x2 AND etag != "\u0041"`,
		"SELECT TOP 1 *", "((((", "SELECT * FROM devices WHERE 'a", "\x00", "SELECT * FROM devices WHERE NOT NOT NOT true",
	} {
		f.Add(seed)
	}
	w, _ := parseTwinWrite([]byte(`{"tags":{"a":"x","b":[1],"n":1.5},"properties":{"desired":{"a":{"b":null}}}}`))
	tw, _ := newTwin(1).patched(w, 2)
	r := &record{key: "d", deviceID: "d", status: "enabled", twin: tw}
	var rows index
	rows.put(r)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parseQuery(text)
		if err != nil {
			if !slices.Contains([]int{400, 412, 501}, err.status) {
				t.Fatalf("got status %d, want 400, 412 or 501", err.status)
			}
			return
		}
		rep, next := q.page(&rows, "", 10)
		if q.count != "" {
			rep = q.counted(&rows)
		}
		if !json.Valid(rep.body) || next != "" {
			t.Fatalf("got page %s and continuation %q, want JSON and none", rep.body, next)
		}
		selected := q.selects(r)
		if q.where != nil && selected {
			q.where = not{q.where}
			if q.selects(r) {
				t.Fatal("got a record selected by a condition and by its negation")
			}
		}
	})
}

func TestPageSizeIsCapped(t *testing.T) {
	t.Parallel()
	if got := pageSize("5000"); got != maxPage {
		t.Errorf("got %d, want %d", got, maxPage)
	}
}
