package hubtest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

func mqttFacts() []Fact {
	return []Fact{
		{ID: "H410", Title: "a device and a module connect with their keys, and then are Connected", Source: "§11.1", Run: mqttConnect},
		{ID: "H411", Title: "a wrong key is return code 5", Source: "§11.1", Run: func(s *Session) {
			id := s.device()
			other := s.key(s.call(200, http.MethodGet, devicePath(s.device()), "", ""))
			s.refusedMQTT(id, other)
		}},
		{ID: "H412", Title: "an unknown device is return code 5", Source: "§11.1", Run: func(s *Session) {
			s.refusedMQTT("twinset-none", "c2VjcmV0LXNlY3JldC1zZWNyZXQ=")
		}},
		{ID: "H413", Title: "a disabled device is return code 5", Source: "§11.1", Run: func(s *Session) {
			id := s.newID()
			s.refusedMQTT(id, s.key(s.put(id, `,"status":"disabled"`)))
		}},
		{ID: "H414", Title: "a device reads desired and reported, without tags and metadata", Source: "§11.4", Run: func(s *Session) {
			id, d := s.online()
			s.patch(id, `{"tags":{"t":1},"properties":{"desired":{"a":{"b":1}}}}`)
			d.subscribe(twinAnswers).publish(getTwin+"1", "")
			d.want("$iothub/twin/res/200/?$rid=1", `{"desired":{"a":{"b":1},"$version":2},"reported":{"$version":1}}`)
		}},
		{ID: "H415", Title: "a reported write answers the new version and null deletes", Source: "§11.4", Run: func(s *Session) {
			id, d := s.online()
			d.subscribe(twinAnswers).publish(reportTwin+"1", `{"a":1,"b":{"c":2}}`)
			d.want("$iothub/twin/res/204/?$rid=1&$version=2", "")
			d.publish(reportTwin+"2&$version=2", `{"a":null}`)
			d.want("$iothub/twin/res/204/?$rid=2&$version=3", "")
			a := s.call(200, http.MethodGet, twinPath(id), "", "")
			s.want(a, "properties/reported/b", `{"c":2}`)
			s.want(a, "properties/reported/$version", "3")
		}},
		{ID: "H416", Title: "a reported write at another version is 412", Source: "§11.4", Run: func(s *Session) {
			_, d := s.online()
			d.subscribe(twinAnswers).publish(reportTwin+"1&$version=9", `{"a":1}`)
			d.wantRefused("1", 412)
		}},
		{ID: "H417", Title: "a reported write with a null in an array is 400", Source: "§4.6, §11.4", Run: func(s *Session) {
			_, d := s.online()
			d.subscribe(twinAnswers).publish(reportTwin+"1", `{"a":[null]}`)
			d.wantRefused("1", 400)
		}},
		{ID: "H418", Title: "a reported write leaves the twin's etag alone", Source: "§4.2", Unverified: true, Run: func(s *Session) {
			id, d := s.online()
			before := s.at(s.call(200, http.MethodGet, twinPath(id), "", ""), "etag")
			d.subscribe(twinAnswers).publish(reportTwin+"1", `{"a":1}`)
			d.want("$iothub/twin/res/204/?$rid=1&$version=2", "")
			s.want(s.call(200, http.MethodGet, twinPath(id), "", ""), "etag", before)
		}},
		{ID: "H419", Title: "a device is told of members that were written, changed or not", Source: "§4.5", Run: func(s *Session) {
			id, d := s.online()
			d.subscribe(desiredWrites)
			for version := 2; version < 4; version++ {
				s.patch(id, `{"properties":{"desired":{"a":1,"b":2}}}`)
				d.wantDesired(version, `{"a":1,"b":2,"$version":%d}`)
			}
		}},
		{ID: "H420", Title: "a device is told of removed members as null, after PATCH and PUT", Source: "§4.5", Run: func(s *Session) {
			id, d := s.online()
			s.patch(id, `{"properties":{"desired":{"a":1,"b":2}}}`)
			d.subscribe(desiredWrites)
			s.call(200, http.MethodPut, twinPath(id), `{"properties":{"desired":{"a":1,"c":100}}}`, `"*"`)
			d.wantDesired(3, `{"a":1,"b":null,"c":100,"$version":%d}`)
			s.patch(id, `{"properties":{"desired":{"c":null}}}`)
			d.wantDesired(4, `{"c":null,"$version":%d}`)
		}},
		{ID: "H421", Title: "a method reaches the device and its answer comes back", Source: "§8, §11.6", Run: mqttMethod},
		{ID: "H422", Title: "a second connection closes the first", Source: "§11.2", Run: func(s *Session) {
			id, first := s.online()
			second := s.connect(id, s.key(s.call(200, http.MethodGet, devicePath(id), "", "")))
			first.wantLost()
			second.subscribe(twinAnswers)
		}},
		{ID: "H423", Title: "quality of service 2 is granted as 1", Source: "§11.2", Run: func(s *Session) {
			id, d := s.online()
			filter := "devices/" + id + "/messages/devicebound/#"
			token := d.mqtt.Subscribe(filter, 2, nil)
			d.done("subscribe", token)
			if sub, is := token.(*paho.SubscribeToken); !is || sub.Result()[filter] != 1 {
				s.Fatalf("got %v, want quality of service 1", token)
			}
		}},
		{ID: "H424", Title: "a publication with quality of service 2 closes the connection", Source: "§11.2", Run: func(s *Session) {
			id, d := s.online()
			d.mqtt.Publish("devices/"+id+"/messages/events/", 2, false, "x")
			d.wantLost()
		}},
		{ID: "H425", Title: "telemetry with properties is acknowledged", Source: "§11.3, §11.6", Run: func(s *Session) {
			id, d := s.online()
			d.publish("devices/"+id+"/messages/events/%24.ct=application%2Fjson&%24.ce=utf-8&alert=no", `{"celsius":21}`)
		}},
		{ID: "H426", Title: "disabling a device closes its connection", Source: "§1.4", Run: func(s *Session) {
			id, d := s.online()
			s.call(200, http.MethodPut, devicePath(id), fmt.Sprintf(`{"deviceId":%q,"status":"disabled"}`, id), "*")
			d.wantLost()
		}},
		{ID: "H427", Title: "deleting a device closes its connection", Source: "§13", Unverified: true, Run: func(s *Session) {
			id, d := s.online()
			s.call(204, http.MethodDelete, devicePath(id), "", "*")
			d.wantLost()
		}},
		{ID: "H428", Title: "a topic of another device closes the connection", Source: "§11.2", Unverified: true, Run: func(s *Session) {
			_, d := s.online()
			d.mqtt.Publish("devices/twinset-none/messages/events/", 1, false, "x")
			d.wantLost()
		}},
	}
}

// refusedMQTT expects return code 5.
func (s *Session) refusedMQTT(clientID, key string) {
	s.Helper()
	if _, err := s.dial(clientID, key); !errors.Is(err, packets.ErrorRefusedNotAuthorised) {
		s.Fatalf("got %v, want %v", err, packets.ErrorRefusedNotAuthorised)
	}
}

func mqttConnect(s *Session) {
	id := s.device()
	key := s.key(s.call(200, http.MethodGet, devicePath(id), "", ""))
	moduleKey := s.key(s.module(id, "m", ""))
	s.connect(id, key)
	s.connect(id+"/m", moduleKey)
	for _, path := range []string{devicePath(id), modulePath(id, "m")} {
		s.want(s.call(200, http.MethodGet, path, "", ""), "connectionState", `"Connected"`)
	}
	s.refusedMQTT(id+"/m", key)
}

func mqttMethod(s *Session) {
	id, d := s.online()
	d.subscribe(methodCalls)
	answered := make(chan error, 1)
	go func() { answered <- d.answerMethod(`{"delay":5}`) }()
	a := s.call(200, http.MethodPost, twinPath(id)+"/methods", `{"methodName":"reboot","payload":{"delay":5},"responseTimeoutInSeconds":15}`, "")
	if err := <-answered; err != nil {
		s.Fatal(err)
	}
	s.want(a, "status", "207")
	s.want(a, "payload", `{"ok":true}`)
}

// answerMethod runs beside the caller, so that it returns what is wrong.
func (d *deviceClient) answerMethod(payload string) error {
	m := <-d.received
	rid, found := strings.CutPrefix(m.Topic(), "$iothub/methods/POST/reboot/?$rid=")
	if !found || !sameJSON(string(m.Payload()), payload) {
		return fmt.Errorf("got %s %s, want a call of reboot with %s", m.Topic(), m.Payload(), payload)
	}
	token := d.mqtt.Publish("$iothub/methods/res/207/?$rid="+rid, 0, false, `{"ok":true}`)
	token.WaitTimeout(patience)
	return token.Error()
}

func (d *deviceClient) wantDesired(version int, body string) {
	d.Helper()
	d.want(fmt.Sprintf("$iothub/twin/PATCH/properties/desired/?$version=%d", version), fmt.Sprintf(body, version))
}

// wantRefused expects an error body (FACTS §0.6).
func (d *deviceClient) wantRefused(rid string, status int) {
	d.Helper()
	topic, body := d.next()
	if topic != fmt.Sprintf("$iothub/twin/res/%d/?$rid=%s", status, rid) || !strings.Contains(body, fmt.Sprintf(`"errorCode":%d`, status)) {
		d.Fatalf("got %s %s, want status %d and a code that begins with it", topic, body, status)
	}
}
