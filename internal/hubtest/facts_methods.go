package hubtest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

func methodFacts() []Fact {
	return []Fact{
		{ID: "H400", Title: "a method of a missing device is 404001, of a missing module 404010", Source: "§8", Run: func(s *Session) {
			s.refused(404, "DeviceNotFound", http.MethodPost, twinPath("twinset-none")+"/methods", `{"methodName":"x"}`, "")
			s.refused(404, "ModuleNotFound", http.MethodPost, moduleTwinPath(s.device(), "none")+"/methods", `{"methodName":"x"}`, "")
		}},
		{ID: "H401", Title: "a method of a device that is not connected is 404103, an error nested in another", Source: "§0.6, §8", Run: func(s *Session) {
			s.notOnline(twinPath(s.device()))
		}},
		{ID: "H402", Title: "the same for a module", Source: "§8", Run: func(s *Session) {
			id := s.device()
			s.module(id, "m", "")
			s.notOnline(moduleTwinPath(id, "m"))
		}},
		{ID: "H403", Title: "timeouts of a method have limits", Source: "§8", Run: func(s *Session) {
			path := twinPath(s.device()) + "/methods"
			for _, body := range []string{
				`{"methodName":"x","responseTimeoutInSeconds":4}`,
				`{"methodName":"x","responseTimeoutInSeconds":10,"connectTimeoutInSeconds":11}`,
				`{"methodName":"x","responseTimeoutInSeconds":10,"connectTimeoutInSeconds":-1}`,
			} {
				s.call(400, http.MethodPost, path, body, "")
			}
		}},
		{ID: "H404", Title: "emptying the queue of a device says how many messages went", Source: "§8", Run: func(s *Session) {
			id := s.device()
			a := s.call(200, http.MethodDelete, devicePath(id)+"/commands", "", "")
			s.want(a, "deviceId", `"`+id+`"`)
			s.want(a, "totalMessagesPurged", "0")
		}},
		{ID: "H405", Title: "the number of connected devices is a statistic", Source: "§1.6", Run: func(s *Session) {
			a := s.call(200, http.MethodGet, "/statistics/service", "", "")
			if n, err := strconv.Atoi(s.at(a, "connectedDeviceCount")); err != nil || n < 0 {
				s.Fatalf("got %s, want a number of devices", a.body)
			}
		}},
		{ID: "H406", Title: "a client that never connected is Disconnected", Source: "§1.1, §4.1", Run: func(s *Session) {
			id := s.device()
			s.module(id, "m", "")
			for _, path := range []string{devicePath(id), twinPath(id), modulePath(id, "m"), moduleTwinPath(id, "m")} {
				a := s.call(200, http.MethodGet, path, "", "")
				s.want(a, "connectionState", `"Disconnected"`)
				s.want(a, "cloudToDeviceMessageCount", "0")
			}
		}},
	}
}

// notOnline calls a method of a twin.
func (s *Session) notOnline(path string) {
	s.Helper()
	a := s.refused(404, "DeviceNotOnline", http.MethodPost, path+"/methods", `{"methodName":"x","responseTimeoutInSeconds":5}`, "")
	var inner struct{ ErrorCode int }
	if err := json.Unmarshal([]byte(s.text(a, "Message")), &inner); err != nil || inner.ErrorCode != 404103 {
		s.Fatalf("got %s, want code 404103 in the message (%v)", a.body, err)
	}
}
