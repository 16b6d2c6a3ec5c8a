package hubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func queryLanguageFacts() []Fact {
	return append(queryConditionFacts(), queryRowFacts()...)
}

func queryConditionFacts() []Fact {
	return []Fact{
		selects("H148", "STARTSWITH works", "STARTSWITH(tags.site, 'a')", 0),
		selects("H149", "arithmetic with the usual precedence", "tags.n * 2 + 1 = 5 OR (tags.n - 4) / 2 % 2 = 1", 1, 2),
		selects("H150", "hexadecimal constants", "tags.n = 0x0A", 2),
		selects("H151", "escapes in strings", `tags.site = '\u0061' AND "\"\\" = '"\\'`, 0),
		selects("H152", "a condition that is no boolean is false", "tags.n OR 'true' OR null OR undefined OR tags.on", 1),
		selects("H153", "two paths compare", "properties.desired.$version = properties.reported.$version AND tags.n <= version", 0, 1),
		unverified(selects("H154", "values of different types do not compare", "tags.n = '1' OR tags.n != '1' OR tags.site > 0 OR tags.on IN ['true']")),
		unverified(selects("H155", "an expression without a value is neither true nor false", "NOT (tags.n / 0 = 1) OR NOT (tags.site + 1 = 2)")),
		unverified(selects("H156", "times compare as strings", "lastActivityTime < '0001-01-02' AND lastActivityTime >= '0001'", 0, 1, 2)),
		{ID: "H157", Title: "array_contains finds a parent", Source: "§5", Run: func(s *Session) {
			id, scope := s.newID(), "scope-"+s.unique()
			s.put(id, fmt.Sprintf(`,"deviceScope":%q`, scope))
			rows := s.indexed("SELECT deviceId FROM devices WHERE array_contains(parentScopes, '"+scope+"')", 1)
			if want := fmt.Sprintf(`{"deviceId":%q}`, id); rows[0] != want {
				s.Fatalf("got %s, want %s", rows[0], want)
			}
		}},
		{ID: "H158", Title: "STARTS_WITH and CONTAINS are refused", Source: "§5", Run: func(s *Session) {
			s.queriesRefused("SELECT * FROM devices WHERE ", "STARTS_WITH(deviceId, 'a')", "CONTAINS(deviceId, 'a')")
		}},
		{ID: "H159", Title: "so are the other functions of message routing", Source: "§5", Unverified: true, Run: func(s *Session) {
			s.queriesRefused("SELECT * FROM devices WHERE ", "ENDSWITH(deviceId, 'a')", "ENDS_WITH(deviceId, 'a')", "LOWER(deviceId) = 'a'",
				"LENGTH(deviceId) = 1", "IS_STRING(deviceId)", "IS_NUMBER(version)", "IS_NULL(tags.a)", "ABS(version) = 1", "CONCAT(deviceId, 'a') = 'aa'")
		}},
		{ID: "H160", Title: "what the grammar does not have is refused", Source: "§5", Unverified: true, Run: func(s *Session) {
			s.queriesRefused("SELECT * FROM ", "devices ORDER BY deviceId", "devices HAVING true", "devices, devices.modules", "devices AS d",
				"devices WHERE tags.a LIKE 'x'", "devices WHERE tags.a IN ('x')", "devices WHERE tags.a IN []", "devices WHERE tags.a = 1 = 1",
				"devices WHERE deviceId || 'a' = 'aa'", "devices WHERE nosuch = 1", "devices WHERE -version = 1")
		}},
		{
			ID: "H161", Title: "the name group needs double brackets", Source: "§5; issue MicrosoftDocs/azure-docs#17106", Unverified: true,
			Run: func(s *Session) {
				s.queriesRefused("SELECT * FROM devices WHERE ", "tags.group = 'a'")
				s.wantStatus(s.page("SELECT * FROM devices WHERE tags.[[group]] = 'a'", 1, ""), 200)
			},
		},
		{
			ID: "H162", Title: "a request without a query is refused by name", Source: "§5; issue Azure/azure-iot-sdks#941", Unverified: true,
			Run: func(s *Session) {
				a := s.refused(400, "ArgumentNull", http.MethodPost, "/devices/query", `{}`, "")
				s.want(a, "Message", `"ErrorCode:ArgumentNull;BadRequest"`)
			},
		},
	}
}

func queryRowFacts() []Fact {
	return []Fact{
		{ID: "H163", Title: "TOP limits the rows", Source: "§5", Run: func(s *Session) {
			condition, _ := s.fleet()
			if rows := s.rows("SELECT TOP 2 deviceId FROM devices WHERE " + condition); len(rows) != 2 {
				s.Fatalf("got rows %v, want two", rows)
			}
		}},
		{ID: "H164", Title: "TOP counts over all pages", Source: "§5", Unverified: true, Run: func(s *Session) {
			condition, _ := s.fleet()
			query := "SELECT TOP 2 deviceId FROM devices WHERE " + condition
			a := s.page(query, 1, "")
			b := s.page(query, 1, a.header.Get("x-ms-continuation"))
			if token := b.header.Get("x-ms-continuation"); token != "" || string(a.body) == string(b.body) {
				s.Fatalf("got pages %s and %s and token %q, want two rows and no token", a.body, b.body, token)
			}
		}},
		{ID: "H165", Title: "GROUP BY counts documents by value", Source: "§5", Run: func(s *Session) {
			condition, _ := s.fleet()
			s.wantRows("SELECT status, COUNT() AS n FROM devices WHERE "+condition+" GROUP BY status", `{"status":"enabled","n":3}`)
			s.wantRows("SELECT tags.site AS s, COUNT() AS n FROM devices WHERE IS_DEFINED(tags.site) AND "+condition+" GROUP BY tags.site",
				`{"s":"a","n":1}`, `{"s":"b","n":1}`)
		}},
		{ID: "H166", Title: "documents without the value are a group without it", Source: "§5", Unverified: true, Run: func(s *Session) {
			condition, _ := s.fleet()
			s.wantRows("SELECT tags.site AS s, COUNT() AS n FROM devices WHERE "+condition+" GROUP BY tags.site",
				`{"n":1}`, `{"s":"a","n":1}`, `{"s":"b","n":1}`)
		}},
		{ID: "H167", Title: "the other aggregates", Source: "§5", Run: func(s *Session) {
			condition, _ := s.fleet()
			s.wantRows("SELECT SUM(tags.n) AS s, MIN(tags.n) AS i, MAX(tags.n) AS x FROM devices WHERE "+condition, `{"s":13,"i":1,"x":10}`)
			s.wantRows("SELECT AVG(tags.n) AS v FROM devices WHERE tags.n <= 2 AND "+condition, `{"v":1.5}`)
		}},
		{ID: "H168", Title: "an aggregate of no numbers is left out", Source: "§5", Unverified: true, Run: func(s *Session) {
			condition, _ := s.fleet()
			s.wantRows("SELECT COUNT() AS n, AVG(tags.site) AS v, MAX(tags.none) AS x FROM devices WHERE "+condition, `{"n":3}`)
		}},
		{ID: "H169", Title: "a column without a value is left out", Source: "§5", Unverified: true, Run: func(s *Session) {
			condition, _ := s.fleet()
			s.wantRows("SELECT tags.n, tags.site FROM devices WHERE "+condition, `{"n":1,"site":"a"}`, `{"n":2,"site":"b"}`, `{"n":10}`)
		}},
		{ID: "H170", Title: "columns must be grouped by or aggregated", Source: "§5", Unverified: true, Run: func(s *Session) {
			s.queriesRefused("SELECT ", "status, COUNT() AS n FROM devices", "tags.a, COUNT() AS n FROM devices GROUP BY status",
				"* FROM devices GROUP BY status", "COUNT(deviceId) AS n FROM devices", "AVG() AS n FROM devices")
		}},
		{ID: "H171", Title: "devices.jobs gives items of type DeviceJob", Source: "§5", Run: func(s *Session) {
			a := s.page("SELECT * FROM devices.jobs WHERE devices.jobs.deviceId = '"+s.newID()+"' AND devices.jobs.createdTimeUtc > '2016-09-01'", 10, "")
			s.wantStatus(a, 200)
			if got := a.header.Get("x-ms-item-type"); got != "DeviceJob" || string(a.body) != "[]" {
				s.Fatalf("got item type %q and %s, want DeviceJob and no rows", got, a.body)
			}
		}},
		{ID: "H172", Title: "devices.jobs takes neither columns nor groups nor twin conditions", Source: "§5", Run: func(s *Session) {
			s.queriesRefused("SELECT ", "devices.jobs.jobId FROM devices.jobs", "COUNT() AS n FROM devices.jobs",
				"* FROM devices.jobs GROUP BY devices.jobs.status", "* FROM devices.jobs WHERE devices.tags.a = 1")
		}},
	}
}

func unverified(f Fact) Fact {
	f.Unverified = true
	return f
}

// queriesRefused expects the bare 400 for each text (FACTS §0.9).
func (s *Session) queriesRefused(prefix string, texts ...string) {
	s.Helper()
	for _, text := range texts {
		a := s.page(prefix+text, 10, "")
		if message := s.at(a, "Message"); a.status != 400 || !strings.HasSuffix(message, `;BadRequest"`) {
			s.Fatalf("%s: got status %d and %.200s, want 400 and BadRequest", text, a.status, a.body)
		}
	}
}

// wantRows compares the rows of a query, in any order.
func (s *Session) wantRows(query string, want ...string) {
	s.Helper()
	got := s.rows(query)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.Fatalf("%s: got rows %v, want %v", query, got, want)
	}
}
