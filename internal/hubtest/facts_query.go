package hubtest

import (
	"fmt"
	"strings"
)

// fleet makes three devices that a query finds by tags.run, and returns that condition.
func (s *Session) fleet() (condition string, ids []string) {
	s.Helper()
	run := s.unique()
	tags := []string{`"n":1,"site":"a"`, `"n":2,"site":"b","on":true`, `"n":10`}
	for i, t := range tags {
		id := s.named(fmt.Sprintf("twinset-%s-%d", run, i))
		s.bulk(200, entry(id, "create", fmt.Sprintf(`,"tags":{"run":%q,%s}`, run, t)))
		ids = append(ids, id)
	}
	condition = "tags.run = '" + run + "'"
	s.indexed("SELECT * FROM devices WHERE "+condition, len(ids))
	return condition, ids
}

// selects is a fact that a condition picks some of the three devices of a fleet, by their number.
func selects(id, title, condition string, want ...int) Fact {
	return Fact{ID: id, Title: title, Source: "§5", Run: func(s *Session) {
		base, ids := s.fleet()
		got := map[string]bool{}
		for _, row := range s.rows("SELECT deviceId FROM devices WHERE " + base + " AND (" + condition + ")") {
			got[row] = true
		}
		for _, n := range want {
			if row := fmt.Sprintf(`{"deviceId":%q}`, ids[n]); !got[row] {
				s.Fatalf("%s: got rows %v, want %s among them", condition, got, row)
			}
		}
		if len(got) != len(want) {
			s.Fatalf("%s: got %d rows %v, want %d", condition, len(got), got, len(want))
		}
	}}
}

func queryFacts() []Fact {
	return []Fact{
		{ID: "H130", Title: "SELECT * gives twins of item type Twin, without keys", Source: "§5", Run: func(s *Session) {
			condition, ids := s.fleet()
			a := s.page("SELECT * FROM devices WHERE "+condition, 100, "")
			if got := a.header.Get("x-ms-item-type"); got != "Twin" {
				s.Fatalf("got item type %q, want Twin", got)
			}
			if body := string(a.body); !strings.Contains(body, ids[0]) || strings.Contains(body, "symmetricKey") {
				s.Fatalf("got %.300s, want twins without keys", body)
			}
		}},
		{ID: "H131", Title: "a projection gives items of type Raw under their alias", Source: "§5", Run: func(s *Session) {
			condition, _ := s.fleet()
			a := s.page("SELECT tags.site AS place, DeviceId FROM devices WHERE tags.site = 'a' AND "+condition, 100, "")
			if got := a.header.Get("x-ms-item-type"); got != "Raw" {
				s.Fatalf("got item type %q, want Raw", got)
			}
			if got := string(a.body); !strings.HasPrefix(got, `[{"place":"a","deviceId":`) {
				s.Fatalf("got %s, want place and deviceId", got)
			}
		}},
		{ID: "H132", Title: "pages follow the continuation, the last one has no header", Source: "§5", Run: paging},
		{ID: "H133", Title: "COUNT() counts under its alias", Source: "§5", Run: func(s *Session) {
			condition, _ := s.fleet()
			a := s.page("SELECT COUNT() AS n FROM devices WHERE "+condition, 100, "")
			if got := string(a.body); got != `[{"n":3}]` || a.header.Get("x-ms-item-type") != "Raw" {
				s.Fatalf("got %s, want [{\"n\":3}] of type Raw", got)
			}
		}},
		selects("H134", "numbers compare as numbers", "tags.n > 1", 1, 2),
		selects("H135", "AND binds tighter than OR, NOT tightest", "tags.n = 1 OR tags.n >= 2 AND NOT tags.n = 2", 0, 2),
		selects("H136", "IN and NIN take lists", "tags.n IN [1, 2] AND tags.n NIN [2]", 0),
		selects("H137", "IS_DEFINED tells whether a path is there", "IS_DEFINED(tags.site)", 0, 1),
		selects("H138", "both spellings of not equal, double quotes and lower case", `tags.n <> 1 and tags.n != 2 or tags.site = "a"`, 0, 2),
		selects("H139", "paths may carry the prefix devices", "devices.tags.n <= 2", 0, 1),
		selects("H140", "names in double brackets", "tags.[[site]] = 'b'", 1),
		selects("H141", "booleans and built-in members", "tags.on = true AND capabilities.iotEdge = false AND status = 'enabled'", 1),
		selects("H142", "desired properties and their version", "properties.desired.$version = 1", 0, 1, 2),
		{ID: "H143", Title: "a syntax error is 400 without detail", Source: "§5, §0.9", Run: func(s *Session) {
			for _, q := range []string{"SELECT", "SELECT * FROM devices WHERE", "SELECT * FROM devices WHERE tags.a = 'x", "SELECT * FROM nowhere", ""} {
				a := s.page(q, 10, "")
				s.wantStatus(a, 400)
				s.want(a, "Message", `"ErrorCode:ArgumentInvalid;BadRequest"`)
			}
		}},
		{ID: "H144", Title: "devices.modules lists module twins", Source: "§5", Run: func(s *Session) {
			id := s.device()
			s.module(id, "m", "")
			rows := s.indexed("SELECT deviceId, moduleId FROM devices.modules WHERE deviceId = '"+id+"'", 1)
			if want := fmt.Sprintf(`{"deviceId":%q,"moduleId":"m"}`, id); rows[0] != want {
				s.Fatalf("got %s, want %s", rows[0], want)
			}
		}},
		{ID: "H145", Title: "a query over 8192 characters is refused", Source: "§5", Run: func(s *Session) {
			a := s.page("SELECT * FROM devices WHERE tags.a = '"+strings.Repeat("x", 8192)+"'", 10, "")
			s.wantName(a, "PreconditionFailed")
		}},
		{ID: "H146", Title: "a token belongs to its query", Source: "§5", Unverified: true, Run: func(s *Session) {
			condition, _ := s.fleet()
			a := s.page("SELECT * FROM devices WHERE "+condition, 1, "")
			b := s.page("SELECT deviceId FROM devices WHERE "+condition, 1, a.header.Get("x-ms-continuation"))
			s.wantStatus(b, 400)
		}},
		{ID: "H147", Title: "a comparison with a missing property is not true, negated neither", Source: "§5", Unverified: true, Run: func(s *Session) {
			condition, _ := s.fleet()
			for _, c := range []string{"tags.site != 'a'", "NOT tags.site = 'a'"} {
				if rows := s.rows("SELECT deviceId FROM devices WHERE " + condition + " AND " + c); len(rows) != 1 {
					s.Fatalf("%s: got %v, want the one other device that has a site", c, rows)
				}
			}
		}},
	}
}

func paging(s *Session) {
	condition, ids := s.fleet()
	query := "SELECT deviceId FROM devices WHERE " + condition
	seen := map[string]bool{}
	token, pages := "", 0
	for pages == 0 || token != "" {
		a := s.page(query, 1, token)
		s.wantStatus(a, 200)
		seen[string(a.body)] = true
		if _, present := a.header["X-Ms-Continuation"]; present && a.header.Get("x-ms-continuation") == "" {
			s.Fatal("got an empty continuation header")
		}
		token = a.header.Get("x-ms-continuation")
		if pages++; pages > 10_000 {
			s.Fatal("got pages without an end")
		}
	}
	for _, id := range ids {
		if !seen[fmt.Sprintf(`[{"deviceId":%q}]`, id)] {
			s.Fatalf("got pages %v, want %s among them", seen, id)
		}
	}
}
