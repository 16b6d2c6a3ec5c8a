package emulator

import (
	"encoding/json"
	"strings"
	"testing"
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
		{"SELECT properties FROM devices.modules", `[{"properties":{"desired":{"$metadata":{"$lastUpdated":"2026-03-01T12:00:00.1234567Z","$lastUpdatedVersion":1},` +
			`"$version":1},"reported":{"$metadata":{"$lastUpdated":"2026-03-01T12:00:00.1234567Z","$lastUpdatedVersion":1},"$version":1}}}]`},
		{
			"SELECT x509Thumbprint, x509thumbprint.primarythumbprint AS p, capabilities, tags FROM devices WHERE deviceId = 'c'",
			`[{"x509Thumbprint":{"PrimaryThumbprint":null,"SecondaryThumbprint":null},"p":null,"capabilities":{"iotEdge":false}}]`,
		},
		{
			"SELECT properties.desired.$metadata.u AS m FROM devices WHERE deviceId = 'a'",
			`[{"m":{"$lastUpdated":"0001-01-01T00:00:00Z","$lastUpdatedVersion":1}}]`,
		},
		{
			"SELECT etag, version, cloudToDeviceMessageCount AS c, authenticationType, statusReason, connectionState FROM devices WHERE deviceId = 'c'",
			`[{"etag":"AAAAAAAAAAE=","version":2,"c":0,"authenticationType":"sas","statusReason":"why","connectionState":"Disconnected"}]`,
		},
		{"SELECT TOP 2 deviceId FROM devices", `[{"deviceId":"a"},{"deviceId":"b"}]`},
		{"SELECT tags.on, COUNT() AS n FROM devices GROUP BY tags.on", `[{"n":2},{"on":true,"n":1}]`},
		{"SELECT status AS s, COUNT() AS n FROM devices GROUP BY status", `[{"s":"disabled","n":1},{"s":"enabled","n":2}]`},
		{"SELECT tags.o AS o FROM devices WHERE IS_DEFINED(tags.o) GROUP BY tags.o", `[{"o":{"p":"q"}}]`},
		{"SELECT AVG(tags.n) AS a, SUM(tags.n) AS s, MIN(tags.f) AS i, MAX(tags.n) AS x FROM devices", `[{"a":5.5,"s":11,"i":1.5,"x":10}]`},
		{"SELECT deviceId FROM devices WHERE tags.n + 1 = 2 AND STARTSWITH(deviceId, 'a')", `[{"deviceId":"a"}]`},
		{"SELECT deviceId FROM devices WHERE ARRAY_CONTAINS(tags.l, 1)", `[{"deviceId":"a"}]`},
		{"SELECT * FROM devices.jobs WHERE devices.jobs.deviceId = 'a'", `[]`},
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
	r := newRig(t)
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
		{"SELECT COUNT() FROM devices", "not emulated: COUNT() without an alias"},
		{"SELECT tags.n, properties.desired.n FROM devices", "not emulated: two columns named n"},
		{"SELECT * FROM devices WHERE tags.a-b = 2", "BadRequest"},
		{"SELECT * FROM devices WHERE tags.l[0] = 2", "not emulated: array elements in a query"},
	}
	for _, row := range rows {
		t.Run(row.query, func(t *testing.T) {
			t.Parallel()
			body, err := json.Marshal(map[string]string{"query": row.query})
			if err != nil {
				t.Fatal(err)
			}
			w := r.ask("POST", "/devices/query", string(body))
			wantStatus, wantName := 400, "ArgumentInvalid"
			if strings.HasPrefix(row.want, "not emulated") {
				wantStatus, wantName = 501, "NotEmulated"
			}
			var got envelope1
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if want := "ErrorCode:" + wantName + ";" + row.want; got.Message != want || w.Code != wantStatus {
				t.Errorf("got %d %q, want %d %q", w.Code, got.Message, wantStatus, want)
			}
		})
	}
}
