package hubtest

import (
	"fmt"
	"strings"
)

const (
	keyA  = "QUFBQUFBQUFBQUFBQUFBQQ=="
	keyB  = "QkJCQkJCQkJCQkJCQkJCQg=="
	sha1A = "AAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaa"
)

// sas is an authentication member with two keys.
func sas(primary, secondary string) string {
	return fmt.Sprintf(`,"authentication":{"type":"sas","symmetricKey":{"primaryKey":%q,"secondaryKey":%q}}`, primary, secondary)
}

// thumbprints is an authentication member for self-signed certificates.
func thumbprints(primary string) string {
	return fmt.Sprintf(`,"authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":%q}}`, primary)
}

func deviceAuthFacts() []Fact {
	refuses := func(id, title, authentication string) Fact {
		return Fact{ID: id, Title: title, Source: "§1.4", Run: func(s *Session) {
			device := s.newID()
			s.call(400, put, devicePath(device), fmt.Sprintf(`{"deviceId":%q%s}`, device, authentication), "")
			s.call(404, get, devicePath(device), "", "")
		}}
	}
	return []Fact{
		{ID: "H040", Title: "symmetric keys are echoed verbatim", Source: "§1.4", Run: func(s *Session) {
			a := s.put(s.newID(), sas(keyA, keyB))
			s.want(a, "authentication/symmetricKey", fmt.Sprintf(`{"primaryKey":%q,"secondaryKey":%q}`, keyA, keyB))
		}},
		{ID: "H041", Title: "an update without authentication mints new keys", Source: "§1.3", Run: func(s *Session) {
			id := s.newID()
			s.put(id, sas(keyA, keyB))
			a := s.call(200, put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), "*")
			if got := s.text(a, "authentication/symmetricKey/primaryKey"); got == keyA || got == "" {
				s.Fatalf("got primary key unchanged or empty, want a new one")
			}
		}},
		{ID: "H042", Title: "empty keys are generated", Source: "§1.3", Run: func(s *Session) {
			if a := s.put(s.newID(), sas("", "")); s.text(a, "authentication/symmetricKey/primaryKey") == "" {
				s.Fatal("got an empty key, want a generated one")
			}
		}},
		{ID: "H043", Title: "thumbprints keep their letter case, material of other kinds is null", Source: "§1.4", Run: func(s *Session) {
			a := s.put(s.newID(), thumbprints(sha1A))
			s.want(a, "authentication/type", `"selfSigned"`)
			s.want(a, "authentication/x509Thumbprint", fmt.Sprintf(`{"primaryThumbprint":%q,"secondaryThumbprint":null}`, sha1A))
			s.want(a, "authentication/symmetricKey", `{"primaryKey":null,"secondaryKey":null}`)
		}},
		{ID: "H044", Title: "certificateAuthority stores no material", Source: "§1.4", Run: func(s *Session) {
			a := s.put(s.newID(), `,"authentication":{"type":"certificateAuthority"}`)
			s.want(a, "authentication/type", `"certificateAuthority"`)
			s.want(a, "authentication/symmetricKey", `{"primaryKey":null,"secondaryKey":null}`)
		}},
		refuses("H045", "a key under 16 bytes is refused", sas("QUFB", "QUFB")),
		refuses("H046", "one key alone is refused", sas(keyA, "")),
		refuses("H047", "a thumbprint with separators is refused", thumbprints("AA:AA")),
		refuses("H048", "authentication none is refused for a device", `,"authentication":{"type":"none"}`),
	}
}

func edgeFacts() []Fact {
	const edge = `,"capabilities":{"iotEdge":true}`
	return []Fact{
		{ID: "H050", Title: "an edge device gets its own scope and two system modules", Source: "§1.5", Run: func(s *Session) {
			id := s.newID()
			a := s.put(id, edge+`,"deviceScope":"mine"`)
			if got := s.text(a, "deviceScope"); !strings.HasPrefix(got, "ms-azure-iot-edge://"+id+"-") {
				s.Fatalf("got scope %s, want a generated one", got)
			}
			agent := s.call(200, get, modulePath(id, "$edgeAgent"), "", "")
			s.want(agent, "managedBy", `"iotEdge"`)
			s.want(agent, "authentication/type", `"none"`)
			s.call(200, get, moduleTwinPath(id, "$edgeHub"), "", "")
		}},
		{ID: "H051", Title: "the scope of an edge device is immutable and must be echoed", Source: "§1.5", Run: func(s *Session) {
			id := s.newID()
			a := s.put(id, edge)
			body := `{"deviceId":"` + id + `"` + edge
			s.call(400, put, devicePath(id), body+`}`, "*")
			s.call(200, put, devicePath(id), body+`,"deviceScope":`+s.at(a, "deviceScope")+`}`, "*")
		}},
		{ID: "H052", Title: "a leaf's scope is copied to parentScopes", Source: "§1.5", Run: func(s *Session) {
			a := s.put(s.newID(), `,"deviceScope":"ms-azure-iot-edge://parent-1"`)
			s.want(a, "parentScopes", `["ms-azure-iot-edge://parent-1"]`)
		}},
		{ID: "H053", Title: "a leaf with parentScopes alone has no parent", Source: "§1.5", Run: func(s *Session) {
			a := s.put(s.newID(), `,"parentScopes":["ms-azure-iot-edge://parent-1"]`)
			s.want(a, "parentScopes", "")
		}},
	}
}

func moduleFacts() []Fact {
	return []Fact{
		{ID: "H060", Title: "a module has the known members in order", Source: "§3", Run: func(s *Session) {
			id := s.device()
			a := s.module(id, "m", "")
			want := "moduleId managedBy deviceId generationId etag connectionState connectionStateUpdatedTime " +
				"lastActivityTime cloudToDeviceMessageCount authentication"
			if got := s.names(a.body); got != want {
				s.Fatalf("got members %s, want %s", got, want)
			}
			s.want(a, "managedBy", "null")
		}},
		{ID: "H061", Title: "a second create of a module is 409 in envelope 2", Source: "§3, §0.6", Run: func(s *Session) {
			id := s.device()
			s.module(id, "m", "")
			a := s.call(409, put, modulePath(id, "m"), fmt.Sprintf(`{"deviceId":%q,"moduleId":"m"}`, id), "")
			s.want(a, "errorCode", "409301")
		}},
		{ID: "H062", Title: "a module update replaces all and needs If-Match", Source: "§3", Run: func(s *Session) {
			id := s.device()
			s.want(s.module(id, "m", `,"managedBy":"me"`+sas(keyA, keyB)), "managedBy", `"me"`)
			a := s.call(200, put, modulePath(id, "m"), fmt.Sprintf(`{"deviceId":%q,"moduleId":"m"}`, id), "*")
			s.want(a, "managedBy", "null")
			if s.text(a, "authentication/symmetricKey/primaryKey") == keyA {
				s.Fatal("got the key unchanged, want a new one")
			}
		}},
		{ID: "H063", Title: "deleting a module needs If-Match", Source: "§3", Run: func(s *Session) {
			id := s.device()
			s.module(id, "m", "")
			s.refused(412, "PreconditionFailed", remove, modulePath(id, "m"), "", "")
			s.call(204, remove, modulePath(id, "m"), "", "*")
			s.call(404, get, modulePath(id, "m"), "", "")
		}},
		{ID: "H064", Title: "module ids that start with $ are refused", Source: "§3", Run: func(s *Session) {
			id := s.device()
			s.call(400, put, modulePath(id, "$m"), fmt.Sprintf(`{"deviceId":%q,"moduleId":"$m"}`, id), "")
		}},
		{ID: "H065", Title: "module identities of a missing or disabled device are 401 under SAS", Source: "§3", Run: disabledModules},
		{ID: "H066", Title: "a missing module twin is DeviceNotFound", Source: "§3", Run: func(s *Session) {
			s.refused(404, "DeviceNotFound", get, moduleTwinPath(s.device(), "m"), "", "")
		}},
		{ID: "H067", Title: "authentication none becomes sas on an ordinary module", Source: "§3", Run: func(s *Session) {
			a := s.module(s.device(), "m", `,"authentication":{"type":"none"}`)
			s.want(a, "authentication/type", `"sas"`)
		}},
		{ID: "H068", Title: "deleting a device deletes its modules", Source: "§1.3", Run: func(s *Session) {
			id := s.device()
			s.module(id, "m", "")
			s.call(204, remove, devicePath(id), "", "*")
			s.put(id, "")
			s.call(404, get, moduleTwinPath(id, "m"), "", "")
		}},
		{ID: "H069", Title: "the list of modules is a plain array", Source: "§3", Run: func(s *Session) {
			id := s.device()
			if a := s.call(200, get, devicePath(id)+"/modules", "", ""); string(a.body) != "[]" {
				s.Fatalf("got %s, want []", a.body)
			}
			s.module(id, "m", "")
			a := s.call(200, get, devicePath(id)+"/modules", "", "")
			if !strings.HasPrefix(string(a.body), `[{"moduleId":"m"`) {
				s.Fatalf("got %s, want module m", a.body)
			}
		}},
	}
}

func disabledModules(s *Session) {
	s.refused(401, "IotHubUnauthorizedAccess", get, modulePath("twinset-none", "m"), "", "")
	id := s.device()
	s.module(id, "m", "")
	s.call(200, put, devicePath(id), fmt.Sprintf(`{"deviceId":%q,"status":"disabled"}`, id), "*")
	s.refused(401, "IotHubUnauthorizedAccess", get, modulePath(id, "m"), "", "")
	s.refused(401, "IotHubUnauthorizedAccess", get, devicePath(id)+"/modules", "", "")
	s.call(200, get, moduleTwinPath(id, "m"), "", "")
	s.call(200, patch, moduleTwinPath(id, "m"), `{"tags":{"a":1}}`, "")
}
