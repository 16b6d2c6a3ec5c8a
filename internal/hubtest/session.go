package hubtest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Fact is one statement about the service and how to check it.
type Fact struct {
	ID         string // H001
	Title      string
	Source     string // section of the wire facts
	Unverified bool   // a choice of the embedded hub
	Run        func(s *Session)
}

// All returns every fact in order.
func All() []Fact {
	var all []Fact
	for _, group := range [][]Fact{
		commonFacts(), authFacts(), deviceFacts(), deviceAuthFacts(), edgeFacts(), keyFacts(), moduleFacts(), twinFacts(), twinLimitFacts(),
		bulkFacts(), queryFacts(), queryLanguageFacts(), configurationFacts(), ruleFacts(),
		jobFacts(), transferFacts(), methodFacts(), mqttFacts(), digitalTwinFacts(),
	} {
		all = append(all, group...)
	}
	return all
}

// Check runs the fact against a hub.
func (f Fact) Check(t *testing.T, c *Client) {
	t.Helper()
	f.Run(&Session{T: t, client: c})
}

// Session is one run of one fact. Every failure ends it.
type Session struct {
	*testing.T
	client *Client
}

// newID returns an id that nothing else uses and removes the device of that name at the end.
func (s *Session) newID() string { return s.named("twinset-" + s.unique()) }

// unique is a short random word.
func (s *Session) unique() string {
	b := make([]byte, 6)
	if _, err := rand.Read(b); err != nil {
		s.Fatal(err)
	}
	return hex.EncodeToString(b)
}

// named removes the device at the end.
func (s *Session) named(id string) string {
	s.Cleanup(func() {
		r := request{method: http.MethodDelete, path: devicePath(id), header: ifMatch("*")}
		if _, err := s.client.do(r); err != nil {
			s.Logf("remove device %s: %v", id, err)
		}
	})
	return id
}

func devicePath(id string) string         { return "/devices/" + escape(id) }
func twinPath(id string) string           { return "/twins/" + escape(id) }
func modulePath(id, module string) string { return devicePath(id) + "/modules/" + escape(module) }
func moduleTwinPath(id, m string) string  { return twinPath(id) + "/modules/" + escape(m) }

// escape encodes everything but letters, digits and hyphens: + # % ? are legal in ids (FACTS §1.4), and dots alone
// would be a path.
func escape(id string) string {
	return strings.NewReplacer("+", "%20", ".", "%2E", "~", "%7E").Replace(url.QueryEscape(id))
}

func ifMatch(etag string) map[string]string { return map[string]string{"If-Match": etag} }

// send makes a request and returns whatever the answer is.
func (s *Session) send(r request) answer {
	s.Helper()
	a, err := s.client.do(r)
	if err != nil {
		s.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	return a
}

// call sends and expects a status. body is JSON or empty; match is an If-Match header or empty.
func (s *Session) call(status int, method, path, body, match string) answer {
	s.Helper()
	r := request{method: method, path: path, body: body}
	if match != "" {
		r.header = ifMatch(match)
	}
	a := s.send(r)
	s.wantStatus(a, status)
	return a
}

func (s *Session) wantStatus(a answer, status int) {
	s.Helper()
	if a.status != status {
		s.Fatalf("got status %d, want %d; body %.300s", a.status, status, a.body)
	}
}

// refused sends and expects an error of a name.
func (s *Session) refused(status int, name, method, path, body, match string) answer {
	s.Helper()
	a := s.call(status, method, path, body, match)
	s.wantName(a, name)
	return a
}

func (s *Session) wantName(a answer, name string) {
	s.Helper()
	if got := a.header.Get("iothub-errorcode"); got != name {
		s.Fatalf("got iothub-errorcode %q, want %q; body %.300s", got, name, a.body)
	}
}

// device creates a device with a minimal body and returns its id.
func (s *Session) device() string {
	s.Helper()
	id := s.newID()
	s.put(id, "")
	return id
}

// put creates a device; more is further members, starting with a comma.
func (s *Session) put(id, more string) answer {
	s.Helper()
	return s.call(200, http.MethodPut, devicePath(id), fmt.Sprintf(`{"deviceId":%q%s}`, id, more), "")
}

// module creates a module of a device.
func (s *Session) module(id, module, more string) answer {
	s.Helper()
	body := fmt.Sprintf(`{"deviceId":%q,"moduleId":%q%s}`, id, module, more)
	return s.call(200, http.MethodPut, modulePath(id, module), body, "")
}

// patch writes a twin.
func (s *Session) patch(id, body string) answer {
	s.Helper()
	return s.call(200, http.MethodPatch, twinPath(id), body, "")
}

// desired wraps properties into a twin body.
func desired(properties string) string { return `{"properties":{"desired":` + properties + `}}` }

// bulk posts entries and expects a status.
func (s *Session) bulk(status int, entries ...string) answer {
	s.Helper()
	return s.call(status, http.MethodPost, "/devices", "["+strings.Join(entries, ",")+"]", "")
}

// at returns the JSON at a path of member names separated by slashes, compact; "" when there is none.
func (s *Session) at(a answer, path string) string {
	s.Helper()
	raw := json.RawMessage(a.body)
	for name := range strings.SplitSeq(path, "/") {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return ""
		}
		if raw = members[name]; raw == nil {
			return ""
		}
	}
	return string(raw)
}

// want compares the JSON at a path.
func (s *Session) want(a answer, path, want string) {
	s.Helper()
	if got := s.at(a, path); got != want {
		s.Fatalf("got %s = %s, want %s", path, got, want)
	}
}

// text is at for a string member.
func (s *Session) text(a answer, path string) string {
	s.Helper()
	var v string
	if err := json.Unmarshal([]byte(s.at(a, path)), &v); err != nil {
		s.Fatalf("got %s = %s, want a string", path, s.at(a, path))
	}
	return v
}

// names returns the member names of an object in the order they came.
func (s *Session) names(raw []byte) string {
	s.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		s.Fatal(err)
	}
	var names []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			s.Fatal(err)
		}
		names = append(names, fmt.Sprint(name))
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			s.Fatal(err)
		}
	}
	return strings.Join(names, " ")
}

// page sends one query request; token continues an earlier one.
func (s *Session) page(query string, size int, token string) answer {
	s.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		s.Fatal(err)
	}
	header := map[string]string{"x-ms-max-item-count": fmt.Sprint(size)}
	if token != "" {
		header["x-ms-continuation"] = token
	}
	return s.send(request{method: http.MethodPost, path: "/devices/query", body: string(body), header: header})
}

// rows runs a query to its end.
func (s *Session) rows(query string) []string {
	s.Helper()
	var all []string
	for token := ""; ; {
		a := s.page(query, 100, token)
		s.wantStatus(a, 200)
		var rows []json.RawMessage
		if err := json.Unmarshal(a.body, &rows); err != nil {
			s.Fatal(err)
		}
		for _, r := range rows {
			all = append(all, string(r))
		}
		if token = a.header.Get("x-ms-continuation"); token == "" {
			return all
		}
	}
}

// indexed runs a query until it has n rows. Only a real hub's index lags (FACTS §5).
func (s *Session) indexed(query string, n int) []string {
	s.Helper()
	deadline := s.client.o.Now().Add(time.Minute)
	for {
		rows := s.rows(query)
		if len(rows) == n {
			return rows
		}
		if !s.client.o.Live || s.client.o.Now().After(deadline) {
			s.Fatalf("%s: got %d rows %v, want %d", query, len(rows), rows, n)
		}
		s.client.o.Wait(2 * time.Second)
	}
}
