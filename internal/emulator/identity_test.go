package emulator

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAuthenticationInput(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const key, sha256Hex = "QUFBQUFBQUFBQUFBQUFBQQ==", "AaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAa"
	keys := func(a, b string) string {
		return fmt.Sprintf(`"symmetricKey":{"primaryKey":%q,"secondaryKey":%q}`, a, b)
	}
	const prints = `"x509Thumbprint":{"primaryThumbprint":"` + sha256Hex + `"}`
	rows := []struct{ name, auth, want string }{ // want is the type, empty for a refusal
		{"type without regard to case", `{"type":"SAS"}`, authSAS},
		{"keys without a type", `{` + keys(key, key) + `}`, authSAS},
		{"thumbprint without a type", `{` + prints + `}`, authSelfSigned},
		{"self-signed without thumbprints", `{"type":"selfSigned"}`, authSelfSigned},
		{"null members", `{"type":"sas","symmetricKey":null,"x509Thumbprint":null}`, authSAS},
		{"null authentication", `null`, authSAS},
		{"unknown type", `{"type":"other"}`, ""},
		{"none", `{"type":"none"}`, ""},
		{"keys and thumbprint", `{"type":"sas",` + keys(key, key) + `,` + prints + `}`, ""},
		{"keys on selfSigned", `{"type":"selfSigned",` + keys(key, key) + `}`, ""},
		{"thumbprint on an authority", `{"type":"certificateAuthority",` + prints + `}`, ""},
		{"one key", `{"type":"sas",` + keys(key, "") + `}`, ""},
		{"short key", `{"type":"sas",` + keys("QUFB", key) + `}`, ""},
		{"long key", `{"type":"sas",` + keys(strings.Repeat("QUFB", 22), key) + `}`, ""},
		{"no base64", `{"type":"sas",` + keys("?", key) + `}`, ""},
		{"bad thumbprint", `{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":"zz"}}`, ""},
	}
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			id := fmt.Sprintf("d%d", i)
			w := r.ask("PUT", "/devices/"+id, fmt.Sprintf(`{"deviceId":%q,"authentication":%s}`, id, row.auth))
			if row.want == "" {
				if w.Code != 400 {
					t.Errorf("got status %d, want 400; body %s", w.Code, w.Body)
				}
				return
			}
			if !strings.Contains(w.Body.String(), `"type":"`+row.want+`"`) {
				t.Errorf("got %d %s, want type %s", w.Code, w.Body, row.want)
			}
		})
	}
}

// The error of a refused key must not repeat it.
func TestKeysStayOutOfErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := r.must(400, "PUT", "/devices/d", `{"deviceId":"d","authentication":{"symmetricKey":{"primaryKey":"c2VjcmV0","secondaryKey":"c2VjcmV0"}}}`)
	if strings.Contains(got, "c2VjcmV0") {
		t.Errorf("got %s, want no key in it", got)
	}
}

func TestEdgeToggle(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const edge = `,"capabilities":{"iotEdge":true}`
	update := r.with("If-Match", "*")
	body := func(more string) string { return `{"deviceId":"d"` + more + `}` }
	r.must(200, "PUT", "/devices/d", body(`,"deviceScope":"parent"`))
	update.must(503, "PUT", "/devices/d", body(edge+`,"deviceScope":"parent"`))
	got := update.must(200, "PUT", "/devices/d", body(edge+`,"deviceScope":"","parentScopes":["parent"]`))
	if want := `"deviceScope":"ms-azure-iot-edge://d-","parentScopes":["parent"]`; !strings.Contains(got, want) {
		t.Errorf("leaf to edge: got %s, want %s", got, want)
	}
	if twin := r.must(200, "GET", "/twins/d", ""); !strings.HasSuffix(twin, `"capabilities":{"iotEdge":true},"deviceScope":"ms-azure-iot-edge://d-","parentScopes":["parent"]}`) {
		t.Errorf("got twin %s, want scopes at its end", twin)
	}
	r.must(200, "GET", "/devices/d/modules/$edgeHub", "")
	r.with("If-Match", "*").must(400, "DELETE", "/devices/d/modules/$edgeHub", "")
	r.must(200, "PATCH", "/twins/d/modules/$edgeHub", `{"properties":{"desired":{"a":1}}}`)
	got = update.must(200, "PUT", "/devices/d", body(""))
	if strings.Contains(got, "Scope") {
		t.Errorf("edge to leaf: got %s, want no scope", got)
	}
	r.must(404, "GET", "/twins/d/modules/$edgeHub", "")
}

func TestModuleLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	for i := range maxModules + 1 {
		want := 200
		if i == maxModules {
			want = 413
		}
		r.must(want, "PUT", fmt.Sprintf("/devices/d/modules/m%d", i), fmt.Sprintf(`{"deviceId":"d","moduleId":"m%d"}`, i))
	}
}

func TestModulesOfNeighbours(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"a", "a!", "ab"} {
		r.device(id)
		r.must(200, "PUT", "/devices/"+id+"/modules/m", fmt.Sprintf(`{"deviceId":%q,"moduleId":"m"}`, id))
	}
	if got := r.must(200, "GET", "/devices/a/modules", ""); strings.Count(got, "moduleId") != 1 {
		t.Errorf("got %s, want the one module of a", got)
	}
	r.with("If-Match", "*").must(204, "DELETE", "/devices/a", "")
	r.must(200, "GET", "/twins/a!/modules/m", "")
	r.must(200, "GET", "/twins/ab/modules/m", "")
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("a")
	r.must(200, "PUT", "/devices/b", `{"deviceId":"b","status":"disabled"}`)
	want := `{"totalDeviceCount":2,"enabledDeviceCount":1,"disabledDeviceCount":1}`
	if diff := cmp.Diff(want, r.must(200, "GET", "/statistics/devices", "")); diff != "" {
		t.Errorf("statistics (-want +got):\n%s", diff)
	}
	if got, want := r.must(200, "GET", "/statistics/service", ""), `{"connectedDeviceCount":0}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBulkErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	r.must(200, "PUT", "/devices/d/modules/m", `{"deviceId":"d","moduleId":"m"}`)
	rows := []struct{ name, entry, want string }{
		{"create existing", `{"id":"d","importMode":"create"}`, `{"deviceId":"d","errorCode":409001,`},
		{"create existing module", `{"id":"d","moduleId":"m","importMode":"create"}`, `{"deviceId":"d","moduleId":"m","errorCode":409301,`},
		{"create system module", `{"id":"d","moduleId":"$m","importMode":"create"}`, `{"deviceId":"d","moduleId":"$m","errorCode":400004,`},
		{"create bad id", `{"id":"a b","importMode":"create"}`, `{"deviceId":"a b","errorCode":400004,`},
		{"update missing", `{"id":"x","importMode":"update"}`, `{"deviceId":"x","errorCode":404001,"errorStatus":"ErrorCode:DeviceNotFound;x"}`},
		{"update missing module", `{"id":"d","moduleId":"x","importMode":"update"}`, `"errorCode":404010,`},
		{"update without an etag", `{"id":"d","importMode":"updateIfMatchETag"}`, `"errorCode":412001,`},
		{"delete stale", `{"id":"d","importMode":"deleteIfMatchETag","eTag":"MQ=="}`, `"errorCode":412001,`},
		{"delete missing", `{"id":"x","importMode":"Delete"}`, `"errorCode":404001,`},
		{"twin without an etag", `{"id":"d","importMode":"updateTwinIfMatchETag"}`, `"errorCode":412001,`},
		{"twin with null", `{"id":"d","importMode":"updateTwin","tags":{"a":null}}`, `"errorCode":400004,`},
		{"twin of no shape", `{"id":"d","importMode":"updateTwin","tags":[1]}`, `"errorCode":400004,`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := r.must(400, "POST", "/devices", "["+row.entry+"]")
			if !strings.HasPrefix(got, `{"isSuccessful":false,"errors":[{`) || !strings.Contains(got, row.want) {
				t.Errorf("got %s, want %s in it", got, row.want)
			}
		})
	}
}

func TestBulkOnModules(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	r.must(200, "PUT", "/devices/d/modules/m", `{"deviceId":"d","moduleId":"m"}`)
	r.must(200, "POST", "/devices", `[{"id":"d","moduleId":"m","importMode":"update","managedBy":"me"}]`)
	if got := r.must(200, "GET", "/devices/d/modules/m", ""); !strings.Contains(got, `"managedBy":"me"`) {
		t.Errorf("got %s, want managedBy me", got)
	}
	r.must(200, "POST", "/devices", `[{"id":"d","moduleId":"m","importMode":"delete"}]`)
	r.must(404, "GET", "/devices/d/modules/m", "")
}
