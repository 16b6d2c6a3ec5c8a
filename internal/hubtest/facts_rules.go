package hubtest

import (
	"fmt"
	"net/http"
	"strings"
)

// ruleFacts are about rules between objects: parents and children, limits, what a state still allows.
func ruleFacts() []Fact {
	return []Fact{
		{ID: "H230", Title: "the parent of an edge device is in parentScopes, [] detaches it", Source: "§1.5", Run: func(s *Session) {
			parent, child := s.edge()
			scope := s.at(child, "deviceScope")
			id := s.text(child, "deviceId")
			a := s.update(id, fmt.Sprintf(`,"capabilities":{"iotEdge":true},"deviceScope":%s,"parentScopes":[%s]`, scope, parent))
			if got, want := s.at(a, "parentScopes"), "["+parent+"]"; got != want {
				s.Fatalf("got parents %s, want %s", got, want)
			}
			a = s.update(id, `,"capabilities":{"iotEdge":true},"deviceScope":`+scope+`,"parentScopes":[]`)
			s.want(a, "parentScopes", "")
		}},
		{ID: "H231", Title: "a device that becomes an edge device gets system modules and a scope without ticks", Source: "§1.5", Run: func(s *Session) {
			id := s.device()
			a := s.update(id, `,"capabilities":{"iotEdge":true},"deviceScope":""`)
			if got := s.text(a, "deviceScope"); !strings.HasSuffix(got, id+"-") {
				s.Fatalf("got scope %s, want one that ends in a hyphen", got)
			}
			s.call(200, http.MethodGet, moduleTwinPath(id, "$edgeAgent"), "", "")
		}},
		{ID: "H232", Title: "a leaf that becomes an edge device with its parent's scope is 503", Source: "§1.5", Run: func(s *Session) {
			parent, _ := s.edge()
			id := s.newID()
			s.put(id, `,"deviceScope":`+parent)
			s.call(503, http.MethodPut, devicePath(id), fmt.Sprintf(`{"deviceId":%q,"capabilities":{"iotEdge":true},"deviceScope":%s}`, id, parent), "*")
		}},
		{ID: "H233", Title: "any text is a scope of a leaf, in bulk too", Source: "§1.5", Run: func(s *Session) {
			id := s.newID()
			s.bulk(200, fmt.Sprintf(`{"id":%q,"importMode":"create","status":"enabled","deviceScope":"somewhere"}`, id))
			s.want(s.call(200, http.MethodGet, devicePath(id), "", ""), "deviceScope", `"somewhere"`)
		}},
		{ID: "H234", Title: "the 51st module of a device is 413003", Source: "§3", Run: func(s *Session) {
			id := s.device()
			for n := range 50 {
				s.module(id, fmt.Sprint("m", n), "")
			}
			body := fmt.Sprintf(`{"deviceId":%q,"moduleId":"m50"}`, id)
			s.refused(413, "TooManyModulesOnDevice", http.MethodPut, modulePath(id, "m50"), body, "")
		}},
		{ID: "H235", Title: "twins of a disabled device and its modules can be written", Source: "§1.4, §3", Run: func(s *Session) {
			id := s.device()
			s.module(id, "m", "")
			s.update(id, `,"status":"disabled"`)
			s.patch(id, `{"tags":{"x":1}}`)
			s.call(200, http.MethodPatch, moduleTwinPath(id, "m"), `{"tags":{"x":1}}`, "")
		}},
		{ID: "H236", Title: "a configuration that does not exist is ConfigurationNotFound", Source: "§6.1", Run: func(s *Session) {
			s.refused(404, "ConfigurationNotFound", http.MethodGet, "/configurations/twinset-none", "", "")
		}},
		{ID: "H237", Title: "timeouts of a method may be texts", Source: "§8", Run: func(s *Session) {
			body := `{"methodName":"x","responseTimeoutInSeconds":"5","connectTimeoutInSeconds":"0"}`
			s.refused(404, "DeviceNotOnline", http.MethodPost, twinPath(s.device())+"/methods", body, "")
		}},
	}
}

// edge makes two edge devices and returns the scope of the first, as JSON, and the second.
func (s *Session) edge() (scope string, second answer) {
	s.Helper()
	const more = `,"capabilities":{"iotEdge":true}`
	return s.at(s.put(s.newID(), more), "deviceScope"), s.put(s.newID(), more)
}

// update replaces an identity, except for its keys.
func (s *Session) update(id, more string) answer {
	s.Helper()
	keys := s.at(s.call(200, http.MethodGet, devicePath(id), "", ""), "authentication")
	return s.call(200, http.MethodPut, devicePath(id), fmt.Sprintf(`{"deviceId":%q,"authentication":%s%s}`, id, keys, more), "*")
}
