package emulator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The twin of a device that a configuration has just written, as recorded (FACTS §4.2, §6.3): one desired write, the
// author at the leaves only, the losers Targeted.
func TestConfigurationWritesTwin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.configure("lost", "*", 1, `"properties.desired.k":"lost"`)
	r.configure("won", "*", 2, `"properties.desired.k":"won","properties.desired.o":{"p":{"q":[1]},"e":{}}`)
	r.device("d")
	const stamp = `"$lastUpdated":"2026-03-01T12:00:00.1234567Z","$lastUpdatedVersion":2`
	digest := strings.Trim(at(t, r.twin("d"), "properties", "desired", "$metadata", "k", "$lastUpdatedByDigest"), `"`)
	leaf := `{` + stamp + `,"$lastUpdatedBy":"won","$lastUpdatedByDigest":"` + digest + `"}`
	r.wantTwin("d", map[string]string{
		"etag": `"AAAAAAAAAAI="`, "version": "3",
		"properties/desired": `{"k":"won","o":{"p":{"q":[1]},"e":{}},"$metadata":{` + stamp + `,"k":` + leaf +
			`,"o":{` + stamp + `,"p":{` + stamp + `,"q":` + leaf + `},"e":` + leaf + `}},"$version":2}`,
		"configurations": `{"lost":{"status":"Targeted"},"won":{"status":"Applied"}}`,
	})
	if len(digest) != 18 {
		t.Errorf("got digest %q, want 18 digits", digest)
	}
}

func TestConfigurationStatusIsQueried(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	r.device("e")
	r.configure("a-b", "deviceId = 'd'", 1, `"properties.desired.k":1`)
	for _, row := range []struct{ where, want string }{
		{"configurations.[[a-b]].status = 'Applied'", `[{"deviceId":"d"}]`},
		{"configurations.[[a-b]].status = 'Targeted'", `[]`},
		{"IS_DEFINED(configurations)", `[{"deviceId":"d"}]`},
		{"properties.desired.$metadata.k.$lastUpdatedBy = 'a-b'", `[{"deviceId":"d"}]`},
	} {
		if got, _ := r.query("SELECT deviceId FROM devices WHERE "+row.where, 10, ""); got != row.want {
			t.Errorf("%s: got %s, want %s", row.where, got, row.want)
		}
	}
}

func TestConfigurationPriority(t *testing.T) {
	t.Parallel()
	r, clock := newClockRig(t)
	r.device("d")
	r.configure("low", "*", 1, `"properties.desired.k":"low","properties.desired.low":1`)
	r.wantTwin("d", map[string]string{"configurations": `{"low":{"status":"Applied"}}`, "properties/desired/k": `"low"`})

	r.configure("same", "*", 1, `"properties.desired.k.deeper":1`) // created last
	r.wantTwin("d", map[string]string{
		"configurations":       `{"low":{"status":"Targeted"},"same":{"status":"Applied"}}`,
		"properties/desired/k": `{"deeper":1}`, "properties/desired/low": "1",
	})

	clock.advance(time.Second)
	update := `{"id":"low","targetCondition":"*","priority":2,"content":{"deviceContent":{"properties.desired.x":1}}}`
	r.with("If-Match", "*").must(200, "PUT", "/configurations/low", update)
	r.wantTwin("d", map[string]string{
		"configurations":       `{"low":{"status":"Applied"},"same":{"status":"Targeted"}}`,
		"properties/desired/k": `"low"`, "properties/desired/x": "",
		"properties/desired/$metadata/k/$lastUpdatedBy": `"low"`,
	})

	r.must(204, "DELETE", "/configurations/low", "")
	r.wantTwin("d", map[string]string{
		"configurations":       `{"same":{"status":"Applied"}}`,
		"properties/desired/k": `{"deeper":1}`, "properties/desired/low": "1", // what is not taken over stays
	})
}

// The same value is written once, whoever wrote it before, and never again.
func TestConfigurationWritesOnce(t *testing.T) {
	t.Parallel()
	r, clock := newClockRig(t)
	r.device("d")
	r.must(200, "PATCH", "/twins/d", `{"properties":{"desired":{"k":1,"mine":2}}}`)
	r.configure("c", "*", 0, `"properties.desired":{"k":1,"n":{"o":3}}`)
	wrote := map[string]string{
		"etag": `"AAAAAAAAAAM="`, "properties/desired/$version": "3", "properties/desired/mine": "2",
		"properties/desired/$metadata/k/$lastUpdatedBy": `"c"`, "properties/desired/$metadata/mine/$lastUpdatedBy": "",
	}
	r.wantTwin("d", wrote)
	for range 3 {
		clock.advance(time.Hour)
		r.wantTwin("d", wrote)
	}
	r.must(200, "PATCH", "/twins/d", `{"properties":{"desired":{"n":{"o":4}}}}`)
	r.wantTwin("d", map[string]string{"properties/desired/n": `{"o":4}`, "properties/desired/$metadata/n/o/$lastUpdatedBy": ""})
	clock.advance(5 * time.Minute)
	r.wantTwin("d", map[string]string{
		"properties/desired/n": `{"o":3}`, "properties/desired/$metadata/n/o/$lastUpdatedBy": `"c"`,
		"properties/desired/$version": "5", "properties/desired/$metadata/k/$lastUpdatedVersion": "3",
	})
}

func TestConfigurationCycle(t *testing.T) {
	t.Parallel()
	r, clock := newClockRig(t)
	r.device("d")
	r.configure("c", "tags.on = true", 0, `"properties.desired.k":1`)
	r.wantTwin("d", map[string]string{"configurations": ""})

	r.must(200, "PATCH", "/twins/d", `{"tags":{"on":true}}`)
	clock.advance(5*time.Minute - time.Second)
	r.wantTwin("d", map[string]string{"configurations": ""})
	clock.advance(time.Second)
	r.wantTwin("d", map[string]string{"configurations": `{"c":{"status":"Applied"}}`})

	// A new device does not wait for the cycle, its neighbours do.
	r.must(200, "PATCH", "/twins/d", `{"tags":{"on":false}}`)
	r.must(200, "POST", "/devices", `[{"id":"e","importMode":"create","tags":{"on":true}}]`)
	r.wantTwin("e", map[string]string{"configurations": `{"c":{"status":"Applied"}}`})
	r.wantTwin("d", map[string]string{"configurations": `{"c":{"status":"Applied"}}`})
	if got, want := at(t, r.must(200, "GET", "/configurations/c", ""), "systemMetrics", "results"), `{"targetedCount":1,"appliedCount":1}`; got != want {
		t.Errorf("got results %s, want those of the last cycle %s", got, want)
	}

	clock.advance(5 * time.Minute)
	r.wantTwin("d", map[string]string{"configurations": "", "properties/desired/k": "1"}) // the content stays
}

func TestConfigurationCycleOption(t *testing.T) {
	t.Parallel()
	c := &handClock{noon}
	r := openRig(t, Options{Now: c.Now, ConfigurationCycle: time.Second})
	r.device("d")
	r.configure("c", "tags.on = true", 0, `"properties.desired.k":1`)
	r.twin("d")
	r.must(200, "PATCH", "/twins/d", `{"tags":{"on":true}}`)
	c.advance(time.Second)
	r.hub.Tick()
	if got := r.hub.store.find("d", "").twin.desired.version; got != 2 {
		t.Errorf("after a tick: got $version %d, want 2", got)
	}
}

func TestModuleConfiguration(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	r.put("c", "from devices.modules where moduleId = 'a' AND properties.reported.x > 1", 0, `{"moduleContent":{"properties.desired.k":1}}`)
	for _, id := range []string{"a", "b"} {
		r.must(200, "PUT", "/devices/d/modules/"+id, fmt.Sprintf(`{"deviceId":"d","moduleId":%q}`, id))
		if err := r.hub.Report("d", id, []byte(`{"x":2}`)); err != nil {
			t.Fatal(err)
		}
	}
	r.wantTwin("d/modules/a", map[string]string{"configurations": `{"c":{"status":"Applied"}}`, "properties/desired/k": "1"})
	r.wantTwin("d/modules/b", map[string]string{"configurations": "", "properties/desired/k": ""})
	r.wantTwin("d", map[string]string{"configurations": ""})
	r.must(200, "PUT", "/configurations/d", `{"id":"d","content":{"deviceContent":{"properties.desired.k":1}}}`) // counts anew
	got := r.must(200, "GET", "/configurations/c", "")
	want := `{"results":{"targetedCount":1,"appliedCount":1},"queries":{` +
		`"targetedCount":"select deviceId, moduleId from devices.modules where moduleId = 'a' AND properties.reported.x > 1",` +
		`"appliedCount":"select deviceId, moduleId from devices.modules where configurations.[[c]].status = 'Applied'"}}`
	if got := at(t, got, "systemMetrics"); got != want {
		t.Errorf("got metrics %s, want %s", got, want)
	}
}

func TestCustomMetrics(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bulkFleet(25)
	for name, row := range map[string]struct {
		query string
		want  string
	}{
		"rows":    {"SELECT deviceId FROM devices WHERE tags.site = 's1'", "3"},
		"top":     {"SELECT TOP 4 * FROM devices", "4"},
		"count":   {"SELECT COUNT() AS n FROM devices", "1"},
		"groups":  {"SELECT tags.site, COUNT() AS n FROM devices GROUP BY tags.site", "10"},
		"applied": {"SELECT deviceId FROM devices WHERE configurations.applied.status = 'Applied'", "25"},
	} {
		body := fmt.Sprintf(`{"id":%q,"targetCondition":"*","content":{"deviceContent":{"properties.desired.%s":1}},"metrics":{"queries":{"m":%q}}}`, name, name, row.query)
		r.must(200, "PUT", "/configurations/"+name, body)
		if got := at(t, r.must(200, "GET", "/configurations/"+name, ""), "metrics", "results", "m"); got != row.want {
			t.Errorf("%s: got %s, want %s", name, got, row.want)
		}
	}
}

// What does not fit into a twin is left out, and what is weaker but fits is written.
func TestConfigurationTooLarge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	large := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"p%d":%q`, i, strings.Repeat("x", 4000))
		}
		return b.String()[1:]
	}
	r.configure("fits", "*", 3, `"properties.desired.a":{`+large(5)+`}`)
	r.configure("not", "*", 2, `"properties.desired.b":{`+large(5)+`}`)
	r.configure("small", "*", 1, `"properties.desired.c":1`)
	r.wantTwin("d", map[string]string{
		"configurations":         `{"fits":{"status":"Applied"},"not":{"status":"Targeted"},"small":{"status":"Applied"}}`,
		"properties/desired/b":   "",
		"properties/desired/c":   "1",
		"properties/desired/a/x": "",
	})
	if got := at(t, r.must(200, "GET", "/configurations/not", ""), "systemMetrics", "results"); got != `{"targetedCount":1,"appliedCount":0}` {
		t.Errorf("got results %s, want one targeted, none applied", got)
	}
}
