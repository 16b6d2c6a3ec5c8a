package emulator

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAuthorize(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner := r.hub.policy("iothubowner")
	hour := noon.Add(time.Hour)
	rows := []struct {
		name  string
		token string
		want  int
	}{
		{"primary key", sign("localhost", owner.PrimaryKey, "iothubowner", hour), 404},
		{"secondary key", sign("localhost", owner.SecondaryKey, "iothubowner", hour), 404},
		{"port and case of host", sign("LOCALHOST%3A8443", owner.PrimaryKey, "iothubowner", hour), 404},
		{"resource is a prefix of the path", sign("localhost%2fdevices%2fnone", owner.PrimaryKey, "iothubowner", hour), 404},
		{"trailing slash", sign("localhost%2F", owner.PrimaryKey, "iothubowner", hour), 404},
		{"resource of another device", sign("localhost%2Fdevices%2Fnon", owner.PrimaryKey, "iothubowner", hour), 401},
		{"other host", sign("example.org", owner.PrimaryKey, "iothubowner", hour), 401},
		{"empty host", sign("%2Fdevices", owner.PrimaryKey, "iothubowner", hour), 401},
		{"expired now", sign("localhost", owner.PrimaryKey, "iothubowner", noon), 401},
		{"wrong key", sign("localhost", r.hub.newKey(), "iothubowner", hour), 401},
		{"unknown policy", sign("localhost", owner.PrimaryKey, "nobody", hour), 401},
		{"no policy", sign("localhost", owner.PrimaryKey, "", hour), 401},
		{"key of another policy", sign("localhost", owner.PrimaryKey, "registryRead", hour), 401},
		{"empty", "", 401},
		{"bearer", "Bearer eyJ0", 401},
		{"no fields", "SharedAccessSignature ", 401},
		{"no signature", "SharedAccessSignature sr=localhost&se=9999999999&skn=iothubowner", 401},
		{"bad encoding", "SharedAccessSignature sr=%zz&sig=AAAA&se=9999999999&skn=iothubowner", 401},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if w := r.askAs(row.token, "GET", "/devices/none", ""); w.Code != row.want {
				t.Errorf("got status %d, want %d; body %s", w.Code, row.want, w.Body)
			}
		})
	}
}

// The host of the request is as good as the configured name: clients may reach the hub through several names.
func TestAuthorizeByRequestHost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	req := httptest.NewRequest("GET", "https://emu.azure-devices.net/devices/none?api-version=2021-04-12", nil)
	req.Header.Set("Authorization", sign("emu.azure-devices.net", r.hub.policy("iothubowner").PrimaryKey, "iothubowner", noon.Add(time.Hour)))
	w := httptest.NewRecorder()
	r.hub.ServeHTTP(w, req)
	if w.Code != 404 {
		t.Errorf("got status %d, want 404; body %s", w.Code, w.Body)
	}
}

// TestRights asks every operation with every policy. 1 stands for "let through", whatever the answer then is.
func TestRights(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	policies := []string{"iothubowner", "service", "device", "registryRead", "registryReadWrite"}
	rows := []struct{ method, path, want string }{
		{"GET", "/devices", "10011"},
		{"POST", "/devices", "10001"},
		{"GET", "/devices/x", "10011"},
		{"PUT", "/devices/x", "10001"},
		{"DELETE", "/devices/x", "10001"},
		{"GET", "/devices/d/modules", "10011"},
		{"GET", "/devices/d/modules/x", "10011"},
		{"PUT", "/devices/d/modules/x", "10001"},
		{"DELETE", "/devices/d/modules/x", "10001"},
		{"GET", "/twins/x", "11000"},
		{"PATCH", "/twins/x", "11000"},
		{"PUT", "/twins/x", "11000"},
		{"GET", "/twins/x/modules/y", "11000"},
		{"PATCH", "/twins/x/modules/y", "11000"},
		{"PUT", "/twins/x/modules/y", "11000"},
		{"POST", "/devices/query", "10000"},
		{"GET", "/configurations", "11000"},
		{"POST", "/configurations/testQueries", "11000"},
		{"GET", "/configurations/x", "11000"},
		{"PUT", "/configurations/x", "11000"},
		{"DELETE", "/configurations/x", "11000"},
		{"POST", "/devices/x/applyConfigurationContent", "11000"},
		{"GET", "/statistics/devices", "10000"},
		{"GET", "/statistics/service", "10000"},
		{"POST", "/twins/x/methods", "11000"},
		{"POST", "/twins/x/modules/y/methods", "11000"},
		{"GET", "/jobs/v2/query", "11000"},
		{"GET", "/jobs/v2/x", "11000"},
		{"PUT", "/jobs/v2/x", "11000"},
		{"POST", "/jobs/v2/x/cancel", "11000"},
		{"POST", "/jobs/create", "10000"},
		{"GET", "/jobs", "10000"},
		{"GET", "/jobs/x", "10000"},
		{"DELETE", "/jobs/x", "10000"},
		{"DELETE", "/devices/x/commands", "11000"},
		{"POST", "/devices/keys/regenerate", "10001"},
		{"GET", "/digitaltwins/x", "11000"},
		{"POST", "/$emulator/devices/x/messages", "10000"},
		{"GET", "/$emulator/telemetry", "10000"},
		{"GET", "/$emulator/dump", "10000"},
		{"POST", "/$emulator/load", "10000"},
	}
	if got, want := len(rows), len(routes()); got != want {
		t.Fatalf("got %d rows, want one for each of %d routes", got, want)
	}
	r.device("d")
	for _, row := range rows {
		t.Run(row.method+" "+row.path, func(t *testing.T) {
			t.Parallel()
			var got strings.Builder
			for _, name := range policies {
				if r.askAs(r.token(name), row.method, row.path, "").Code == 401 {
					got.WriteByte('0')
				} else {
					got.WriteByte('1')
				}
			}
			if got.String() != row.want {
				t.Errorf("got %s, want %s for %v", got.String(), row.want, policies)
			}
		})
	}
}

func TestConnectionString(t *testing.T) {
	t.Parallel()
	r := openRig(t, Options{HostName: "emu.azure-devices.net"})
	got, err := r.hub.ConnectionString("service", "")
	want := "HostName=emu.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=" + r.hub.policy("service").PrimaryKey
	if err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if got, _ = r.hub.ConnectionString("service", "localhost:1"); !strings.HasPrefix(got, "HostName=localhost:1;") {
		t.Errorf("got %q, want host localhost:1", got)
	}
	if _, err := r.hub.ConnectionString("nobody", ""); err == nil {
		t.Error("got no error for an unknown policy")
	}
}
