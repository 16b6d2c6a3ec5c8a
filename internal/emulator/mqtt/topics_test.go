package mqtt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFilter(t *testing.T) {
	t.Parallel()
	device, module, odd := Identity{DeviceID: "d"}, Identity{"d", "m"}, Identity{DeviceID: "a@b%"}
	rows := []struct {
		name   string
		id     Identity
		filter string
		want   Channel // 0 for refused
		prefix string  // when it is not the filter without its #
	}{
		{"answers", device, "$iothub/twin/res/#", Answers, ""},
		{"desired", module, "$iothub/twin/PATCH/properties/desired/#", Desired, ""},
		{"methods", device, "$iothub/methods/POST/#", Methods, ""},
		{"commands", device, "devices/d/messages/devicebound/#", Commands, ""},
		{"commands, id encoded", odd, "devices/a%40b%25/messages/devicebound/#", Commands, ""},
		{"commands, id as it is", odd, "devices/a@b%/messages/devicebound/#", Commands, ""},
		{"all of a module", module, "devices/d/modules/m/#", Inputs, ""},
		{"inputs", module, "devices/d/modules/m/inputs/#", Inputs, ""},

		{"no wildcard", device, "$iothub/twin/res/", 0, ""},
		{"narrower", device, "$iothub/twin/res/200/#", 0, ""},
		{"wildcard in the middle", device, "devices/+/messages/devicebound/#", 0, ""},
		{"everything", device, "#", 0, ""},
		{"another device", device, "devices/dd/messages/devicebound/#", 0, ""},
		{"commands of a module", module, "devices/d/modules/m/messages/devicebound/#", 0, ""},
		{"a module's device", module, "devices/d/messages/devicebound/#", 0, ""},
		{"all of a device", device, "devices/d/#", 0, ""},
		{"a module of the device", device, "devices/d/modules/m/#", 0, ""},
		{"events", device, "devices/d/messages/events/#", 0, ""},
		{"credentials", device, "$iothub/credentials/#", 0, ""},
		{"empty", device, "", 0, ""},
	}
	for _, row := range rows {
		channel, prefix, err := parseFilter(row.id, row.filter)
		if channel != row.want || (err == nil) != (row.want != 0) {
			t.Errorf("%s: got channel %d and error %v, want %d", row.name, channel, err, row.want)
		}
		if want := strings.TrimSuffix(row.filter, "#"); err == nil && prefix != want {
			t.Errorf("%s: got prefix %s, want %s", row.name, prefix, want)
		}
	}
}

func TestParsePublication(t *testing.T) {
	t.Parallel()
	device, module := Identity{DeviceID: "d"}, Identity{"d", "m"}
	rows := []struct {
		name  string
		id    Identity
		topic string
		want  publication
		err   error
	}{
		{"get", device, "$iothub/twin/GET/?$rid=0", publication{verb: publishTwinGet, rid: "0", version: -1}, nil},
		{"get, other members", device, "$iothub/twin/GET/?a=b&$rid=a%26b", publication{verb: publishTwinGet, rid: "a%26b", version: -1}, nil},
		{"reported", module, "$iothub/twin/PATCH/properties/reported/?$rid=1", publication{verb: publishReported, rid: "1", version: -1}, nil},
		{"reported at a version", device, "$iothub/twin/PATCH/properties/reported/?$rid=1&$version=12", publication{verb: publishReported, rid: "1", version: 12}, nil},
		{"method", device, "$iothub/methods/res/-2/?$rid=x", publication{verb: publishMethodAnswer, rid: "x", status: -2, version: -1}, nil},
		{"telemetry", device, "devices/d/messages/events/", publication{verb: publishTelemetry}, nil},
		{"telemetry without a slash", device, "devices/d/messages/events", publication{verb: publishTelemetry}, nil},
		{"telemetry, id encoded", Identity{DeviceID: "a b"}, "devices/a%20b/messages/events/", publication{verb: publishTelemetry}, nil},
		{"telemetry of a module", module, "devices/d/modules/m/messages/events/a=b%2Fc&n&e=", publication{
			verb: publishTelemetry, properties: []Property{{Name: "a", Value: "b/c"}, {Name: "n", Null: true}, {Name: "e"}},
		}, nil},

		{"no rid", device, "$iothub/twin/GET/?$version=1", publication{}, errRequest},
		{"empty rid", device, "$iothub/twin/GET/?$rid=", publication{}, errRequest},
		{"no query", device, "$iothub/twin/GET/", publication{}, errRequest},
		{"bad version", device, "$iothub/twin/PATCH/properties/reported/?$rid=1&$version=-1", publication{}, errRequest},
		{"bad status", device, "$iothub/methods/res/ok/?$rid=x", publication{}, errRequest},
		{"no status", device, "$iothub/methods/res/?$rid=x", publication{}, errRequest},
		{"another device", device, "devices/e/messages/events/", publication{}, errTopic},
		{"longer name", device, "devices/d/messages/eventsx", publication{}, errTopic},
		{"a module of the device", device, "devices/d/modules/m/messages/events/", publication{}, errTopic},
		{"device of the module", module, "devices/d/messages/events/", publication{}, errTopic},
		{"bag", device, "devices/d/messages/events/a=%2", publication{}, errBag},
		{"nothing of the hub's", device, "hello", publication{}, errTopic},
	}
	for _, row := range rows {
		got, err := parsePublication(row.id, row.topic)
		if err != row.err { //nolint:errorlint // the sentinel itself
			t.Errorf("%s: got error %v, want %v", row.name, err, row.err)
		}
		if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(publication{})); err == nil && diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

func TestParseLogin(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, clientID, userName string
		want                     Login // zero for refused
	}{
		{"device", "d", "h/d/?api-version=v&DeviceClientType=x%2F1;y", Login{Identity: Identity{DeviceID: "d"}, HostName: "h", APIVersion: "v"}},
		{"module", "d/m", "h:8883/d/m/?model-id=dtmi%3Ax%3B1&api-version=v", Login{Identity: Identity{"d", "m"}, HostName: "h:8883", APIVersion: "v", ModelID: "dtmi:x;1"}},
		{"older form", "d", "h/d/api-version=v", Login{Identity: Identity{DeviceID: "d"}, HostName: "h", APIVersion: "v"}},
		{"question mark in an id", "?d", "h/?d/?api-version=v", Login{Identity: Identity{DeviceID: "?d"}, HostName: "h", APIVersion: "v"}},
		{"slash in the rest", "d", "h/d/?api-version=v&DeviceClientType=a/b", Login{Identity: Identity{DeviceID: "d"}, HostName: "h", APIVersion: "v"}},
		{"three ids", "d/m/x", "h/d/m/x/?api-version=v", Login{}},
		{"empty module", "d/", "h/d//?api-version=v", Login{}},
		{"empty device", "/m", "h//m/?api-version=v", Login{}},
		{"no version", "d", "h/d/?x=y", Login{}},
		{"no query", "d", "h/d", Login{}},
		{"no host", "d", "/d/?api-version=v", Login{}},
		{"another device", "d", "h/e/?api-version=v", Login{}},
		{"encoded", "a b", "h/a%20b/?api-version=v", Login{}}, // ids are not encoded here (FACTS §11.1)
	}
	for _, row := range rows {
		got, ok := parseLogin(row.clientID, row.userName)
		if ok != (row.want.HostName != "") {
			t.Errorf("%s: got accepted %v", row.name, ok)
		}
		if diff := cmp.Diff(row.want, got); ok && diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// A bag survives being written and read, and never breaks out of its topic.
func FuzzBag(f *testing.F) {
	f.Add("name", "value", false)
	f.Add("$.mid", "a/b?c&d=e#+%", false)
	f.Add("ü", "", true)
	f.Fuzz(func(t *testing.T, name, value string, null bool) {
		if null {
			value = ""
		}
		want := []Property{{Name: "first", Value: "1"}, {Name: name, Value: value, Null: null}}
		if name == "" && null {
			want = want[:1] // cannot be written
		}
		bag := formatBag(want)
		if strings.ContainsAny(bag, "/#+? \x00") {
			t.Fatalf("got bag %q", bag)
		}
		got, err := parseBag(bag)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%q (-want +got, error %v):\n%s", bag, err, diff)
		}
	})
}

// No topic belongs to two clients, whatever a client publishes to or subscribes.
func FuzzTopics(f *testing.F) {
	for _, topic := range []string{
		"devices/d/messages/events/a=b", "devices/d/modules/m/messages/events/", "$iothub/methods/res/200/?$rid=1",
		"$iothub/twin/PATCH/properties/reported/?$rid=1&$version=2", "devices/d/messages/devicebound/#", "devices/%64/",
	} {
		f.Add(topic)
	}
	ids := []Identity{{DeviceID: "d"}, {"d", "m"}, {DeviceID: "d%"}, {DeviceID: "modules"}, {"d", "messages"}}
	f.Fuzz(func(t *testing.T, topic string) {
		owners := 0
		for _, id := range ids {
			if p, err := parsePublication(id, topic); err == nil && p.verb == publishTelemetry {
				owners++
			}
			if channel, prefix, err := parseFilter(id, topic); err == nil && channel >= Commands {
				owners++
				if prefix+"#" != topic {
					t.Fatalf("%q: got prefix %q", topic, prefix)
				}
			}
		}
		if owners > 1 {
			t.Fatalf("%q belongs to %d clients", topic, owners)
		}
	})
}
