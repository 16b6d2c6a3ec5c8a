package emulator

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seedDump makes what a dump holds: parents and children, modules, all sections of a twin.
func seedDump(r *rig) {
	r.Helper()
	seed(r)
	r.must(200, "PUT", "/devices/edge", `{"deviceId":"edge","capabilities":{"iotEdge":true}}`)
	scope := r.hub.store.find("edge", "").scope
	r.must(200, "PUT", "/devices/leaf", fmt.Sprintf(`{"deviceId":"leaf","deviceScope":%q}`, scope))
	r.must(200, "PUT", "/devices/lower", fmt.Sprintf(`{"deviceId":"lower","capabilities":{"iotEdge":true},"parentScopes":[%q]}`, scope))
	r.must(200, "PATCH", "/twins/edge/modules/$edgeAgent", `{"properties":{"desired":{"modules":{"m":{"image":"x"}}}}}`)
	for _, id := range []string{"b", "edge/$edgeHub", "b/m"} {
		device, module, _ := strings.Cut(id, "/")
		if err := r.hub.Report(device, module, []byte(`{"seen":[1.0],"deep":{"x":"<é>"}}`)); err != nil {
			r.Fatal(err)
		}
	}
}

func dumped(tb testing.TB, h *Hub, withKeys bool) string {
	tb.Helper()
	var out bytes.Buffer
	if err := h.Dump(&out, withKeys); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// withoutETags empties what is made anew by a load.
func withoutETags(dump string) []string {
	var lines []string
	for line := range strings.Lines(dump) {
		for _, name := range []string{`"eTag":"`, `"twinETag":"`} {
			before, after, _ := strings.Cut(line, name)
			_, after, _ = strings.Cut(after, `"`)
			line = before + name + `"` + after
		}
		lines = append(lines, line)
	}
	return lines
}

func TestDumpAndLoad(t *testing.T) {
	t.Parallel()
	from, to := newRig(t), newRig(t)
	seedDump(from)
	dump := dumped(t, from.hub, true)
	for range 2 { // the second time over what is there
		report, err := to.hub.Load(strings.NewReader(dump))
		if err != nil || report.Refused != 0 || report.Lines != strings.Count(dump, "\n") {
			t.Fatalf("got %+v, %v, want all lines loaded", report, err)
		}
		if diff := cmp.Diff(withoutETags(dump), withoutETags(dumped(t, to.hub, true))); diff != "" {
			t.Errorf("(-dumped +loaded):\n%s", diff)
		}
	}
}

func TestDumpWithoutKeys(t *testing.T) {
	t.Parallel()
	from, to := newRig(t), newRig(t)
	seedDump(from)
	dump := dumped(t, from.hub, false)
	for r := range from.hub.store.devices.after("") {
		if key := r.auth.primaryKey; key != "" && strings.Contains(dump, key) {
			t.Errorf("got a key of %s in a dump without keys", r.deviceID)
		}
	}
	if report, err := to.hub.Load(strings.NewReader(excludedKeys + "\n" + dump)); err != nil || report.Refused != 0 {
		t.Fatalf("got %+v, %v, want all lines loaded", report, err)
	}
	if key := to.hub.store.find("b", "").auth.primaryKey; !validKey(key) || key == "" {
		t.Error("got no key for a device that was loaded without one")
	}
}

// A dump of more than a page has every device, once and in order.
func TestDumpPages(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, dumpDevices - 1, dumpDevices, dumpDevices + 1, 3*dumpDevices + 7} {
		r := newRig(t)
		r.bulkFleet(n)
		var want []string
		for i := range n {
			want = append(want, fmt.Sprintf("dev-%06d", i))
		}
		var got []string
		for line := range strings.Lines(dumped(t, r.hub, false)) {
			id, _, _ := strings.Cut(strings.TrimPrefix(line, `{"id":"`), `"`)
			got = append(got, id)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d devices (-want +got):\n%s", n, diff)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	report, err := r.hub.Load(strings.NewReader(strings.Join([]string{
		`{"id":"a"}`, `{"id":`, ``, `{"id":"a","importMode":"replace"}`, `{"id":"none","moduleId":"m"}`, `{"id":"none","moduleId":"$edgeHub"}`,
		`{"id":"a","properties":{"reported":{"a b":1}}}`, `{"id":"b","tags":{"a b":1}}`, `{"id":"a","importMode":"delete"}`,
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, e := range report.First {
		lines = append(lines, e.Line)
	}
	if diff := cmp.Diff([]int{2, 4, 5, 6, 7, 8}, lines); diff != "" || report.Lines != 2 || report.Refused != 6 {
		t.Errorf("got %+v; lines (-want +got):\n%s", report, diff)
	}
	r.must(404, "GET", "/devices/a", "")
	many := strings.Repeat("x\n", 500)
	if report, err = r.hub.Load(strings.NewReader(many)); err != nil || report.Refused != 499 || len(report.First) != maxReported {
		t.Errorf("got %+v, %v, want the first few of 499", report, err)
	}
	if _, err = r.hub.Load(strings.NewReader(strings.Repeat("x", maxLine+1))); err == nil || !strings.Contains(err.Error(), "read line 1: a line is longer") {
		t.Errorf("got error %v, want one about the length of line 1", err)
	}
}

// Devices with many modules make shorter pages, which lose nothing either.
func TestDumpPagesOfModules(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for d := range 25 {
		id := fmt.Sprintf("d%02d", d)
		r.device(id)
		for m := range maxModules {
			r.must(200, "PUT", fmt.Sprintf("/devices/%s/modules/m%d", id, m), fmt.Sprintf(`{"deviceId":%q,"moduleId":"m%d"}`, id, m))
		}
	}
	first := r.hub.dumpPage("", false)
	if len(first.Lines) < dumpLines || len(first.Lines) > dumpLines+maxModules || first.Next == "" {
		t.Errorf("got %d lines before %q on the first page, want about %d and more pages", len(first.Lines), first.Next, dumpLines)
	}
	if got, want := strings.Count(dumped(t, r.hub, false), "\n"), 25*(1+maxModules); got != want {
		t.Errorf("got %d lines, want %d", got, want)
	}
}

// The same through the calls that only the emulator has.
func TestControlDumpsAndLoads(t *testing.T) {
	t.Parallel()
	from, to := newRig(t), newRig(t)
	seedDump(from)
	from.bulkFleet(dumpDevices + 5)
	var dump bytes.Buffer
	if err := control(t, from).Dump(t.Context(), &dump, true); err != nil {
		t.Fatal(err)
	}
	if got, want := dump.String(), dumped(t, from.hub, true); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	dump.WriteString("nonsense\n")
	report, err := control(t, to).Load(t.Context(), bytes.NewReader(dump.Bytes()))
	if err != nil || report.Refused != 1 || report.First[0].Line != strings.Count(dump.String(), "\n") {
		t.Errorf("got %+v, %v, want one line refused, the last", report, err)
	}
	if diff := cmp.Diff(withoutETags(dumped(t, from.hub, true)), withoutETags(dumped(t, to.hub, true))); diff != "" {
		t.Errorf("(-dumped +loaded):\n%s", diff)
	}
}

func control(t *testing.T, r *rig) *Control {
	t.Helper()
	e, stop := serve(t, r.hub, ServeOptions{})
	c, err := NewControl(e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// Whatever stands in a line, it is applied or refused, and the hub stays one that a dump can make again.
func FuzzLoad(f *testing.F) {
	for _, line := range []string{
		`{"id":"a","status":"enabled","tags":{"x":1},"properties":{"desired":{"y":{}},"reported":{"z":[1]}}}`,
		`{"id":"a","moduleId":"m","importMode":"createOrUpdateIfMatchETag","eTag":"MQ=="}`, `{"id":"e","capabilities":{"iotEdge":true},"deviceScope":"s"}`,
		`{"id":"e","moduleId":"$edgeAgent","properties":{"desired":{"a":null}}}`, `{"id":"a","importMode":"delete"}`, `{"properties":null,"tags":[]}`, `[]`,
		"{\"id\":\"a\"}\n{\"id\":\"a\",\"moduleId\":\"b\",\"status\":\"enabled\"}\n",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := newRig(t)
		if _, err := r.hub.Load(strings.NewReader(text)); err != nil {
			return // a line that is too long
		}
		for line := range strings.SplitSeq(text, "\n") {
			r.hub.importLine([]byte(line), toTicks(noon))
		}
		dump := dumped(t, r.hub, true)
		again := newRig(t)
		if report, err := again.hub.Load(strings.NewReader(dump)); err != nil || report.Refused != 0 {
			t.Fatalf("%q: got %+v, %v loading the dump %s", text, report, err, dump)
		}
		if diff := cmp.Diff(withoutETags(dump), withoutETags(dumped(t, again.hub, true))); diff != "" {
			t.Fatalf("%q: (-dumped +loaded):\n%s", text, diff)
		}
	})
}
