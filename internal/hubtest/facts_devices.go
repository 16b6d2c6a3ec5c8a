package hubtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const (
	get    = http.MethodGet
	put    = http.MethodPut
	patch  = http.MethodPatch
	post   = http.MethodPost
	remove = http.MethodDelete
)

func deviceFacts() []Fact {
	return []Fact{
		{ID: "H020", Title: "a minimal create gives an enabled sas device, members in the known order", Source: "§1.1, §1.3", Run: minimalCreate},
		{ID: "H021", Title: "PUT of an existing id without If-Match is 409", Source: "§1.3", Run: func(s *Session) {
			id := s.device()
			a := s.refused(409, "DeviceAlreadyExists", put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), "")
			if !strings.Contains(s.text(a, "Message"), "'"+id+"'") {
				s.Fatalf("got %s, want the id in it", a.body)
			}
		}},
		{ID: "H022", Title: `PUT with If-Match "" creates a missing device`, Source: "§1.3", Run: func(s *Session) {
			id := s.newID()
			s.call(200, put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), `""`)
		}},
		{ID: "H023", Title: "an update takes *, quoted *, quoted and bare etag", Source: "§1.3", Run: func(s *Session) {
			id := s.device()
			body := fmt.Sprintf(`{"deviceId":%q}`, id)
			s.call(200, put, devicePath(id), body, "*")
			a := s.call(200, put, devicePath(id), body, `"*"`)
			a = s.call(200, put, devicePath(id), body, s.at(a, "etag"))
			s.call(200, put, devicePath(id), body, s.text(a, "etag"))
		}},
		{ID: "H024", Title: "an update of a missing device is 404", Source: "§1.3", Run: func(s *Session) {
			id := s.newID()
			s.refused(404, "DeviceNotFound", put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), "*")
		}},
		{ID: "H025", Title: "a stale identity etag is 412 and changes nothing", Source: "§1.3, §0.9", Run: staleIdentity},
		{ID: "H026", Title: "the identity etag is base64 of a decimal counter, +1 per write", Source: "§1.2", Run: identityCounter},
		{ID: "H027", Title: "DELETE without If-Match is 412", Source: "§1.3", Run: func(s *Session) {
			id := s.device()
			s.refused(412, "PreconditionFailed", remove, devicePath(id), "", "")
			s.call(200, get, devicePath(id), "", "")
		}},
		{ID: "H028", Title: "DELETE with * is an empty 204, then the device is gone", Source: "§1.3, §0.4", Run: func(s *Session) {
			id := s.device()
			if a := s.call(204, remove, devicePath(id), "", "*"); len(a.body) > 0 {
				s.Fatalf("got body %s, want none", a.body)
			}
			s.refused(404, "DeviceNotFound", get, devicePath(id), "", "")
			s.refused(404, "DeviceNotFound", get, twinPath(id), "", "")
			s.refused(404, "DeviceNotFound", remove, devicePath(id), "", "*")
		}},
		{ID: "H029", Title: "a re-created device has a new generation id of 18 digits", Source: "§1.1", Run: func(s *Session) {
			id := s.newID()
			first := s.text(s.put(id, ""), "generationId")
			s.call(204, remove, devicePath(id), "", "*")
			second := s.text(s.put(id, ""), "generationId")
			if first == second || len(first) != 18 {
				s.Fatalf("got generation ids %s and %s, want two different ones of 18 digits", first, second)
			}
		}},
		{ID: "H030", Title: "every legal id character works in a path", Source: "§1.4", Run: func(s *Session) {
			id := s.named("t-:.+%_#*?!(),=@;$'" + s.unique())
			s.put(id, "")
			s.want(s.call(200, get, devicePath(id), "", ""), "deviceId", strconv.Quote(id))
			s.want(s.call(200, get, twinPath(id), "", ""), "deviceId", strconv.Quote(id))
		}},
		{ID: "H031", Title: "an illegal id is 400", Source: "§1.4", Run: func(s *Session) {
			for _, id := range []string{"a b", "a&b", "é", strings.Repeat("x", 129)} {
				s.call(400, put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), "")
			}
		}},
		{ID: "H032", Title: "ids are case-sensitive", Source: "§1.4", Run: func(s *Session) {
			id := s.device()
			s.refused(404, "DeviceNotFound", get, devicePath(strings.ToUpper(id)), "", "")
		}},
		{ID: "H033", Title: "statusReason has 128 characters at most and is cleared by omission", Source: "§1.3, §1.4", Run: func(s *Session) {
			id := s.newID()
			reason := strconv.Quote(strings.Repeat("é", 128))
			s.want(s.put(id, `,"status":"disabled","statusReason":`+reason), "statusReason", reason)
			long := fmt.Sprintf(`{"deviceId":%q,"statusReason":%q}`, id, strings.Repeat("x", 129))
			s.call(400, put, devicePath(id), long, "*")
			a := s.call(200, put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), "*")
			s.want(a, "statusReason", "null")
			s.want(a, "status", `"enabled"`)
		}},
		{ID: "H034", Title: "a full echo of the identity is accepted and read-only members are ignored", Source: "§1.1", Run: func(s *Session) {
			id := s.newID()
			a := s.put(id, "")
			echo := strings.Replace(string(a.body), `"connectionState":"Disconnected"`, `"connectionState":"Connected"`, 1)
			b := s.call(200, put, devicePath(id), echo, s.at(a, "etag"))
			s.want(b, "connectionState", `"Disconnected"`)
			s.want(b, "generationId", s.at(a, "generationId"))
			s.want(b, "authentication", s.at(a, "authentication"))
		}},
		{ID: "H035", Title: "the list takes top, with and without a trailing slash", Source: "§1.6", Run: func(s *Session) {
			s.device()
			for _, path := range []string{"/devices", "/devices/"} {
				a := s.send(request{method: get, path: path, query: "top=1&api-version=" + apiVersion})
				s.wantStatus(a, 200)
				var rows []json.RawMessage
				if err := json.Unmarshal(a.body, &rows); err != nil || len(rows) != 1 {
					s.Fatalf("got %d rows, want 1 (%v)", len(rows), err)
				}
			}
		}},
		{ID: "H036", Title: "a body that names another device is refused", Source: "§1.3", Unverified: true, Run: func(s *Session) {
			s.call(400, put, devicePath(s.newID()), `{"deviceId":"other"}`, "")
		}},
		{ID: "H037", Title: `If-Match "" on an existing device is 409`, Source: "§1.3", Unverified: true, Run: func(s *Session) {
			id := s.device()
			s.refused(409, "DeviceAlreadyExists", put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), `""`)
		}},
		{ID: "H038", Title: "devices are counted, enabled and disabled; the numbers may lag", Source: "§1.6", Run: func(s *Session) {
			s.device()
			s.put(s.newID(), `,"status":"disabled"`)
			a := s.call(200, http.MethodGet, "/statistics/devices", "", "")
			if got, want := s.names(a.body), "totalDeviceCount enabledDeviceCount disabledDeviceCount"; got != want {
				s.Fatalf("got members %s, want %s", got, want)
			}
			for _, name := range []string{"totalDeviceCount", "enabledDeviceCount", "disabledDeviceCount"} {
				if n, err := strconv.Atoi(s.at(a, name)); err != nil || n < 1 && !s.client.o.Live {
					s.Fatalf("got %s = %s, want a number of devices", name, s.at(a, name))
				}
			}
		}},
	}
}

func minimalCreate(s *Session) {
	a := s.put(s.newID(), "")
	want := "deviceId generationId etag connectionState status statusReason connectionStateUpdatedTime statusUpdatedTime " +
		"lastActivityTime cloudToDeviceMessageCount authentication capabilities"
	if got := s.names(a.body); got != want {
		s.Fatalf("got members %s, want %s", got, want)
	}
	s.want(a, "status", `"enabled"`)
	s.want(a, "statusReason", "null")
	s.want(a, "authentication/type", `"sas"`)
	s.want(a, "authentication/x509Thumbprint", `{"primaryThumbprint":null,"secondaryThumbprint":null}`)
	s.want(a, "capabilities", `{"iotEdge":false}`)
	for _, which := range []string{"primaryKey", "secondaryKey"} {
		key, err := base64.StdEncoding.DecodeString(s.text(a, "authentication/symmetricKey/"+which))
		if err != nil || len(key) != 32 {
			s.Fatalf("got %s of %d bytes, want 32 (%v)", which, len(key), err)
		}
	}
}

func staleIdentity(s *Session) {
	id := s.newID()
	a := s.put(id, "")
	body := fmt.Sprintf(`{"deviceId":%q,"status":"disabled"}`, id)
	s.call(200, put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), "*")
	r := s.refused(412, "PreconditionFailed", put, devicePath(id), body, s.at(a, "etag"))
	if !strings.Contains(s.text(r, "Message"), "Device version did not match, existingVersion:") {
		s.Fatalf("got %s, want both versions in it", r.body)
	}
	s.want(s.call(200, get, devicePath(id), "", ""), "status", `"enabled"`)
}

func (s *Session) counter(a answer) int {
	s.Helper()
	raw, err := base64.StdEncoding.DecodeString(s.text(a, "etag"))
	if err != nil {
		s.Fatal(err)
	}
	n, err := strconv.Atoi(string(raw))
	if err != nil {
		s.Fatal(err)
	}
	return n
}

func identityCounter(s *Session) {
	id := s.newID()
	first := s.counter(s.put(id, ""))
	second := s.counter(s.call(200, put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), "*"))
	if second != first+1 {
		s.Fatalf("got counters %d and %d, want a step of one", first, second)
	}
}
