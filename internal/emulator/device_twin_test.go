package emulator

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDeviceTwin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.must(200, "PATCH", "/twins/d", `{"tags":{"secret":1},"properties":{"desired":{"a":{"b":1.0},"c":"x"}}}`)
	d := s.connect("d").subscribe(0, answers)

	d.publish(0, twinGet+"1", " ")
	d.want("$iothub/twin/res/200/?$rid=1", `{"desired":{"a":{"b":1.0},"c":"x","$version":2},"reported":{"$version":1}}`)
	d.publish(1, report+"2", `{"t":21,"gone":null}`)
	d.want("$iothub/twin/res/204/?$rid=2&$version=2", "")
	d.publish(1, report+"3&$version=2", `{"t":null,"u":[1]}`)
	d.want("$iothub/twin/res/204/?$rid=3&$version=3", "")
	d.publish(0, twinGet+"a%2Fb", "")
	d.want("$iothub/twin/res/200/?$rid=a%2Fb", `{"desired":{"a":{"b":1.0},"c":"x","$version":2},"reported":{"u":[1],"$version":3}}`)

	var twin struct {
		ETag       string
		Version    int
		Properties struct{ Reported map[string]any }
	}
	if err := json.Unmarshal([]byte(s.must(200, "GET", "/twins/d", "")), &twin); err != nil {
		t.Fatal(err)
	}
	if twin.ETag != twinETag(2) || twin.Version != 5 || twin.Properties.Reported["$version"] != 3.0 {
		t.Errorf("got %+v, want the etag of one service write, version 5 and reported version 3", twin)
	}
}

func TestReportedRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	d := s.connect("d").subscribe(1, answers)
	rows := []struct {
		name, topic, body string
		want              int
		text              string
	}{
		{"no JSON", report + "r", "{", 400, "JSON object"},
		{"no object", report + "r", "[1]", 400, "JSON object"},
		{"nothing", report + "r", "", 400, "JSON object"},
		{"null in an array", report + "r", `{"b":[null]}`, 400, "cannot be null"},
		{"name", report + "r", `{"a.b":1}`, 400, "must not contain"},
		{"own version", report + "r", `{"$version":4}`, 400, "must not contain"},
		{"string too long", report + "r", fmt.Sprintf(`{"a":%q}`, strings.Repeat("x", 4097)), 400, "4096 bytes"},
		{"section too long", report + "r", wide(9, 4000), 400, "maximum is 32768"},
		{"stale version", report + "r&$version=7", `{"a":1}`, 412, "$version"},
	}
	for _, row := range rows {
		d.publish(1, row.topic, row.body)
		topic, body := d.next()
		var e envelope2
		err := json.Unmarshal([]byte(body), &e)
		if err != nil || topic != fmt.Sprintf("$iothub/twin/res/%d/?$rid=r", row.want) ||
			e.ErrorCode/1000 != row.want || !strings.Contains(e.Message, row.text) || e.TrackingID == "" {
			t.Errorf("%s: got %s %s, want status %d with %q", row.name, topic, body, row.want, row.text)
		}
	}
	d.publish(0, twinGet+"1", "")
	d.want("$iothub/twin/res/200/?$rid=1", `{"desired":{"$version":1},"reported":{"$version":1}}`)
}

// wide is an object of n strings.
func wide(n, length int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`"k%d":%q`, i, strings.Repeat("x", length))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// Every way to write desired, in order, on one connection (FACTS §4.5).
func TestDesiredNotifications(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.module("d", "m")
	for _, client := range []struct{ id, path, bulk string }{
		{"d", "/twins/d", `"id":"d"`}, {"d/m", "/twins/d/modules/m", `"id":"d","moduleId":"m"`},
	} {
		d := s.connect(client.id).subscribe(1, desired)
		rows := []struct{ method, body, want string }{
			{"PATCH", `{"properties":{"desired":{"a":1,"b":2,"n":{"x":1,"y":2}}}}`, `{"a":1,"b":2,"n":{"x":1,"y":2}}`},
			{"PATCH", `{"properties":{"desired":{"a":1,"b":2}}}`, `{"a":1,"b":2}`}, // values are not compared
			{"PATCH", `{"tags":{"t":1}}`, ""},
			{"PATCH", `{"properties":{"desired":{"n":{"x":null,"z":[1]}}}}`, `{"n":{"z":[1],"x":null}}`},
			{"PATCH", `{"properties":{"desired":{"missing":null}}}`, `{}`},
			{"PUT", `{"properties":{"desired":{"a":1,"c":100,"n":{"y":2}}}}`, `{"a":1,"c":100,"n":{"y":2,"z":null},"b":null}`},
			{"POST", `[{` + client.bulk + `,"importMode":"updateTwin","properties":{"desired":{"c":5}}}]`, `{"c":5,"a":null,"n":null}`},
			{"PATCH", `{"properties":{"desired":null}}`, `{"c":null}`},
			{"PATCH", `{"properties":{"desired":{}}}`, `{}`},
		}
		version := 1
		for _, row := range rows {
			path := client.path
			if row.method == "POST" {
				path = "/devices"
			}
			s.must(200, row.method, path, row.body)
			if row.want == "" {
				continue
			}
			version++
			topic, body := d.next()
			var got, want map[string]any
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			if err := json.Unmarshal([]byte(row.want), &want); err != nil {
				t.Fatal(err)
			}
			want["$version"] = float64(version)
			if topic != fmt.Sprintf("$iothub/twin/PATCH/properties/desired/?$version=%d", version) {
				t.Errorf("%s %s: got topic %s, want version %d", row.method, row.body, topic, version)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", row.method, row.body, diff)
			}
		}
	}
}

func TestNoNotification(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("other")
	s.device("d")
	d := s.connect("d")
	s.must(200, "PATCH", "/twins/d", `{"properties":{"desired":{"early":1}}}`)
	d.subscribe(0, desired)
	s.must(200, "PATCH", "/twins/other", `{"properties":{"desired":{"not":"mine"}}}`)
	d.wantQuiet()
	d.wait("unsubscribe", d.client.Unsubscribe(desired))
	s.must(200, "PATCH", "/twins/d", `{"properties":{"desired":{"late":1}}}`)
	d.wantQuiet()
	d.wait("unsubscribe", d.client.Unsubscribe(answers))
	d.publish(1, twinGet+"1", "")
	d.publish(1, report+"2", `{"a":1}`)
	d.subscribe(0, answers)
	d.publish(1, twinGet+"3", "") // the answers to 1 and 2 are lost, the write is not
	d.want("$iothub/twin/res/200/?$rid=3", `{"desired":{"early":1,"late":1,"$version":3},"reported":{"a":1,"$version":2}}`)
}
