package hubtest

import (
	"fmt"
	"strings"
)

func twinFacts() []Fact {
	return []Fact{
		{ID: "H070", Title: "a new twin has etag 1, version 2, both $version 1, members in order", Source: "§4.1, §4.2", Run: newTwin},
		{ID: "H071", Title: "PATCH merges recursively and null deletes at any depth, leaving {}", Source: "§4.3", Run: func(s *Session) {
			id := s.device()
			s.patch(id, `{"tags":{"a":{"b":{"c":1,"d":2},"x":3}}}`)
			s.want(s.patch(id, `{"tags":{"a":{"b":{"c":null,"e":4}}}}`), "tags", `{"a":{"b":{"d":2,"e":4},"x":3}}`)
			s.want(s.patch(id, `{"tags":{"a":{"b":{"d":null,"e":null}}}}`), "tags", `{"a":{"b":{},"x":3}}`)
			s.want(s.patch(id, `{"tags":{"a":null}}`), "tags", "")
		}},
		{ID: "H072", Title: "arrays are replaced whole, {} persists", Source: "§4.3", Run: func(s *Session) {
			id := s.device()
			s.patch(id, desired(`{"l":[1,2,3],"o":{}}`))
			a := s.patch(id, desired(`{"l":[{"a":1}]}`))
			s.want(a, "properties/desired/l", `[{"a":1}]`)
			s.want(a, "properties/desired/o", `{}`)
		}},
		{ID: "H073", Title: "numbers are kept verbatim", Source: "§4.6", Run: func(s *Session) {
			a := s.patch(s.device(), desired(`{"i":1,"f":1.0}`))
			s.want(a, "properties/desired/i", "1")
			s.want(a, "properties/desired/f", "1.0")
		}},
		{ID: "H074", Title: "a desired write moves etag, version and $version by one", Source: "§4.2", Run: func(s *Session) {
			a := s.patch(s.device(), desired(`{"u":"A"}`))
			s.want(a, "etag", `"AAAAAAAAAAI="`)
			s.want(a, "version", "3")
			s.want(a, "properties/desired/$version", "2")
			s.want(a, "properties/reported/$version", "1")
		}},
		{ID: "H075", Title: "$metadata mirrors the tree with $lastUpdatedVersion after a write", Source: "§4.2", Run: metadata},
		{ID: "H076", Title: "a write of equal values counts as a write", Source: "§4.5", Run: func(s *Session) {
			id := s.device()
			s.patch(id, desired(`{"u":"A"}`))
			s.want(s.patch(id, desired(`{"u":"A"}`)), "properties/desired/$version", "3")
		}},
		{ID: "H077", Title: "a stale twin etag is 412, * is unconditional", Source: "§4.3, §0.9", Run: func(s *Session) {
			id := s.device()
			s.patch(id, `{"tags":{"a":1}}`)
			a := s.refused(412, "PreconditionFailed", patch, twinPath(id), `{"tags":{"a":2}}`, `"AAAAAAAAAAE="`)
			if want := "ETag mismatch for device ID '" + id + "'"; !strings.Contains(s.text(a, "Message"), want) {
				s.Fatalf("got %s, want %s", a.body, want)
			}
			s.call(200, patch, twinPath(id), `{"tags":{"a":2}}`, `"AAAAAAAAAAI="`)
			s.call(200, patch, twinPath(id), `{"tags":{"a":3}}`, "*")
			s.call(200, patch, twinPath(id), `{"tags":{"a":3}}`, `"*"`)
		}},
		{ID: "H078", Title: "PUT replaces tags and desired, leaves reported", Source: "§4.4", Run: func(s *Session) {
			id := s.device()
			s.patch(id, `{"tags":{"a":1},"properties":{"desired":{"x":1,"y":2}}}`)
			a := s.call(200, put, twinPath(id), desired(`{"y":3}`), "")
			s.want(a, "tags", "")
			s.want(a, "properties/desired/x", "")
			s.want(a, "properties/desired/y", "3")
		}},
		{ID: "H079", Title: "PUT refuses null and names the property", Source: "§4.4, §0.9", Run: func(s *Session) {
			a := s.refused(400, "ArgumentInvalid", put, twinPath(s.device()), `{"tags":{"a":{"gone":null}}}`, "")
			if !strings.Contains(s.text(a, "Message"), "cannot be null. Error in Property/Tag gone") {
				s.Fatalf("got %s, want the property in it", a.body)
			}
		}},
		{ID: "H080", Title: "identity and twin etags move independently", Source: "§1.2, §4.2", Run: func(s *Session) {
			id := s.newID()
			d := s.put(id, "")
			a := s.patch(id, `{"tags":{"a":1}}`)
			s.want(a, "deviceEtag", s.at(d, "etag"))
			s.call(200, put, devicePath(id), fmt.Sprintf(`{"deviceId":%q}`, id), "*")
			s.want(s.call(200, get, twinPath(id), "", ""), "etag", s.at(a, "etag"))
		}},
		{ID: "H081", Title: "$metadata, $version, reported and read-only members in a PATCH are ignored", Source: "§4.3", Run: func(s *Session) {
			body := `{"deviceId":"other","version":99,"status":"disabled","tags":{"a":1},"properties":{"desired":` +
				`{"b":2,"$version":77,"$metadata":{"$lastUpdated":"2020-01-01T00:00:00Z"}},"reported":{"c":3}}}`
			a := s.patch(s.device(), body)
			s.want(a, "properties/desired/$version", "2")
			s.want(a, "properties/reported/c", "")
			s.want(a, "status", `"enabled"`)
		}},
		{ID: "H082", Title: "tags: null as a whole clears nothing", Source: "§4.3", Run: func(s *Session) {
			id := s.device()
			s.patch(id, `{"tags":{"a":1}}`)
			s.want(s.patch(id, `{"tags":null}`), "tags", `{"a":1}`)
		}},
		{ID: "H083", Title: "desired: null as a whole clears desired", Source: "§4.3", Run: func(s *Session) {
			id := s.device()
			s.patch(id, desired(`{"a":1}`))
			s.want(s.patch(id, desired("null")), "properties/desired/a", "")
		}},
		{ID: "H084", Title: "module twins have moduleId, the module's etag and no capabilities", Source: "§4.1, §4.2", Run: func(s *Session) {
			id := s.device()
			m := s.module(id, "m", "")
			a := s.call(200, patch, moduleTwinPath(id, "m"), `{"tags":{"a":1}}`, "")
			s.want(a, "moduleId", `"m"`)
			s.want(a, "deviceEtag", s.at(m, "etag"))
			s.want(a, "capabilities", "")
		}},
		{ID: "H085", Title: "a tags-only write leaves the desired $version alone", Source: "§4.2", Unverified: true, Run: func(s *Session) {
			a := s.patch(s.device(), `{"tags":{"a":1}}`)
			s.want(a, "properties/desired/$version", "1")
			s.want(a, "version", "3")
		}},
		{ID: "H086", Title: "an etag without quotes is ignored on a twin", Source: "§4.3", Unverified: true, Run: func(s *Session) {
			s.call(200, patch, twinPath(s.device()), `{"tags":{"a":2}}`, "AAAAAAAAAAk=")
		}},
		{ID: "H087", Title: "PUT replaces the twin of a module too", Source: "§4.4", Run: func(s *Session) {
			id := s.device()
			s.module(id, "m", "")
			s.call(200, patch, moduleTwinPath(id, "m"), `{"tags":{"a":1},"properties":{"desired":{"x":1}}}`, "")
			a := s.call(200, put, moduleTwinPath(id, "m"), desired(`{"y":3}`), `"*"`)
			s.want(a, "moduleId", `"m"`)
			s.want(a, "tags", "")
			s.want(a, "properties/desired/x", "")
			s.want(a, "properties/desired/y", "3")
		}},
	}
}

func newTwin(s *Session) {
	a := s.call(200, get, twinPath(s.device()), "", "")
	want := "deviceId etag deviceEtag status statusUpdateTime connectionState lastActivityTime cloudToDeviceMessageCount " +
		"authenticationType x509Thumbprint version properties capabilities"
	if got := s.names(a.body); got != want {
		s.Fatalf("got members %s, want %s", got, want)
	}
	s.want(a, "etag", `"AAAAAAAAAAE="`)
	s.want(a, "version", "2")
	s.want(a, "properties/desired/$version", "1")
	s.want(a, "properties/reported/$version", "1")
	s.want(a, "properties/desired/$metadata/$lastUpdatedVersion", "")
}

func metadata(s *Session) {
	id := s.device()
	s.patch(id, desired(`{"a":{"b":1,"c":2}}`))
	a := s.patch(id, desired(`{"a":{"c":3}}`))
	const m = "properties/desired/$metadata/"
	s.want(a, m+"$lastUpdatedVersion", "3")
	s.want(a, m+"a/$lastUpdatedVersion", "3")
	s.want(a, m+"a/b/$lastUpdatedVersion", "2")
	s.want(a, m+"a/c/$lastUpdatedVersion", "3")
	if s.at(a, m+"a/c/$lastUpdated") == s.at(a, m+"a/b/$lastUpdated") && s.client.o.Live {
		s.Fatal("got equal times for an old and a new value")
	}
}

// nested is an object in n objects, the innermost holding a scalar.
func nested(n int) string {
	return strings.Repeat(`{"k":`, n+1) + "1" + strings.Repeat("}", n+1)
}

func twinLimitFacts() []Fact {
	refuses := func(id, title, body string) Fact {
		return Fact{ID: id, Title: title, Source: "§4.6", Run: func(s *Session) {
			device := s.device()
			a := s.refused(400, "ArgumentInvalid", patch, twinPath(device), body, "")
			if !strings.Contains(s.text(a, "Message"), "Error in Property/Tag") {
				s.Fatalf("got %s, want the property in it", a.body)
			}
			s.want(s.call(200, get, twinPath(device), "", ""), "version", "2")
		}}
	}
	accepts := func(id, title, body string) Fact {
		return Fact{ID: id, Title: title, Source: "§4.6", Run: func(s *Session) { s.patch(s.device(), body) }}
	}
	text := func(n int) string { return strings.Repeat("x", n) }
	var many, tooMany []string
	for i := range 10 {
		many = append(many, fmt.Sprintf(`"k%d":%q`, i, text(3274))) // 10 × (2 + 3274) = 32760
		tooMany = append(tooMany, fmt.Sprintf(`"k%d":%q`, i, text(3276)))
	}
	object := func(members []string) string { return "{" + strings.Join(members, ",") + "}" }
	return []Fact{
		refuses("H090", "a value over 4096 bytes is refused", `{"tags":{"a":"`+text(4097)+`"}}`),
		accepts("H091", "a value of 4096 bytes is accepted", `{"tags":{"a":"`+text(4096)+`"}}`),
		refuses("H092", "tags over 8 KB are refused", `{"tags":{"a":"`+text(4096)+`","b":"`+text(4096)+`"}}`),
		accepts("H093", "tags of 8 KB are accepted", `{"tags":{"a":"`+text(4096)+`","b":"`+text(4094)+`"}}`),
		refuses("H094", "desired over 32 KB is refused", desired(object(tooMany))),
		accepts("H095", "desired of almost 32 KB is accepted", desired(object(many))),
		refuses("H096", "a key with a dot is refused", desired(`{"a.b":1}`)),
		refuses("H097", "a key with $ is refused", desired(`{"a":{"$b":1}}`)),
		refuses("H098", "a key with a space is refused", `{"tags":{"a b":1}}`),
		refuses("H099", "a key with # is refused", `{"tags":{"a#b":1}}`),
		refuses("H100", "a key with a control character is refused", `{"tags":{"a\u0007b":1}}`),
		refuses("H101", "a key over 1024 bytes is refused", `{"tags":{"`+text(1025)+`":1}}`),
		accepts("H102", "empty and non-ASCII keys are accepted", desired(`{"":1,"ключ":2}`)),
		refuses("H103", "an integer above the range is refused", desired(`{"a":4503599627370496}`)),
		accepts("H104", "the ends of the integer range are accepted", desired(`{"a":4503599627370495,"b":-4503599627370496}`)),
		refuses("H105", "eleven levels are refused", desired(nested(11))),
		accepts("H106", "ten levels are accepted", desired(nested(10))),
		refuses("H107", "an array counts as a level",
			desired(strings.Repeat(`{"k":`, 11)+"[]"+strings.Repeat("}", 11))),
		refuses("H108", "null in an array is refused", desired(`{"a":[1,null]}`)),
		refuses("H109", "null in an object in an array is refused", desired(`{"a":[{"b":null}]}`)),
	}
}
