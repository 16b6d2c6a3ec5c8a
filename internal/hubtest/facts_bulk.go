package hubtest

import (
	"fmt"
	"strings"
)

// entry is a bulk entry; more is further members, starting with a comma.
func entry(id, mode, more string) string {
	return fmt.Sprintf(`{"id":%q,"importMode":%q,"status":"enabled"%s}`, id, mode, more)
}

func bulkFacts() []Fact {
	const twin = `,"tags":{"site":"x"},"properties":{"desired":{"u":"A"}}`
	return []Fact{
		{ID: "H110", Title: "create makes identity and twin in one call, the body is 47 bytes", Source: "§2.1, §0.4", Run: func(s *Session) {
			id := s.newID()
			a := s.bulk(200, entry(id, "create", twin))
			if got, want := string(a.body), `{"isSuccessful":true,"errors":[],"warnings":[]}`; got != want {
				s.Fatalf("got %s, want %s", got, want)
			}
			t := s.call(200, get, twinPath(id), "", "")
			s.want(t, "etag", `"AAAAAAAAAAE="`)
			s.want(t, "version", "2")
			s.want(t, "tags", `{"site":"x"}`)
			s.want(t, "properties/desired/u", `"A"`)
			s.want(t, "properties/desired/$version", "1")
			s.want(t, "properties/desired/$metadata/u/$lastUpdatedVersion", "1")
		}},
		{ID: "H111", Title: "the same device twice fails the whole request", Source: "§2.2, §0.9", Run: func(s *Session) {
			id := s.newID()
			a := s.bulk(400, entry(id, "create", ""), entry(id, "create", ""))
			s.wantName(a, "DeviceDefinedMultipleTimes")
			s.call(404, get, devicePath(id), "", "")
		}},
		{ID: "H112", Title: "two modules of one device fail the whole request", Source: "§2.2", Run: func(s *Session) {
			id := s.device()
			s.module(id, "a", "")
			s.module(id, "b", "")
			a := s.bulk(400, entry(id, "updateTwin", `,"moduleId":"a"`+twin), entry(id, "updateTwin", `,"moduleId":"b"`+twin))
			s.wantName(a, "DeviceDefinedMultipleTimes")
		}},
		{ID: "H113", Title: "a failed entry is 400 with a result body and a numeric code", Source: "§2.3", Run: func(s *Session) {
			id := s.device()
			a := s.bulk(400, entry(id, "create", ""))
			s.want(a, "isSuccessful", "false")
			if !strings.Contains(string(a.body), `"deviceId":"`+id+`","errorCode":409001`) {
				s.Fatalf("got %s, want error 409001 of %s", a.body, id)
			}
		}},
		{ID: "H114", Title: "good entries are applied next to bad ones", Source: "§2.3", Unverified: true, Run: func(s *Session) {
			id, other := s.device(), s.newID()
			s.bulk(400, entry(id, "create", ""), entry(other, "create", ""))
			s.call(200, get, devicePath(other), "", "")
		}},
		{ID: "H115", Title: "more than 100 entries are refused", Source: "§2.1", Run: func(s *Session) {
			entries := make([]string, 101)
			for i := range entries {
				entries[i] = entry(fmt.Sprintf("twinset-many-%d", i), "delete", "")
			}
			s.wantName(s.bulk(413, entries...), "TooManyDevices")
		}},
		{ID: "H116", Title: "mode names ignore case, an etag is ignored by plain update", Source: "§2.1", Run: func(s *Session) {
			id := s.device()
			s.bulk(200, entry(id, "Update", `,"eTag":"MQ==","statusReason":"r"`))
			s.want(s.call(200, get, devicePath(id), "", ""), "statusReason", `"r"`)
		}},
		{ID: "H117", Title: "updateIfMatchETag compares an unquoted etag", Source: "§2.1", Run: func(s *Session) {
			id := s.newID()
			a := s.put(id, "")
			s.bulk(400, entry(id, "updateIfMatchETag", `,"eTag":"MQ=="`))
			s.bulk(200, entry(id, "updateIfMatchETag", `,"eTag":`+s.at(a, "etag")))
		}},
		{ID: "H118", Title: "deleteIfMatchETag without an etag deletes", Source: "§2.1", Run: func(s *Session) {
			id := s.device()
			s.bulk(200, entry(id, "deleteIfMatchETag", ""))
			s.call(404, get, devicePath(id), "", "")
		}},
		{ID: "H119", Title: "modules are created with their twin", Source: "§2.1, §2.2", Run: func(s *Session) {
			id := s.device()
			s.bulk(200, fmt.Sprintf(`{"id":%q,"moduleId":"m","importMode":"create"%s}`, id, twin))
			t := s.call(200, get, moduleTwinPath(id, "m"), "", "")
			s.want(t, "properties/desired/u", `"A"`)
			s.want(t, "version", "2")
		}},
		{ID: "H120", Title: "a module of a missing device is an entry error", Source: "§2.2", Run: func(s *Session) {
			a := s.bulk(400, `{"id":"twinset-none","moduleId":"m","importMode":"create"}`)
			s.want(a, "isSuccessful", "false")
		}},
		{ID: "H121", Title: "updateTwinIfMatchETag compares the twin's etag", Source: "§2.1", Run: func(s *Session) {
			id := s.device()
			s.patch(id, `{"tags":{"a":1}}`)
			s.bulk(400, entry(id, "updateTwinIfMatchETag", `,"twinETag":"AAAAAAAAAAE="`+twin))
			s.bulk(200, entry(id, "updateTwinIfMatchETag", `,"twinETag":"AAAAAAAAAAI="`+twin))
			s.want(s.call(200, get, twinPath(id), "", ""), "properties/desired/u", `"A"`)
		}},
		{ID: "H122", Title: "updateTwin overwrites the sections that are sent", Source: "§2.4", Unverified: true, Run: func(s *Session) {
			id := s.device()
			s.patch(id, `{"tags":{"old":1},"properties":{"desired":{"old":1}}}`)
			s.bulk(200, entry(id, "updateTwin", `,"properties":{"desired":{"u":"A"}}`))
			t := s.call(200, get, twinPath(id), "", "")
			s.want(t, "tags", `{"old":1}`)
			s.want(t, "properties/desired/old", "")
		}},
		{ID: "H123", Title: "createOrUpdate and an omitted mode are refused", Source: "§2.1", Unverified: true, Run: func(s *Session) {
			s.bulk(400, entry(s.newID(), "createOrUpdate", ""))
			s.bulk(400, fmt.Sprintf(`{"id":%q}`, s.newID()))
		}},
		{ID: "H124", Title: "a refused twin leaves the identity and a warning", Source: "§2.1", Unverified: true, Run: func(s *Session) {
			id := s.newID()
			a := s.bulk(200, entry(id, "create", `,"tags":{"a.b":1}`))
			if !strings.Contains(string(a.body), `"warningCode":"DeviceRegisteredWithoutTwin"`) {
				s.Fatalf("got %s, want a warning", a.body)
			}
			s.want(s.call(200, get, twinPath(id), "", ""), "tags", "")
		}},
	}
}
