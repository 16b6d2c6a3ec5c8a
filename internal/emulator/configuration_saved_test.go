package emulator

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// seedConfigurations makes one configuration of each kind, one more that goes again, and devices for them.
func seedConfigurations(r *rig) {
	r.Helper()
	r.edgeDevice("edge")
	r.device("d")
	r.must(200, "PUT", "/configurations/devices", `{"id":"devices","schemaVersion":"1.0","labels":{"b":"1","a":"<2>"},"priority":7,"targetCondition":"*",`+
		`"content":{"deviceContent":{"properties.desired.k":{"l":[1.0,{"m":"x"}],"e":{}},"properties.desired.n":2}},`+
		`"metrics":{"queries":{"z":"SELECT deviceId FROM devices","a":"SELECT * FROM devices.modules"}}}`)
	r.put("modules", "from devices.modules where moduleId = '$edgeHub'", 1, `{"moduleContent":{"properties.desired.x":1}}`)
	r.deploy("base", 1, baseAgent+`,"m":{"properties.desired":{"y":1}}`)
	r.configure("gone", "*", 9, `"properties.desired.gone":1`)
	r.must(204, "DELETE", "/configurations/gone", "")
}

// configured is everything that clients see of configurations.
func configured(r *rig) string {
	r.Helper()
	all := r.must(200, "GET", "/configurations", "")
	for _, id := range []string{"d", "edge", "edge/modules/$edgeAgent", "edge/modules/$edgeHub", "edge/modules/m"} {
		all += "\n" + r.twin(id)
	}
	return all
}

func TestConfigurationsSurvive(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	r := openRig(t, Options{DataDir: dir, Now: func() time.Time { return noon }})
	seedConfigurations(r)
	want := configured(r)
	for _, part := range []string{`"$lastUpdatedBy":"devices"`, `{"base":{"status":"Applied"}}`, `"results":{"z":2,"a":3}`} {
		if !strings.Contains(want, part) {
			t.Fatalf("got %s, want it to contain %s", want, part)
		}
	}
	if got := configured(crashed(t, dir, nil)); got != want {
		t.Errorf("from the journal: got %s\nwant %s", got, want)
	}
	if err := r.hub.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := configured(crashed(t, dir, nil)); got != want {
		t.Errorf("from the snapshot: got %s\nwant %s", got, want)
	}
	r.must(204, "DELETE", "/configurations/devices", "")
	again := crashed(t, dir, nil)
	again.must(404, "GET", "/configurations/devices", "")
	again.wantTwin("d", map[string]string{"configurations": "", "properties/desired/n": "2"})
}

// A snapshot that cannot be evaluated any more says so instead of losing a configuration.
func TestConfigurationDamaged(t *testing.T) {
	t.Parallel()
	for _, saved := range []savedConfiguration{
		{ID: "a", Content: []byte(`{"deviceContent":{"properties.desired.k":1}}`), Condition: "tags.x ="},
		{ID: "b", Content: []byte(`{"deviceContent":{"tags.k":1}}`)},
		{ID: "c", Content: []byte(`{"deviceContent":{"properties.desired.k":1}}`), Labels: []byte("1")},
	} {
		if _, err := saved.restore(); err == nil || !strings.HasPrefix(err.Error(), "configuration "+saved.ID+": ") {
			t.Errorf("%s: got error %v, want one that names the configuration", saved.ID, err)
		}
	}
}

// A value that a configuration wrote keeps its author, whatever the order of members and stamps.
func TestStampsKeepAuthors(t *testing.T) {
	t.Parallel()
	by := &author{"c", 637612875243436232}
	tree, err := parseTree([]byte(`{"a":1,"b":{},"c":{"d":[{"e":1}]},"f":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, written := range []node{tree, authored(tree, by), merge(authored(tree, by), tree, stamp{5, 6})} {
		values, stamps := written.append(nil), written.appendStamps(nil)
		s := savedSection{Version: 3, Values: values, Stamps: stamps}
		restored, err := s.restore()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(restored.root.appendMetadata(nil)), string(written.appendMetadata(nil)); got != want {
			t.Errorf("got metadata %s, want %s", got, want)
		}
	}
	for _, stamps := range []string{`[1]`, `[1,2,{"by":1}]`, `[1,2,{},{}]`, `[1,2,[1,2]]`} {
		if _, err := (savedSection{Values: []byte(`{}`), Stamps: []byte(stamps)}).restore(); err == nil {
			t.Errorf("%s: got no error", stamps)
		}
	}
}
