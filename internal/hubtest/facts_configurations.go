package hubtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	deviceContent = `"content":{"deviceContent":{"properties.desired.k":1}}`
	edgeContent   = `"modulesContent":{"$edgeAgent":{"properties.desired":{"schemaVersion":"1.1","modules":{}}}}`
)

func configurationFacts() []Fact {
	return append(configurationCallFacts(), configurationEffectFacts()...)
}

func configurationCallFacts() []Fact {
	return []Fact{
		{ID: "H200", Title: "a configuration has its members in this order", Source: "§6.1", Run: func(s *Session) {
			a := s.configure(s.configurationID(), `,"targetCondition":"tags.none = 1",`+deviceContent)
			want := "id schemaVersion labels content targetCondition createdTimeUtc lastUpdatedTimeUtc priority systemMetrics metrics etag"
			if got := s.names(a.body); got != want {
				s.Fatalf("got members %s, want %s", got, want)
			}
			s.want(a, "schemaVersion", "null")
			s.want(a, "labels", "null")
			s.want(a, "priority", "0")
		}},
		{ID: "H201", Title: "the etag counts from 1, in the header too", Source: "§6.1", Run: func(s *Session) {
			id := s.configurationID()
			a := s.configure(id, ","+deviceContent)
			s.want(a, "etag", `"MQ=="`)
			if got := a.header.Get("ETag"); got != `"MQ=="` {
				s.Fatalf(`got ETag header %s, want "MQ=="`, got)
			}
			a = s.call(200, http.MethodPut, configurationPath(id), configurationBody(id, ","+deviceContent), "*")
			s.want(a, "etag", `"Mg=="`)
		}},
		{ID: "H202", Title: "system metrics of a device configuration", Source: "§6.1", Run: func(s *Session) {
			id := s.configurationID()
			a := s.configure(id, `,"targetCondition":"tags.none = 1",`+deviceContent)
			s.want(a, "systemMetrics/queries/targetedCount", `"select deviceId from devices where tags.none = 1"`)
			s.want(a, "systemMetrics/queries/appliedCount",
				`"select deviceId from devices where configurations.[[`+id+`]].status = 'Applied'"`)
			s.want(a, "systemMetrics/results", "{}")
		}},
		{ID: "H203", Title: "PUT without If-Match only creates", Source: "§6.1", Run: func(s *Session) {
			id := s.configurationID()
			s.configure(id, ","+deviceContent)
			for _, match := range []string{"", `""`} {
				s.refused(409, "ConfigurationAlreadyExists", http.MethodPut, configurationPath(id), configurationBody(id, ","+deviceContent), match)
			}
		}},
		{ID: "H204", Title: "only a quoted etag updates", Source: "§6.1", Run: func(s *Session) {
			id := s.configurationID()
			etag := s.text(s.configure(id, ","+deviceContent), "etag")
			body := configurationBody(id, ","+deviceContent)
			s.refused(409, "ConfigurationAlreadyExists", http.MethodPut, configurationPath(id), body, etag)
			s.call(200, http.MethodPut, configurationPath(id), body, `"`+etag+`"`)
			s.refused(412, "PreconditionFailed", http.MethodPut, configurationPath(id), body, `"`+etag+`"`)
		}},
		{ID: "H205", Title: "DELETE works without If-Match", Source: "§6.1", Run: func(s *Session) {
			id := s.configurationID()
			s.configure(id, ","+deviceContent)
			s.call(204, http.MethodDelete, configurationPath(id), "", "")
			for _, method := range []string{http.MethodGet, http.MethodDelete} {
				s.refused(404, "ConfigurationNotFound", method, configurationPath(id), "", "")
			}
		}},
		{ID: "H206", Title: "other content is accepted and ignored", Source: "§6.2", Run: func(s *Session) {
			id := s.configurationID()
			s.configure(id, ","+deviceContent)
			other := `,"priority":4,"content":{"deviceContent":{"properties.desired.k":2}}`
			a := s.call(200, http.MethodPut, configurationPath(id), configurationBody(id, other), "*")
			s.want(a, "content", `{"deviceContent":{"properties.desired.k":1}}`)
			s.want(a, "priority", "4")
		}},
		{ID: "H207", Title: "content must be in every PUT", Source: "§6.2", Run: func(s *Session) {
			id := s.configurationID()
			s.refused(400, "InvalidConfigurationContent", http.MethodPut, configurationPath(id), configurationBody(id, ""), "")
			s.configure(id, ","+deviceContent)
			s.refused(400, "InvalidConfigurationContent", http.MethodPut, configurationPath(id), configurationBody(id, `,"priority":1`), "*")
		}},
		{ID: "H208", Title: "content is of one kind and sets desired properties only", Source: "§6.2", Run: func(s *Session) {
			for _, content := range []string{
				`{"deviceContent":{"tags.x":1}}`,
				`{"deviceContent":{"properties.desired.k":1},` + edgeContent + `}`,
				`{"modulesContent":{"m":{"properties.desired":{"x":1}}}}`,
			} {
				id := s.configurationID()
				s.call(400, http.MethodPut, configurationPath(id), configurationBody(id, `,"content":`+content), "")
			}
		}},
		{ID: "H209", Title: "an id has no capitals", Source: "§6.2", Run: func(s *Session) {
			id := s.configurationID() + "A"
			s.call(400, http.MethodPut, configurationPath(id), configurationBody(id, ","+deviceContent), "")
		}},
		{ID: "H210", Title: "a target condition does not name desired properties", Source: "§6.2", Run: func(s *Session) {
			id := s.configurationID()
			s.call(400, http.MethodPut, configurationPath(id), configurationBody(id, `,"targetCondition":"properties.desired.k = 1",`+deviceContent), "")
		}},
		{ID: "H211", Title: "testQueries tells what is wrong", Source: "§6.2", Run: func(s *Session) {
			a := s.call(200, http.MethodPost, "/configurations/testQueries",
				`{"targetCondition":"tags.a =","customMetricQueries":{"bad":"SELEC","good":"SELECT deviceId FROM devices"}}`, "")
			if s.text(a, "targetConditionError") == "" || s.at(a, "customMetricQueryErrors/bad") == "" || s.at(a, "customMetricQueryErrors/good") != "" {
				s.Fatalf("got %s, want errors for the condition and for bad", a.body)
			}
			a = s.call(200, http.MethodPost, "/configurations/testQueries", `{"targetCondition":"*"}`, "")
			if s.text(a, "targetConditionError") == "" {
				s.Fatalf("got %s, want an error for *", a.body)
			}
		}},
		{ID: "H212", Title: "the list holds every configuration", Source: "§6.1", Run: func(s *Session) {
			id := s.configurationID()
			s.configure(id, ","+deviceContent)
			a := s.send(request{method: http.MethodGet, path: "/configurations", query: "api-version=" + apiVersion + "&top=1"})
			s.wantStatus(a, 200)
			if !strings.Contains(string(a.body), `"id":"`+id+`"`) {
				s.Fatalf("got %.300s, want it to hold %s", a.body, id)
			}
		}},
		{ID: "H213", Title: "a custom metric that is no query is refused", Source: "§6.2", Unverified: true, Run: func(s *Session) {
			id := s.configurationID()
			s.refused(400, "InvalidConfigurationCustomMetricsQuery", http.MethodPut, configurationPath(id),
				configurationBody(id, `,"metrics":{"queries":{"m":"SELEC"}},`+deviceContent), "")
		}},
	}
}

func configurationEffectFacts() []Fact {
	return []Fact{
		{ID: "H220", Title: "content reaches a twin in one write, signed at the leaves", Source: "§6.3, §4.2", Run: func(s *Session) {
			id, device := s.configurationID(), s.newID()
			s.configure(id, fmt.Sprintf(`,"targetCondition":"deviceId = '%s'","content":{"deviceContent":{"properties.desired.o":{"p":1}}}`, device))
			s.put(device, "")
			a := s.targeted(device, id, "Applied")
			s.want(a, "etag", `"AAAAAAAAAAI="`)
			s.want(a, "properties/desired/$version", "2")
			s.want(a, "properties/desired/o", `{"p":1}`)
			s.want(a, "properties/desired/$metadata/o/p/$lastUpdatedBy", `"`+id+`"`)
			if digest := s.text(a, "properties/desired/$metadata/o/p/$lastUpdatedByDigest"); len(digest) != 18 {
				s.Fatalf("got digest %q, want ticks", digest)
			}
			for _, above := range []string{"properties/desired/$metadata/$lastUpdatedBy", "properties/desired/$metadata/o/$lastUpdatedBy"} {
				s.want(a, above, "")
			}
		}},
		{ID: "H221", Title: "the higher priority wins a key, whoever came first", Source: "§6.3", Run: func(s *Session) {
			low, high, device := s.configurationID(), s.configurationID(), s.newID()
			members := fmt.Sprintf(`,"targetCondition":"deviceId = '%s'","priority":%%d,"content":{"deviceContent":{"properties.desired.k":%%q}}`, device)
			s.configure(high, fmt.Sprintf(members, 2, "high"))
			s.configure(low, fmt.Sprintf(members, 1, "low"))
			s.put(device, "")
			s.want(s.targeted(device, high, "Applied"), "properties/desired/k", `"high"`)
			s.targeted(device, low, "Targeted")
		}},
		{ID: "H222", Title: "of equal priority the one created last wins", Source: "§6.3", Run: func(s *Session) {
			older, newer, device := s.configurationID(), s.configurationID(), s.newID()
			members := fmt.Sprintf(`,"targetCondition":"deviceId = '%s'","content":{"deviceContent":{"properties.desired.k":%%q}}`, device)
			s.configure(older, fmt.Sprintf(members, "older"))
			s.configure(newer, fmt.Sprintf(members, "newer"))
			s.put(device, "")
			s.want(s.targeted(device, newer, "Applied"), "properties/desired/k", `"newer"`)
		}},
		{ID: "H223", Title: "what a deleted configuration wrote stays", Source: "§6.3", Run: func(s *Session) {
			id, device := s.configurationID(), s.newID()
			s.configure(id, fmt.Sprintf(`,"targetCondition":"deviceId = '%s'",%s`, device, deviceContent))
			s.put(device, "")
			s.targeted(device, id, "Applied")
			s.call(204, http.MethodDelete, configurationPath(id), "", "")
			s.want(s.targeted(device, id, ""), "properties/desired/k", "1")
		}},
		{ID: "H224", Title: "the status can be queried", Source: "§5", Run: func(s *Session) {
			id, device := s.configurationID(), s.newID()
			s.configure(id, fmt.Sprintf(`,"targetCondition":"deviceId = '%s'",%s`, device, deviceContent))
			s.put(device, "")
			rows := s.indexed("select deviceId from devices where configurations.[["+id+"]].status = 'Applied'", 1)
			if want := fmt.Sprintf(`{"deviceId":%q}`, device); rows[0] != want {
				s.Fatalf("got %s, want %s", rows[0], want)
			}
		}},
		{ID: "H225", Title: "applyConfigurationContent is for edge devices", Source: "§6.2", Run: func(s *Session) {
			leaf := s.device()
			s.call(400, http.MethodPost, devicePath(leaf)+"/applyConfigurationContent", "{"+edgeContent+"}", "")
			edge := s.newID()
			s.put(edge, `,"capabilities":{"iotEdge":true}`)
			s.call(204, http.MethodPost, devicePath(edge)+"/applyConfigurationContent", "{"+edgeContent+"}", "")
			a := s.call(200, http.MethodGet, moduleTwinPath(edge, "$edgeAgent"), "", "")
			s.want(a, "properties/desired/schemaVersion", `"1.1"`)
		}},
		{ID: "H226", Title: "a deployment shows on the twin of the edge agent", Source: "§6.1", Unverified: true, Run: func(s *Session) {
			id, edge := s.configurationID(), s.newID()
			s.configure(id, fmt.Sprintf(`,"targetCondition":"deviceId = '%s'","content":{%s}`, edge, edgeContent))
			s.put(edge, `,"capabilities":{"iotEdge":true}`)
			query := "select deviceId from devices.modules where moduleId = '$edgeAgent' and configurations.[[" + id + "]].status = 'Applied'"
			s.want(s.call(200, http.MethodGet, configurationPath(id), "", ""), "systemMetrics/queries/appliedCount", `"`+query+`"`)
			s.indexed(query, 1)
			s.want(s.call(200, http.MethodGet, twinPath(edge), "", ""), "configurations", "")
		}},
		{ID: "H227", Title: "an empty target condition targets nothing", Source: "§6.2", Unverified: true, Run: func(s *Session) {
			id, device := s.configurationID(), s.newID()
			s.configure(id, ","+deviceContent)
			s.put(device, "")
			s.want(s.call(200, http.MethodGet, twinPath(device), "", ""), "configurations", "")
		}},
	}
}

func configurationPath(id string) string { return "/configurations/" + escape(id) }

func configurationBody(id, members string) string { return fmt.Sprintf(`{"id":%q%s}`, id, members) }

// configurationID returns an unused id and removes the configuration of that name at the end.
func (s *Session) configurationID() string {
	id := "twinset-" + s.unique()
	s.Cleanup(func() {
		if _, err := s.client.do(request{method: http.MethodDelete, path: configurationPath(id)}); err != nil {
			s.Logf("remove configuration %s: %v", id, err)
		}
	})
	return id
}

// configure creates a configuration; members start with a comma.
func (s *Session) configure(id, members string) answer {
	s.Helper()
	return s.call(200, http.MethodPut, configurationPath(id), configurationBody(id, members), "")
}

// targeted reads a twin until a configuration has a status on it, or is gone from it for an empty one. A real hub takes
// seconds, or a cycle of five minutes (FACTS §6.3).
func (s *Session) targeted(device, id, status string) answer {
	s.Helper()
	want := ""
	if status != "" {
		want = fmt.Sprintf(`{"status":%q}`, status)
	}
	deadline := s.client.o.Now().Add(6 * time.Minute)
	for {
		a := s.call(200, http.MethodGet, twinPath(device), "", "")
		got := s.at(a, "configurations/"+id)
		if got == want {
			return a
		}
		if !s.client.o.Live || s.client.o.Now().After(deadline) {
			s.Fatalf("got configuration %s as %q on %s, want %q", id, got, device, want)
		}
		s.client.o.Wait(2 * time.Second)
	}
}
