package emulator

import (
	"fmt"
	"strings"
	"testing"
)

func (r *rig) edgeDevice(id string) {
	r.Helper()
	r.must(200, "PUT", "/devices/"+id, fmt.Sprintf(`{"deviceId":%q,"capabilities":{"iotEdge":true}}`, id))
}

// deploy creates an edge deployment for all edge devices.
func (r *rig) deploy(id string, priority int, modules string) {
	r.Helper()
	r.put(id, "*", priority, `{"modulesContent":{`+modules+`}}`)
}

const baseAgent = `"$edgeAgent":{"properties.desired":{"runtime":{"type":"docker"},"modules":{}}}`

func TestDeployment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.edgeDevice("edge")
	r.device("leaf")
	r.must(200, "PATCH", "/twins/edge/modules/$edgeHub", `{"properties":{"desired":{"old":1}}}`)
	r.deploy("base", 1, baseAgent+`,"$edgeHub":{"properties.desired":{"routes":{"a":"x"}}},"filter":{"properties.desired.limit":3}`)

	r.wantTwin("edge", map[string]string{"configurations": "", "properties/desired/$version": "1"})
	r.wantTwin("edge/modules/$edgeAgent", map[string]string{
		"configurations": `{"base":{"status":"Applied"}}`, "properties/desired/runtime": `{"type":"docker"}`,
		"properties/desired/$version": "2", "properties/desired/$metadata/runtime/type/$lastUpdatedBy": `"base"`,
	})
	r.wantTwin("edge/modules/$edgeHub", map[string]string{
		"configurations": "", "properties/desired/routes": `{"a":"x"}`, "properties/desired/old": "",
	})
	r.wantTwin("edge/modules/filter", map[string]string{"properties/desired/limit": "3"})
	if got := at(t, r.must(200, "GET", "/devices/edge/modules/filter", ""), "managedBy"); got != `"iotEdge"` {
		t.Errorf("got managedBy %s, want iotEdge", got)
	}
	r.wantTwin("leaf", map[string]string{"configurations": ""})
}

func TestDeploymentMetrics(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"good", "bad", "old", "silent"} {
		r.edgeDevice(id)
	}
	r.device("leaf")
	for id, reported := range map[string]string{
		"good": `{"lastDesiredVersion":2,"lastDesiredStatus":{"code":200}}`,
		"bad":  `{"lastDesiredVersion":2,"lastDesiredStatus":{"code":412}}`,
		"old":  `{"lastDesiredVersion":1,"lastDesiredStatus":{"code":200}}`,
	} {
		if err := r.hub.Report(id, edgeAgent, []byte(reported)); err != nil {
			t.Fatal(err)
		}
	}
	r.deploy("base", 1, baseAgent)
	got := at(t, r.must(200, "GET", "/configurations/base", ""), "systemMetrics", "results")
	if want := `{"targetedCount":4,"appliedCount":4,"reportedSuccessfulCount":1,"reportedFailedCount":1}`; got != want {
		t.Errorf("got results %s, want %s", got, want)
	}
	queries := at(t, r.must(200, "GET", "/configurations/base", ""), "systemMetrics", "queries")
	if want := `"select deviceId from devices where capabilities.iotEdge = true"`; at(t, queries, "targetedCount") != want {
		t.Errorf("got queries %s, want targetedCount %s", queries, want)
	}
}

func TestLayeredDeployment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.edgeDevice("edge")
	agentLayer := func(module string) string {
		return fmt.Sprintf(`"$edgeAgent":{"properties.desired.modules.%s":{"type":"docker"}}`, module)
	}
	r.deploy("layer", 5, agentLayer("a"))
	r.wantTwin("edge/modules/$edgeAgent", map[string]string{
		"configurations": `{"layer":{"status":"Targeted"}}`, "properties/desired/modules": "", // no base yet
	})
	r.deploy("weak", 2, agentLayer("weak"))
	r.deploy("older", 1, baseAgent)
	r.deploy("base", 3, baseAgent+`,"$edgeHub":{"properties.desired":{"routes":{"a":"base","b":"base"}}}`)
	r.deploy("top", 6, `"$edgeAgent":{},"$edgeHub":{"properties.desired.routes.a":"top"},"a":{"properties.desired":{"x":1}}`)

	r.wantTwin("edge/modules/$edgeAgent", map[string]string{
		"configurations": `{"base":{"status":"Applied"},"layer":{"status":"Applied"},"older":{"status":"Targeted"},` +
			`"top":{"status":"Applied"},"weak":{"status":"Targeted"}}`,
		"properties/desired/modules":                                 `{"a":{"type":"docker"}}`,
		"properties/desired/$metadata/runtime/type/$lastUpdatedBy":   `"base"`,
		"properties/desired/$metadata/modules/a/type/$lastUpdatedBy": `"layer"`,
	})
	r.wantTwin("edge/modules/$edgeHub", map[string]string{"properties/desired/routes": `{"a":"top","b":"base"}`})
	r.wantTwin("edge/modules/a", map[string]string{"properties/desired/x": "1"})
}

// A deployment and a configuration of modules that write to the same module do not take turns.
func TestDeploymentWithModuleConfiguration(t *testing.T) {
	t.Parallel()
	r, clock := newClockRig(t)
	r.edgeDevice("edge")
	r.deploy("base", 1, baseAgent+`,"m":{"properties.desired":{"a":1,"b":1}}`)
	r.put("modules", "from devices.modules where moduleId = 'm'", 1, `{"moduleContent":{"properties.desired.b":2}}`)
	want := map[string]string{
		"properties/desired/a": "1", "properties/desired/b": "2", "properties/desired/$version": "3",
		"configurations": `{"modules":{"status":"Applied"}}`,
	}
	for range 3 {
		r.wantTwin("edge/modules/m", want)
		clock.advance(defaultConfigurationCycle)
	}
}

// A deployment that says all about a module takes away what somebody else adds, in the next cycle.
func TestDeploymentIsTheWhole(t *testing.T) {
	t.Parallel()
	for _, added := range []string{`{"b":1}`, `{"a":{"c":1}}`, `{"a":{"e":{"x":1}}}`} {
		r, clock := newClockRig(t)
		r.edgeDevice("edge")
		r.deploy("base", 1, baseAgent+`,"m":{"properties.desired":{"a":{"b":1,"e":{}}}}`)
		r.twin("edge/modules/m")
		r.must(200, "PATCH", "/twins/edge/modules/m", desiredBody(added))
		clock.advance(defaultConfigurationCycle)
		r.wantTwin("edge/modules/m", map[string]string{
			"properties/desired/a": `{"b":1,"e":{}}`, "properties/desired/b": "", "properties/desired/$version": "4",
		})
	}
}

func desiredBody(properties string) string { return `{"properties":{"desired":` + properties + `}}` }

// A deployment that names more modules than fit is not applied at all.
func TestDeploymentTooManyModules(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.edgeDevice("edge")
	r.must(200, "PUT", "/devices/edge/modules/mine", `{"deviceId":"edge","moduleId":"mine"}`)
	var modules strings.Builder
	for n := range maxModules - 1 {
		fmt.Fprintf(&modules, `,"m%d":{"properties.desired.x":1}`, n)
	}
	r.deploy("base", 1, baseAgent+modules.String())
	r.wantTwin("edge/modules/$edgeAgent", map[string]string{
		"configurations": `{"base":{"status":"Targeted"}}`, "properties/desired/runtime": "",
	})
	r.must(404, "GET", "/twins/edge/modules/m0", "")
}

func TestApplyContent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.edgeDevice("edge")
	r.device("leaf")
	good := `{"modulesContent":{` + baseAgent + `,"m":{"properties.desired":{"x":1}}}}`
	for _, row := range []struct {
		name, device, body string
		status             int
		want               string
	}{
		{"leaf", "leaf", good, 400, "ArgumentInvalid"},
		{"no device", "none", good, 404, "DeviceNotFound"},
		{"no agent", "edge", `{"modulesContent":{"m":{"properties.desired":{}}}}`, 400, "InvalidConfigurationContent"},
		{"device content", "edge", `{"deviceContent":{"properties.desired.x":1}}`, 400, "InvalidConfigurationContent"},
		{"nothing", "edge", `{}`, 400, "InvalidConfigurationContent"},
		{"no JSON", "edge", `{`, 400, "ArgumentInvalid"},
	} {
		w := r.ask("POST", "/devices/"+row.device+"/applyConfigurationContent", row.body)
		if got := w.Header().Get("iothub-errorcode"); w.Code != row.status || got != row.want {
			t.Errorf("%s: got %d %s, want %d %s; body %s", row.name, w.Code, got, row.status, row.want, w.Body)
		}
	}
	r.must(404, "GET", "/twins/edge/modules/m", "")
	r.must(204, "POST", "/devices/edge/applyConfigurationContent", good)
	r.wantTwin("edge/modules/m", map[string]string{
		"properties/desired/x": "1", "properties/desired/$metadata/x/$lastUpdatedBy": "", "configurations": "",
	})
	r.must(200, "PATCH", "/twins/edge/modules/m", `{"properties":{"desired":{"y":1}}}`)
	r.must(204, "POST", "/devices/edge/applyConfigurationContent", good)
	r.wantTwin("edge/modules/m", map[string]string{"properties/desired/y": ""})

	r.deploy("base", 1, baseAgent+`,"m":{"properties.desired":{"x":2}}`)
	r.wantTwin("edge/modules/m", map[string]string{"properties/desired/x": "2", "properties/desired/$metadata/x/$lastUpdatedBy": `"base"`})
}
