package emulator

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// handClock is a hub clock that a test moves between requests.
type handClock struct{ now time.Time }

func (c *handClock) Now() time.Time { return c.now }

func (c *handClock) advance(d time.Duration) { c.now = c.now.Add(d) }

func newClockRig(tb testing.TB) (*rig, *handClock) {
	tb.Helper()
	c := &handClock{noon}
	return openRig(tb, Options{Now: c.Now}), c
}

// configure creates a configuration of devices; content is what follows properties.desired.
func (r *rig) configure(id, condition string, priority int, content string) {
	r.Helper()
	r.put(id, condition, priority, `{"deviceContent":{`+content+`}}`)
}

func (r *rig) put(id, condition string, priority int, content string) {
	r.Helper()
	r.must(200, "PUT", "/configurations/"+id, fmt.Sprintf(
		`{"id":%q,"targetCondition":%q,"priority":%d,"content":%s}`, id, condition, priority, content))
}

// at returns the JSON at a path below a document, "" when there is none.
func at(t testing.TB, body string, path ...string) string {
	t.Helper()
	raw := json.RawMessage(body)
	for _, name := range path {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return ""
		}
		raw = members[name]
	}
	return string(raw)
}

func (r *rig) twin(path string) string {
	r.Helper()
	return r.must(200, "GET", "/twins/"+path, "")
}

// wantTwin compares parts of a twin by slash-separated paths.
func (r *rig) wantTwin(id string, want map[string]string) {
	r.Helper()
	body := r.twin(id)
	got := map[string]string{}
	for path := range want {
		got[path] = at(r, body, strings.Split(path, "/")...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("twin %s (-want +got):\n%s\nbody %s", id, diff, body)
	}
}

func TestConfigurationAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	w := r.ask("PUT", "/configurations/c1", `{"id":"c1","labels":{"a":"b"},"targetCondition":"*","priority":3,`+
		`"content":{"deviceContent":{"properties.desired.k":"v"}},"metrics":{"queries":{"m":"SELECT deviceId FROM devices"}}}`)
	want := `{"id":"c1","schemaVersion":null,"labels":{"a":"b"},"content":{"deviceContent":{"properties.desired.k":"v"}},` +
		`"targetCondition":"*","createdTimeUtc":"2026-03-01T12:00:00.1234567Z","lastUpdatedTimeUtc":"2026-03-01T12:00:00.1234567Z",` +
		`"priority":3,"systemMetrics":{"results":{},"queries":{"targetedCount":"select deviceId from devices",` +
		`"appliedCount":"select deviceId from devices where configurations.[[c1]].status = 'Applied'"}},` +
		`"metrics":{"results":{},"queries":{"m":"SELECT deviceId FROM devices"}},"etag":"MQ=="}`
	if diff := cmp.Diff(want, w.Body.String()); diff != "" || w.Code != 200 {
		t.Errorf("status %d, body (-want +got):\n%s", w.Code, diff)
	}
	evaluated := strings.ReplaceAll(want, `"systemMetrics":{"results":{}`, `"systemMetrics":{"results":{"targetedCount":0,"appliedCount":0}`)
	evaluated = strings.ReplaceAll(evaluated, `"metrics":{"results":{},"queries":{"m"`, `"metrics":{"results":{"m":0},"queries":{"m"`)
	if diff := cmp.Diff("["+evaluated+"]", r.must(200, "GET", "/configurations?api-version=2021-04-12&top=0", "")); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestConfigurationPreconditions(t *testing.T) {
	t.Parallel()
	body := `{"id":"c","content":{"deviceContent":{"properties.desired.k":1}}}`
	for _, row := range []struct {
		name, method, match string
		status              int
		errorName           string
	}{
		{"create again", "PUT", "", 409, "ConfigurationAlreadyExists"},
		{"create again with empty quotes", "PUT", `""`, 409, "ConfigurationAlreadyExists"},
		{"update with an unquoted etag", "PUT", "MQ==", 409, "ConfigurationAlreadyExists"},
		{"update", "PUT", `"MQ=="`, 200, ""},
		{"update any", "PUT", "*", 200, ""},
		{"update any, quoted", "PUT", `"*"`, 200, ""},
		{"stale update", "PUT", `"Mg=="`, 412, "PreconditionFailed"},
		{"delete", "DELETE", "", 204, ""},
		{"delete any", "DELETE", "*", 204, ""},
		{"delete with etag", "DELETE", `"MQ=="`, 204, ""},
		{"stale delete", "DELETE", `"Mg=="`, 412, "PreconditionFailed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.must(200, "PUT", "/configurations/c", body)
			w := r.with("If-Match", row.match).ask(row.method, "/configurations/c", body)
			if got := w.Header().Get("iothub-errorcode"); w.Code != row.status || got != row.errorName {
				t.Errorf("got %d %s, want %d %s; body %s", w.Code, got, row.status, row.errorName, w.Body)
			}
		})
	}
}

func TestConfigurationMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		w := r.with("If-Match", "*").ask(method, "/configurations/none", `{"id":"none","content":{"deviceContent":{"properties.desired.k":1}}}`)
		if got := w.Header().Get("iothub-errorcode"); w.Code != 404 || got != "ConfigurationNotFound" {
			t.Errorf("%s: got %d %s, want 404 ConfigurationNotFound", method, w.Code, got)
		}
	}
}

func TestConfigurationUpdate(t *testing.T) {
	t.Parallel()
	r, clock := newClockRig(t)
	made := r.must(200, "PUT", "/configurations/c", `{"id":"c","schemaVersion":"1.0","labels":{"a":"b"},"priority":5,"targetCondition":"tags.x = 1",`+
		`"content":{"deviceContent":{"properties.desired.k":1}},"metrics":{"queries":{"m":"SELECT deviceId FROM devices"}}}`)
	clock.advance(time.Minute)
	whole := r.with("If-Match", "*").must(200, "PUT", "/configurations/c", made)
	if got, want := at(t, whole, "etag"), `"Mg=="`; got != want {
		t.Errorf("after a PUT of what was read: got etag %s, want %s", got, want)
	}
	got := r.with("If-Match", `"Mg=="`).must(200, "PUT", "/configurations/c", `{"id":"c","content":{"deviceContent":{"properties.desired.k":2}}}`)
	want := map[string]string{
		"schemaVersion": "null", "labels": "null", "priority": "0", "targetCondition": `""`,
		"content": `{"deviceContent":{"properties.desired.k":1}}`, "metrics": `{"results":{},"queries":{}}`,
		"createdTimeUtc": at(t, made, "createdTimeUtc"), "lastUpdatedTimeUtc": `"2026-03-01T12:01:00.1234567Z"`,
	}
	for name, value := range want {
		if got := at(t, got, name); got != value {
			t.Errorf("got %s = %s, want %s", name, got, value)
		}
	}
}

func TestConfigurationRefused(t *testing.T) {
	t.Parallel()
	const (
		badContent   = "InvalidConfigurationContent"
		badCondition = "InvalidConfigurationTargetCondition"
		badMetric    = "InvalidConfigurationCustomMetricsQuery"
		badArgument  = "ArgumentInvalid"
		good         = `{"deviceContent":{"properties.desired.k":1}}`
		agent        = `"$edgeAgent":{"properties.desired":{"a":1}}`
	)
	content := func(c string) string { return `"content":` + c }
	condition := func(text, c string) string { return fmt.Sprintf(`"targetCondition":%q,"content":%s`, text, c) }
	for _, row := range []struct{ name, id, members, want string }{
		{"upper case", "Conf", content(good), badArgument},
		{"point", "a.b", content(good), badArgument},
		{"too long", strings.Repeat("a", 129), content(good), badArgument},
		{"no content", "c", `"priority":1`, badContent},
		{"null content", "c", content("null"), badContent},
		{"no kind", "c", content(`{"other":{}}`), badContent},
		{"two kinds", "c", content(`{"deviceContent":{"properties.desired.k":1},"moduleContent":{"properties.desired.k":1}}`), badContent},
		{"tags", "c", content(`{"deviceContent":{"tags.x":1}}`), badContent},
		{"reported", "c", content(`{"deviceContent":{"properties.reported.x":1}}`), badContent},
		{"empty step", "c", content(`{"deviceContent":{"properties.desired.":1}}`), badContent},
		{"reserved step", "c", content(`{"deviceContent":{"properties.desired.$version":1}}`), badContent},
		{"whole is no object", "c", content(`{"deviceContent":{"properties.desired":1}}`), badContent},
		{"null", "c", content(`{"deviceContent":{"properties.desired.k":null}}`), badContent},
		{"null inside", "c", content(`{"deviceContent":{"properties.desired":{"k":{"l":null}}}}`), badContent},
		{"overlap", "c", content(`{"deviceContent":{"properties.desired.k":1,"properties.desired.k.l":2}}`), badContent},
		{"empty", "c", content(`{"deviceContent":{}}`), badContent},
		{"no object", "c", content(`{"deviceContent":1}`), badContent},
		{"no agent", "c", content(`{"modulesContent":{"m":{"properties.desired":{}}}}`), badContent},
		{"system module", "c", content(`{"modulesContent":{` + agent + `,"$other":{"properties.desired":{}}}}`), badContent},
		{"module is no object", "c", content(`{"modulesContent":{` + agent + `,"m":1}}`), badContent},
		{"bad condition", "c", condition("tags.x =", good), badCondition},
		{"desired in a condition", "c", condition("properties.desired.x = 1", good), badCondition},
		{"module condition for devices", "c", condition("from devices.modules where tags.x = 1", good), badCondition},
		{"device condition for modules", "c", condition("tags.x = 1", `{"moduleContent":{"properties.desired.k":1}}`), badCondition},
		{"star for modules", "c", condition("*", `{"moduleContent":{"properties.desired.k":1}}`), badCondition},
		{"bad metric", "c", content(good) + `,"metrics":{"queries":{"m":"SELEC"}}`, badMetric},
		{"six metrics", "c", content(good) + `,"metrics":{"queries":{` + `"0":"SELECT * FROM devices",` +
			`"1":"SELECT * FROM devices","2":"SELECT * FROM devices","3":"SELECT * FROM devices","4":"SELECT * FROM devices","5":"SELECT * FROM devices"}}`, badMetric},
		{"negative priority", "c", content(good) + `,"priority":-1`, badArgument},
		{"broken priority", "c", content(good) + `,"priority":1.5`, badArgument},
		{"label is no string", "c", content(good) + `,"labels":{"a":1}`, badArgument},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			w := r.ask("PUT", "/configurations/"+row.id, fmt.Sprintf(`{"id":%q,%s}`, row.id, row.members))
			if got := w.Header().Get("iothub-errorcode"); w.Code != 400 || got != row.want {
				t.Errorf("got %d %s, want 400 %s; body %s", w.Code, got, row.want, w.Body)
			}
		})
	}
}

func TestConfigurationLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for n := range maxConfigurations {
		r.configure(fmt.Sprintf("c%d", n), "*", 0, `"properties.desired.k":1`)
	}
	w := r.ask("PUT", "/configurations/more", `{"id":"more","content":{"deviceContent":{"properties.desired.k":1}}}`)
	if got := w.Header().Get("iothub-errorcode"); w.Code != 413 || got != "ConfigurationCountLimitExceeded" {
		t.Errorf("got %d %s, want 413 ConfigurationCountLimitExceeded", w.Code, got)
	}
}

func TestTestQueries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, row := range []struct {
		name, body string
		target     bool
		metrics    int
	}{
		{"fine", `{"targetCondition":"tags.a = 1","customMetricQueries":{"m":"SELECT deviceId FROM devices"}}`, false, 0},
		{"modules", `{"targetCondition":"from devices.modules where tags.a = 1"}`, false, 0},
		{"star", `{"targetCondition":"*"}`, true, 0},
		{"bad condition", `{"targetCondition":"tags.a ="}`, true, 0},
		{"bad metrics", `{"customMetricQueries":{"m":"SELEC","n":"","o":"SELECT * FROM devices"}}`, false, 2},
	} {
		var got struct {
			TargetConditionError    *string
			CustomMetricQueryErrors map[string]string
		}
		body := r.must(200, "POST", "/configurations/testQueries", row.body)
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.TargetConditionError == nil {
			t.Fatalf("%s: got %s, want both members", row.name, body)
		}
		if (*got.TargetConditionError != "") != row.target || len(got.CustomMetricQueryErrors) != row.metrics {
			t.Errorf("%s: got %s, want error in target %v and %d in metrics", row.name, body, row.target, row.metrics)
		}
	}
}
