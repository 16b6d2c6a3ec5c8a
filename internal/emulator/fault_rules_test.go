package emulator

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestParseFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rule, err string }{
		{"PATCH /twins/* 429 x3", ""},
		{"* /** drop", ""},
		{"GET /devices/query delay=1.5s", ""},
		{"PUT /devices/* lose x1", ""},
		{"", "it has 0 words"},
		{"PATCH /twins/*", "it has 2 words"},
		{"FETCH /twins/* 429", "the method FETCH is not in use"},
		{"GET twins/* 429", "does not begin with /"},
		{"GET /twins/* 499", `"499" does not say what happens`},
		{"GET /twins/* delay=soon", `"soon" is no time to wait`},
		{"GET /twins/* 429 3", `"3" is not how often`},
		{"GET /twins/* 429 x3 2.5%", ""},
		{"GET /twins/* 429 0%", `"0%" is no share`},
		{"GET /twins/* 429 NaN%", `"NaN%" is no share`},
		{"GET /twins/* 429 101%", `"101%" is no share`},
		{"GET /twins/* 429 x3 5% 6", "it has 6 words"},
		{"GET /twins/* 429 x0", `"x0" is not how often`},
	} {
		_, err := ParseFault(tt.rule)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: got %v, want %q", tt.rule, err, tt.err)
		}
	}
}

// Rules hold for the requests that they name and as often as they say; a request that is lost has been carried out, one
// that is dropped has not.
func TestFaults(t *testing.T) {
	t.Parallel()
	var rules []*FaultRule
	for _, text := range []string{"GET /devices/* 503 x1", "PUT /devices/lost lose x1", "PUT /devices/dropped drop x1", "GET /twins/* 502 x1", "GET /twins/* 429"} {
		rule, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	r := openRig(t, Options{Faults: rules})
	c := r.connect()
	status := func(method, path, body string) string {
		req, err := http.NewRequest(method, c.url+path+apiVersion, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", c.token)
		res, err := c.client.Transport.RoundTrip(req)
		if err != nil {
			return "closed"
		}
		defer res.Body.Close()
		answer, _ := io.ReadAll(res.Body)
		if res.StatusCode == http.StatusBadGateway && len(answer) > 0 {
			t.Errorf("a 502 has the body %s", answer)
		}
		return fmt.Sprint(res.StatusCode, " ", res.Header.Get("iothub-errorcode"))
	}
	var got []string
	got = append(got,
		status("PUT", "/devices/d", `{"deviceId":"d"}`), status("GET", "/devices/d", ""), status("GET", "/devices/d", ""),
		status("PUT", "/devices/lost", `{"deviceId":"lost"}`), status("GET", "/devices/lost", ""),
		status("PUT", "/devices/dropped", `{"deviceId":"dropped"}`), status("GET", "/devices/dropped", ""),
		status("GET", "/twins/d", ""), status("GET", "/twins/d", ""), status("GET", "/twins/d", ""),
	)
	want := []string{
		"200 ", "503 ServiceUnavailable", "200 ", "closed", "200 ", "closed", "404 DeviceNotFound",
		"502 ", "429 ThrottlingBacklogTimeout", "429 ThrottlingBacklogTimeout",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q,\nwant %q", got, want)
	}
}

// A share of the requests is hit, the same ones for the same seed.
func TestFaultsByChance(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (pattern []bool, hits int) {
		rule, err := ParseFault("GET /statistics/service 500 25%")
		if err != nil {
			t.Fatal(err)
		}
		r := openRig(t, Options{Awkward: seed, Faults: []*FaultRule{rule}})
		for range 400 {
			hit := r.ask("GET", "/statistics/service", "").Code == http.StatusInternalServerError
			if pattern = append(pattern, hit); hit {
				hits++
			}
		}
		return pattern, hits
	}
	first, hits := run(7)
	again, _ := run(7)
	other, _ := run(8)
	if !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Errorf("got the same for one seed: %v, for two: %v", slices.Equal(first, again), slices.Equal(first, other))
	}
	if hits < 60 || hits > 140 {
		t.Errorf("got %d of 400 hit, want about 100", hits)
	}
}
