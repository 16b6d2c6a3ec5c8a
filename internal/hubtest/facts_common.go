package hubtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

func commonFacts() []Fact {
	return []Fact{
		{ID: "H001", Title: "a request without api-version is refused", Source: "§12", Run: func(s *Session) {
			a := s.send(request{method: http.MethodGet, path: "/devices/x", query: "top=1"})
			s.wantStatus(a, 400)
			s.wantName(a, "InvalidProtocolVersion")
		}},
		{ID: "H002", Title: "an unsupported api-version is refused", Source: "§12", Run: func(s *Session) {
			a := s.send(request{method: http.MethodGet, path: "/devices/x", query: "api-version=2031-01-01"})
			s.wantStatus(a, 400)
			s.wantName(a, "InvalidProtocolVersion")
		}},
		{ID: "H003", Title: "an error is envelope 1 with the request id as tracking id", Source: "§0.5, §0.7", Run: errorEnvelope},
		{ID: "H004", Title: "success headers", Source: "§0.4", Run: func(s *Session) {
			a := s.call(200, http.MethodGet, devicePath(s.device()), "", "")
			if got, want := a.header.Get("Content-Type"), "application/json; charset=utf-8"; got != want {
				s.Fatalf("got Content-Type %q, want %q", got, want)
			}
			if got := a.header.Get("x-ms-request-id"); len(got) != 36 || strings.Count(got, "-") != 4 {
				s.Fatalf("got x-ms-request-id %q, want a GUID with dashes", got)
			}
		}},
		{ID: "H005", Title: "devices have an ETag header, modules and twins have none", Source: "§0.4", Run: etagHeaders},
		{ID: "H006", Title: "older and newer api-versions are accepted", Source: "§12", Run: func(s *Session) {
			for _, v := range []string{"2018-06-30", "2020-05-31-preview", "2020-09-30", "2021-04-12", "2024-03-31"} {
				a := s.send(request{method: http.MethodGet, path: "/devices/twinset-none", query: "api-version=" + v})
				s.wantStatus(a, 404)
			}
		}},
		{ID: "H007", Title: "a POST with X-HTTP-Method-Override: PATCH is a PATCH", Source: "§0.2", Unverified: true, Run: func(s *Session) {
			id := s.device()
			a := s.send(request{
				method: http.MethodPost, path: twinPath(id), body: `{"tags":{"x":1}}`,
				header: map[string]string{"X-HTTP-Method-Override": "PATCH"},
			})
			s.wantStatus(a, 200)
			s.want(a, "tags", `{"x":1}`)
		}},
	}
}

func errorEnvelope(s *Session) {
	a := s.refused(404, "DeviceNotFound", http.MethodGet, devicePath("twinset-none"), "", "")
	if got, want := s.text(a, "Message"), "ErrorCode:DeviceNotFound;twinset-none"; got != want {
		s.Fatalf("got message %q, want %q", got, want)
	}
	id := strings.ReplaceAll(a.header.Get("x-ms-request-id"), "-", "")
	if got := s.text(a, "ExceptionMessage"); !strings.HasPrefix(strings.ToLower(got), "tracking id:"+id) {
		s.Fatalf("got exception message %q, want tracking id %s", got, id)
	}
}

func etagHeaders(s *Session) {
	id := s.device()
	a := s.call(200, http.MethodGet, devicePath(id), "", "")
	if got, want := a.header.Get("ETag"), s.at(a, "etag"); got != want {
		s.Fatalf("got ETag header %s, want %s", got, want)
	}
	for _, a := range []answer{
		s.module(id, "m", ""), s.call(200, http.MethodGet, modulePath(id, "m"), "", ""),
		s.call(200, http.MethodGet, twinPath(id), "", ""), s.patch(id, `{"tags":{"a":1}}`),
	} {
		if got := a.header.Get("ETag"); got != "" {
			s.Fatalf("got ETag header %s, want none; body %.100s", got, a.body)
		}
	}
}

func authFacts() []Fact {
	signed := func(title, id string, status int, token func(s *Session) string) Fact {
		return Fact{ID: id, Title: title, Source: "§9.1", Run: func(s *Session) {
			a := s.send(request{
				method: http.MethodGet, path: devicePath("twinset-none"), noToken: true,
				header: map[string]string{"Authorization": token(s)},
			})
			s.wantStatus(a, status)
			if status == 401 {
				s.wantName(a, "IotHubUnauthorizedAccess")
			}
		}}
	}
	return []Fact{
		{ID: "H010", Title: "a request without a token is unauthorized", Source: "§0.9", Run: func(s *Session) {
			a := s.send(request{method: http.MethodGet, path: "/devices/x", noToken: true})
			s.wantStatus(a, 401)
			s.wantName(a, "IotHubUnauthorizedAccess")
		}},
		signed("token fields come in any order", "H011", 404, func(s *Session) string {
			sr := url.QueryEscape(s.client.host)
			sig, se := s.client.token(sr, s.client.o.Now().Add(time.Hour))
			return fmt.Sprintf("SharedAccessSignature sig=%s&se=%s&skn=%s&sr=%s", sig, se, s.client.policy, sr)
		}),
		signed("the literal resource text is signed, in lower-case hex too", "H012", 404, func(s *Session) string {
			sr := strings.ReplaceAll(strings.ReplaceAll(s.client.host, ":", "%3a"), ".", "%2e")
			sig, se := s.client.token(sr, s.client.o.Now().Add(time.Hour))
			return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%s&skn=%s", sr, sig, se, s.client.policy)
		}),
		signed("an expired token is unauthorized", "H013", 401, func(s *Session) string {
			sr := url.QueryEscape(s.client.host)
			sig, se := s.client.token(sr, s.client.o.Now().Add(-time.Hour))
			return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%s&skn=%s", sr, sig, se, s.client.policy)
		}),
		signed("a token for another hub is unauthorized", "H014", 401, func(s *Session) string {
			sr := "other.azure-devices.net"
			sig, se := s.client.token(sr, s.client.o.Now().Add(time.Hour))
			return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%s&skn=%s", sr, sig, se, s.client.policy)
		}),
		signed("an altered expiry breaks the signature", "H015", 401, func(s *Session) string {
			sr := url.QueryEscape(s.client.host)
			sig, _ := s.client.token(sr, s.client.o.Now().Add(time.Hour))
			return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s", sr, sig, s.client.o.Now().Add(2*time.Hour).Unix(), s.client.policy)
		}),
		signed("a token without a policy name is no service token", "H016", 401, func(s *Session) string {
			sr := url.QueryEscape(s.client.host)
			sig, se := s.client.token(sr, s.client.o.Now().Add(time.Hour))
			return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%s", sr, sig, se)
		}),
	}
}
