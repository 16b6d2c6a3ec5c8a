package emulator

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, live, patch, want string }{
		{"add", `{"a":1}`, `{"b":2}`, `{"a":1,"b":2}`},
		{"replace keeps the place", `{"a":1,"b":2}`, `{"a":3}`, `{"a":3,"b":2}`},
		{"delete", `{"a":1,"b":2}`, `{"a":null}`, `{"b":2}`},
		{"delete deep leaves {}", `{"a":{"b":1}}`, `{"a":{"b":null}}`, `{"a":{}}`},
		{"delete missing", `{"a":1}`, `{"x":null}`, `{"a":1}`},
		{"delete in a missing object makes {}", `{}`, `{"a":{"b":null}}`, `{"a":{}}`},
		{"{} on an object changes nothing", `{"a":{"b":1}}`, `{"a":{}}`, `{"a":{"b":1}}`},
		{"{} on a scalar", `{"a":1}`, `{"a":{}}`, `{"a":{}}`},
		{"scalar on an object", `{"a":{"b":1}}`, `{"a":2}`, `{"a":2}`},
		{"array whole", `{"a":[1,2]}`, `{"a":[3]}`, `{"a":[3]}`},
		{"number text", `{}`, `{"a":1.0,"b":1e2,"c":-0}`, `{"a":1.0,"b":1e2,"c":-0}`},
		{"strings", `{}`, `{"a":"<é\"\u0001>"}`, `{"a":"<é\"\u0001>"}`},
		{"last duplicate wins", `{}`, `{"a":1,"a":2}`, `{"a":2}`},
		{"delete and re-add", `{"a":1,"b":2}`, `{"a":null,"c":3}`, `{"b":2,"c":3}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			live, patch := mustTree(t, row.live), mustTree(t, row.patch)
			merged := merge(live, patch, stamp{})
			if got := string(merged.append(nil)); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
			if got := string(live.append(nil)); got != row.live {
				t.Errorf("live became %s, want %s unchanged", got, row.live)
			}
		})
	}
}

func mustTree(tb testing.TB, text string) node {
	tb.Helper()
	n, err := parseTree([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestManyMembers(t *testing.T) {
	t.Parallel()
	var parts []string
	for i := range 3 * manyMembers {
		parts = append(parts, fmt.Sprintf(`"k%d":%d`, i%(2*manyMembers), i))
	}
	n := mustTree(t, "{"+strings.Join(parts, ",")+"}")
	if len(n.kids) != 2*manyMembers {
		t.Fatalf("got %d members, want %d", len(n.kids), 2*manyMembers)
	}
	if got := n.Member("k3").Literal(); got != fmt.Sprint(2*manyMembers+3) {
		t.Errorf("got k3 = %s, want the last value", got)
	}
}

// The twin of FACTS §15, byte by byte, with the capitalised thumbprint members of FACTS §4.1.
func TestTwinBytes(t *testing.T) {
	t.Parallel()
	now := time.Date(2021, 7, 7, 20, 45, 23, 947954300, time.UTC)
	r := openRig(t, Options{Now: func() time.Time { return now }, Rand: zeros{}})
	r.device("d1")
	const head = `{"deviceId":"d1","etag":"%s","deviceEtag":"MTAwMDAwMDAw","status":"enabled","statusUpdateTime":"0001-01-01T00:00:00Z",` +
		`"connectionState":"Disconnected","lastActivityTime":"0001-01-01T00:00:00Z","cloudToDeviceMessageCount":0,` +
		`"authenticationType":"sas","x509Thumbprint":{"PrimaryThumbprint":null,"SecondaryThumbprint":null},"version":%d,"properties":{"desired":`
	const tail = `,"reported":{"$metadata":{"$lastUpdated":"2021-07-07T20:45:23.9479543Z"},"$version":1}},"capabilities":{"iotEdge":false}}`
	want := fmt.Sprintf(head, "AAAAAAAAAAE=", 2) + `{"$metadata":{"$lastUpdated":"2021-07-07T20:45:23.9479543Z"},"$version":1}` + tail
	if diff := cmp.Diff(want, r.must(200, "GET", "/twins/d1", "")); diff != "" {
		t.Errorf("new twin (-want +got):\n%s", diff)
	}
	now = now.Add(time.Second)
	want = fmt.Sprintf(head, "AAAAAAAAAAI=", 3) + `{"u":"A","$metadata":{"$lastUpdated":"2021-07-07T20:45:24.9479543Z","$lastUpdatedVersion":2,` +
		`"u":{"$lastUpdated":"2021-07-07T20:45:24.9479543Z","$lastUpdatedVersion":2}},"$version":2}` + tail
	if diff := cmp.Diff(want, r.must(200, "PATCH", "/twins/d1", `{"properties":{"desired":{"u":"A"}}}`)); diff != "" {
		t.Errorf("patched twin (-want +got):\n%s", diff)
	}
}

func TestBulkTwinStamps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const twin = `"importMode":"create","properties":{"desired":{"u":"A"}}`
	r.must(200, "POST", "/devices", `[{"id":"d",`+twin+`}]`)
	r.must(200, "POST", "/devices", `[{"id":"d","moduleId":"m",`+twin+`}]`)
	device, module := r.must(200, "GET", "/twins/d", ""), r.must(200, "GET", "/twins/d/modules/m", "")
	if want := `"$metadata":{"$lastUpdated":"0001-01-01T00:00:00Z","$lastUpdatedVersion":1,"u":`; !strings.Contains(device, want) {
		t.Errorf("got %s, want %s in it", device, want)
	}
	if want := `"reported":{"$metadata":{"$lastUpdated":"2026-03-01T12:00:00.1234567Z","$lastUpdatedVersion":1},"$version":1}`; !strings.Contains(module, want) {
		t.Errorf("got %s, want %s in it", module, want)
	}
}

func TestEmptyPatch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	before := r.must(200, "GET", "/twins/d", "")
	for _, body := range []string{"{}", `{"tags":null}`, `{"properties":null}`, `{"properties":{}}`} {
		if got := r.must(200, "PATCH", "/twins/d", body); got != before {
			t.Errorf("%s: got %s, want no change", body, got)
		}
	}
}

func TestIdentityTimes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if got := r.device("d"); !strings.Contains(got, `"statusUpdatedTime":"0001-01-01T00:00:00Z"`) {
		t.Errorf("PUT: got %s, want the short form of never", got)
	}
	if got := r.must(200, "GET", "/devices/d", ""); !strings.Contains(got, `"statusUpdatedTime":"0001-01-01T00:00:00.0000000Z"`) {
		t.Errorf("GET: got %s, want the long form of never", got)
	}
	got := r.with("If-Match", "*").must(200, "PUT", "/devices/d", `{"deviceId":"d"}`)
	if !strings.Contains(got, `"statusUpdatedTime":"2026-03-01T12:00:00.1234567Z"`) {
		t.Errorf("update: got %s, want the time of the update", got)
	}
}

func FuzzTwinPatch(f *testing.F) {
	for _, seed := range []string{
		`{"tags":{"a":1}}`, `{"tags":{"a":{"b":null}},"properties":{"desired":{"x":[1,{"y":2}],"$version":3}}}`,
		`{"properties":{"desired":null}}`, `{"tags":null}`, `{"tags":{"":""}}`, `{"tags":{"a":1,"a":{"a":2}}}`,
		`{"Tags":{"é":"\ud800"}}`, `[]`, `{`,
	} {
		f.Add([]byte(seed))
	}
	base := newTwin(1)
	w, _ := parseTwinWrite([]byte(`{"tags":{"a":{"b":1,"c":[1,2]}},"properties":{"desired":{"x":{"y":"z"},"n":1.0}}}`))
	base, _ = base.patched(w, 2)
	f.Fuzz(func(t *testing.T, body []byte) {
		w, err := parseTwinWrite(body)
		if err != nil {
			return
		}
		for _, change := range []func(twin, twinWrite, ticks) (twin, *fault){twin.patched, twin.replaced, twin.overwritten} {
			changed, err := change(base, w, 3)
			if err != nil {
				continue
			}
			r := &record{deviceID: "d", status: "enabled", twin: changed}
			checkTwinJSON(t, r)
		}
	})
}

// checkTwinJSON requires valid JSON within the limits, and that a snapshot brings the same twin back.
func checkTwinJSON(t *testing.T, r *record) {
	t.Helper()
	rendered := r.appendTwin(nil)
	if !json.Valid(rendered) {
		t.Fatalf("got invalid JSON %s", rendered)
	}
	if size := sizeOf(r.twin.tags); size > maxTagsSize {
		t.Fatalf("got tags of %d bytes, want at most %d", size, maxTagsSize)
	}
	saved := r.saved()
	restored, err := saved.restore()
	if err != nil {
		t.Fatal(err)
	}
	if got := restored.appendTwin(nil); string(got) != string(rendered) {
		t.Fatalf("got %s after a snapshot, want %s", got, rendered)
	}
}
