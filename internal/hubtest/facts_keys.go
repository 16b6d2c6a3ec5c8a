package hubtest

import (
	"fmt"
	"net/http"
	"strings"
)

// keysVersion is the api-version from which keys can be rotated (FACTS §1.6).
const keysVersion = "2024-03-31"

func keyFacts() []Fact {
	return []Fact{
		{ID: "H054", Title: "one key of a device is rotated, the other stays", Source: "§1.6", Run: func(s *Session) {
			id := s.device()
			before := s.call(200, http.MethodGet, devicePath(id), "", "")
			a := s.rotate(200, "primaryKey", fmt.Sprintf(`{"id":%q}`, id))
			s.want(a, "policyKey", `"primaryKey"`)
			after := s.call(200, http.MethodGet, devicePath(id), "", "")
			if s.key(after) == s.key(before) {
				s.Fatal("got the same primary key, want another one")
			}
			const secondary = "authentication/symmetricKey/secondaryKey"
			s.want(after, secondary, s.at(before, secondary))
		}},
		{ID: "H055", Title: "keys of modules are rotated, both at once", Source: "§1.6", Run: func(s *Session) {
			id := s.device()
			before := s.module(id, "m", "")
			s.rotate(200, "both", fmt.Sprintf(`{"id":%q,"moduleId":"m"}`, id))
			after := s.call(200, http.MethodGet, modulePath(id, "m"), "", "")
			for _, name := range []string{"primaryKey", "secondaryKey"} {
				if path := "authentication/symmetricKey/" + name; s.at(after, path) == s.at(before, path) {
					s.Fatalf("got the same %s, want another one", name)
				}
			}
		}},
		{ID: "H056", Title: "a rotation is 207 when some fail, 400 when all do", Source: "§1.6", Run: func(s *Session) {
			id := s.device()
			a := s.rotate(207, "secondaryKey", fmt.Sprintf(`{"id":%q}`, id), `{"id":"twinset-none"}`)
			if s.at(a, "errors") == "[]" || s.at(a, "rotatedKeys") == "[]" {
				s.Fatal("got no errors or no rotated keys, want one of each")
			}
			s.rotate(400, "secondaryKey", `{"id":"twinset-none"}`)
		}},
		{ID: "H057", Title: "policyKey is primaryKey, secondaryKey or both", Source: "§0.8, §1.6", Unverified: true, Run: func(s *Session) {
			s.wantName(s.rotate(400, "third", fmt.Sprintf(`{"id":%q}`, s.device())), "InvalidPolicyKey")
		}},
	}
}

// rotate asks for new keys of devices and modules.
func (s *Session) rotate(status int, which string, identities ...string) answer {
	s.Helper()
	body := fmt.Sprintf(`{"policyKey":%q,"devices":[%s]}`, which, strings.Join(identities, ","))
	a := s.send(request{
		method: http.MethodPost, path: "/devices/keys/regenerate", query: "api-version=" + keysVersion, body: body,
	})
	if a.status != status { // the body of a success holds keys
		s.Fatalf("got status %d %s, want %d", a.status, a.header.Get("iothub-errorcode"), status)
	}
	return a
}
