package hubtest

import "net/http"

func digitalTwinFacts() []Fact {
	return []Fact{
		{ID: "H430", Title: "any device has a digital twin, with the twin's etag in the header", Source: "§8", Run: func(s *Session) {
			id := s.device()
			a := s.call(200, http.MethodGet, "/digitaltwins/"+escape(id), "", "")
			s.want(a, "$dtId", `"`+id+`"`)
			etag := s.at(s.call(200, http.MethodGet, twinPath(id), "", ""), "etag")
			if got := a.header.Get("ETag"); got != etag {
				s.Fatalf("got ETag %s, want %s", got, etag)
			}
			s.refused(404, "DeviceNotFound", http.MethodGet, "/digitaltwins/twinset-none", "", "")
		}},
		{ID: "H431", Title: "a device without a model has an empty $model", Source: "§8", Unverified: true, Run: func(s *Session) {
			s.want(s.call(200, http.MethodGet, "/digitaltwins/"+escape(s.device()), "", ""), "$metadata/$model", `""`)
		}},
		{ID: "H432", Title: "the model that a device announces is in its twins", Source: "§4.1, §8, §11.1", Run: func(s *Session) {
			id := s.device()
			s.connect(id, s.key(s.call(200, http.MethodGet, devicePath(id), "", "")), "&model-id=dtmi%3Acom%3Aexample%3ABox%3B1")
			s.want(s.call(200, http.MethodGet, twinPath(id), "", ""), "modelId", `"dtmi:com:example:Box;1"`)
			s.want(s.call(200, http.MethodGet, "/digitaltwins/"+escape(id), "", ""), "$metadata/$model", `"dtmi:com:example:Box;1"`)
		}},
		{ID: "H433", Title: "a digital twin has reported values, with desired ones and acknowledgements in the metadata", Source: "§8", Unverified: true, Run: digitalProperties},
	}
}

func digitalProperties(s *Session) {
	id, d := s.online()
	s.patch(id, `{"properties":{"desired":{"interval":5,"box":{"__t":"c","limit":20}}}}`)
	d.subscribe(twinAnswers).publish(reportTwin+"1",
		`{"serial":"x1","interval":{"value":4,"ac":200,"av":2,"ad":"done"},"box":{"__t":"c","max":25.3}}`)
	d.want("$iothub/twin/res/204/?$rid=1&$version=2", "")
	a := s.call(200, http.MethodGet, "/digitaltwins/"+escape(id), "", "")
	for path, want := range map[string]string{
		"serial": `"x1"`, "interval": "4", "$metadata/interval/desiredValue": "5", "$metadata/interval/desiredVersion": "2",
		"$metadata/interval/ackVersion": "2", "$metadata/interval/ackCode": "200", "$metadata/interval/ackDescription": `"done"`,
		"box/max": "25.3", "box/limit": "", "box/$metadata/limit/desiredValue": "20", "box/__t": "",
	} {
		s.want(a, path, want)
	}
	s.text(a, "$metadata/serial/lastUpdateTime")
	s.text(a, "box/$metadata/max/lastUpdateTime")
}
