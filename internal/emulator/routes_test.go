package emulator

import (
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the table of operations in docs/emulator.md")

// operations is every operation of the service (FACTS §0.2, §1.6, §11.7), with what there is to say about it here.
var operations = []struct{ method, path, note string }{
	{"GET", "devices", "`top`, with and without a trailing slash; keys included"},
	{"POST", "devices", "bulk: create (with tags and desired), update, updateIfMatchETag, delete, deleteIfMatchETag, updateTwin, updateTwinIfMatchETag"},
	{"GET", "devices/{}", "`ETag` header"},
	{"PUT", "devices/{}", "create only without `If-Match`, update only with it; generated keys; edge scopes and system modules"},
	{"DELETE", "devices/{}", "needs `If-Match`; takes twin and modules along"},
	{"POST", "devices/keys/regenerate", "new keys for devices and modules, in api-version 2024-03-31"},
	{"GET", "devices/{}/modules", ""},
	{"GET", "devices/{}/modules/{}", "401 while the device is missing or disabled, as under SAS on the service"},
	{"PUT", "devices/{}/modules/{}", ""},
	{"DELETE", "devices/{}/modules/{}", ""},
	{"GET", "twins/{}", ""},
	{"PUT", "twins/{}", "replaces tags and desired, refuses null"},
	{"PATCH", "twins/{}", "recursive merge, null deletes; versions, etags, `$metadata`; all size, depth and name limits"},
	{"GET", "twins/{}/modules/{}", ""},
	{"PUT", "twins/{}/modules/{}", ""},
	{"PATCH", "twins/{}/modules/{}", ""},
	{"POST", "devices/query", "see [queries](#queries)"},
	{"GET", "configurations", "all of them; `top` is ignored, as on the service"},
	{"GET", "configurations/{}", "`ETag` header"},
	{"PUT", "configurations/{}", "create only without `If-Match` or with an unquoted etag; other content is ignored"},
	{"DELETE", "configurations/{}", "with or without `If-Match`"},
	{"POST", "configurations/testQueries", ""},
	{"POST", "devices/{}/applyConfigurationContent", "edge devices"},
	{"GET", "statistics/devices", "exact, where the service's numbers lag"},
	{"GET", "statistics/service", "connected devices; modules do not count"},
	{"POST", "jobs/create", "import or export with a blob container"},
	{"GET", "jobs", "imports and exports"},
	{"GET", "jobs/{}", ""},
	{"DELETE", "jobs/{}", "cancels at once"},
	{"GET", "jobs/v2/query", "scheduled jobs by `jobType` and `jobStatus`, in pages"},
	{"PUT", "jobs/v2/{}", "schedules a twin update or a direct method"},
	{"GET", "jobs/v2/{}", "a job that does not exist is `unknown`, as on the service"},
	{"POST", "jobs/v2/{}/cancel", "while the job is queued"},
	{"POST", "twins/{}/methods", "direct method to a connected device"},
	{"POST", "twins/{}/modules/{}/methods", "direct method to a connected module"},
	{"DELETE", "devices/{}/commands", "empties the queue of cloud-to-device messages"},
	{"GET", "messages/serviceBound/feedback", "cloud-to-device messages have no feedback"},
	{"DELETE", "messages/serviceBound/feedback/{}", ""},
	{"POST", "messages/serviceBound/feedback/{}/abandon", ""},
	{"GET", "digitaltwins/{}", "components and acknowledgements as they show in the properties; `ETag` header"},
	{"PATCH", "digitaltwins/{}", "patch the twin's desired properties instead"},
	{"POST", "digitaltwins/{}/commands/{}", "call the direct method `{command}` instead"},
	{"POST", "digitaltwins/{}/components/{}/commands/{}", "call the direct method `{component}*{command}` instead"},
	{"POST", "devices/{}/messages/events", "devices connect over MQTT"},
	{"GET", "devices/{}/messages/deviceBound", ""},
	{"DELETE", "devices/{}/messages/deviceBound/{}", ""},
	{"POST", "devices/{}/messages/deviceBound/{}/abandon", ""},
	{"POST", "devices/{}/files", "uploads of files"},
	{"POST", "devices/{}/files/notifications", ""},
	{"POST", "$emulator/devices/{}/messages", "the emulator's own: sends a cloud-to-device message, for which the service has AMQP only"},
	{"GET", "$emulator/telemetry", "the emulator's own: what devices have sent"},
	{"GET", "$emulator/dump", "the emulator's own: devices and modules for `twinset emulator dump`"},
	{"POST", "$emulator/load", "the emulator's own: lines of `twinset emulator load`"},
}

// The table in the documentation is made from the routes that are served.
func TestOperationsAreDocumented(t *testing.T) {
	t.Parallel()
	const page, begin, end = "../../docs/emulator.md", "<!-- operations -->\n", "<!-- /operations -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	got, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s lacks %s or %s", page, begin, end)
	}
	want := operationTable(t)
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-routes +page); go test ./internal/emulator -run Documented -update rewrites it:\n%s", page, diff)
	}
}

func operationTable(t *testing.T) string {
	t.Helper()
	served := map[string]rights{}
	for _, r := range routes() {
		served[r.method+" /"+r.path] = r.needs
	}
	var b strings.Builder
	b.WriteString("| operation | rights | notes |\n|---|---|---|\n")
	for _, o := range operations {
		name := o.method + " /" + o.path
		needs, found := served[name]
		delete(served, name)
		about, note := rightsText(needs), o.note
		if !found {
			about, note = "`501`", strings.TrimSuffix("not emulated; "+o.note, "; ")
		}
		b.WriteString(strings.ReplaceAll("| `"+name+"` | "+about+" | "+note+" |\n", "|  |", "| |"))
	}
	for name := range served {
		t.Errorf("route %s is missing in the list of operations", name)
	}
	return b.String()
}

func rightsText(needs rights) string {
	if needs == registryRead|registryWrite|serviceConnect|deviceConnect {
		return "all"
	}
	var names []string
	for _, r := range []struct {
		right rights
		name  string
	}{{registryWrite, "RegistryWrite"}, {registryRead, "RegistryRead"}, {serviceConnect, "ServiceConnect"}, {deviceConnect, "DeviceConnect"}} {
		if needs&r.right == 0 || r.right == registryRead && needs&registryWrite != 0 { // the right to write includes it
			continue
		}
		names = append(names, r.name)
	}
	return strings.Join(names, " and ")
}

// What the table says about operations that are not emulated is so.
func TestOperationsOrNotEmulated(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	table := routes()
	for _, o := range operations {
		path := "/" + strings.ReplaceAll(o.path, "{}", "x")
		if found, _ := findRoute(table, o.method, path); found != nil {
			continue
		}
		if w := r.ask(o.method, path, ""); w.Code != http.StatusNotImplemented || !strings.Contains(w.Body.String(), "not emulated: "+o.method) {
			t.Errorf("%s %s: got %d %s, want 501 not emulated", o.method, path, w.Code, w.Body)
		}
	}
}
