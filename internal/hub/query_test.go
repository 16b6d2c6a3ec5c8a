package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func page(token string, items ...string) answer {
	h := map[string]string{"x-ms-item-type": "Twin"}
	if token != "" {
		h["x-ms-continuation"] = token
	}
	return answer{200, h, "[" + strings.Join(items, ",") + "]"}
}

func TestQueryPages(t *testing.T) {
	t.Parallel()
	x := newExchange(t, page("t1", `{"deviceId":"a"}`, `{"deviceId":"b"}`), page("t2"), page("t1", "1"), page("", `"x"`))
	const q = `SELECT * FROM devices WHERE tags.a = '<"é">'`
	var got []string
	for p, err := range x.client.Query(context.Background(), q, 100) {
		if err != nil {
			t.Fatal(err)
		}
		if p.ItemType != "Twin" {
			t.Errorf("got item type %s, want Twin", p.ItemType)
		}
		for _, item := range p.Items {
			got = append(got, string(item))
		}
		got = append(got, p.Next)
	}
	want := []string{`{"deviceId":"a"}`, `{"deviceId":"b"}`, "t1", "t2", "1", "t1", `"x"`, ""}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for i, r := range x.seen {
		var body struct{ Query string }
		if err := json.Unmarshal([]byte(r.Body), &body); err != nil || body.Query != q {
			t.Errorf("page %d: got body %s, want the query", i, r.Body)
		}
		if size := r.Header.Get("x-ms-max-item-count"); size != "100" || r.URI != "/devices/query?api-version=2021-04-12" || r.Method != "POST" {
			t.Errorf("page %d: got %s %s with page size %q, want POST and 100", i, r.Method, r.URI, size)
		}
		if token, want := r.Header.Get("x-ms-continuation"), []string{"", "t1", "t2", "t1"}[i]; token != want {
			t.Errorf("page %d: got token %q, want %q", i, token, want)
		}
	}
}

func TestQueryEnds(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		answers []answer
		stop    bool // after the first page
		pages   int
		err     string
	}{
		{"when the consumer does", []answer{page("t")}, true, 1, ""},
		{"at an empty token", []answer{{200, map[string]string{"x-ms-continuation": ""}, "[]"}}, false, 1, ""},
		{"at an error", []answer{page("t"), {400, nil, `{"Message":"ErrorCode:ArgumentInvalid;BadRequest"}`}}, false, 1, "run query: 400 ArgumentInvalid: BadRequest"},
		{"at a token that leads nowhere", []answer{page("t"), page("t")}, false, 1, "leads back to the same page"},
		{"at a page that is no array", []answer{page("t"), {200, nil, `{}`}}, false, 1, "run query: read answer: it is not a JSON array"},
		{"at a page cut short", []answer{{200, nil, `[{"a":1},`}}, false, 0, "cut short"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := newExchange(t, row.answers...)
			pages, failure := 0, error(nil)
			for _, err := range x.client.Query(context.Background(), "q", 0) {
				if err != nil {
					failure = err
					continue
				}
				if pages++; row.stop {
					break
				}
			}
			if pages != row.pages || row.err == "" && failure != nil || row.err != "" && (failure == nil || !strings.Contains(failure.Error(), row.err)) {
				t.Errorf("got %d pages, error %v, want %d and %q", pages, failure, row.pages, row.err)
			}
			if _, set := x.last().Header["X-Ms-Max-Item-Count"]; set {
				t.Error("got a page size, want none when none was asked for")
			}
		})
	}
}

func TestSplitArray(t *testing.T) {
	t.Parallel()
	rows := []struct {
		in   string
		want []string
		err  string
	}{
		{`[]`, nil, ""},
		{" [ \n] ", nil, ""},
		{`[{"a":[1,{"b":"]}"}]},{}]`, []string{`{"a":[1,{"b":"]}"}]}`, `{}`}, ""},
		{`[1 , -2.5e3,true,null,"a\\","b\"],["]`, []string{`1`, `-2.5e3`, `true`, `null`, `"a\\"`, `"b\"],["`}, ""},
		{``, nil, "not a JSON array"},
		{`{}`, nil, "not a JSON array"},
		{`[`, nil, "cut short"},
		{`[1`, nil, "cut short"},
		{`[1,`, nil, "cut short"},
		{`["a`, nil, "cut short"},
		{`["a\"`, nil, "cut short"},
		{`[{"a":1`, nil, "cut short"},
		{`[1,]`, nil, "unexpected character at byte 3"},
		{`[,1]`, nil, "unexpected character at byte 1"},
		{`[1 2]`, nil, "unexpected character at byte 3"},
		{`[tru]`, nil, "unexpected character at byte 1"},
		{`[}]`, nil, "unexpected character at byte 1"},
		{`[] x`, nil, "unexpected character at byte 3, after"},
	}
	for _, row := range rows {
		items, err := splitArray([]byte(row.in))
		if row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
			t.Errorf("%s: got error %v, want %q", row.in, err, row.err)
		}
		var got []string
		for _, item := range items {
			got = append(got, string(item))
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.in, diff)
		}
	}
}

// FuzzSplitArray: arrays are split as encoding/json splits them.
func FuzzSplitArray(f *testing.F) {
	f.Add([]byte(`[{"a":[1,{"b":"]}"}]},{}, "x\\\"y", -1.5e3 , null]`))
	f.Add([]byte(`[1,]`))
	f.Add([]byte(` []`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := splitArray(data)
		var want []json.RawMessage
		if jsonErr := json.Unmarshal(data, &want); jsonErr != nil || want == nil {
			for _, item := range got {
				if err == nil && !json.Valid(item) {
					return // the damage is in an element, for its decoder to find
				}
			}
			if err == nil {
				t.Errorf("%q: got %d items of something that is no array", data, len(got))
			}
			return
		}
		if err != nil {
			t.Fatalf("%q: got error %v", data, err)
		}
		if len(got) != len(want) {
			t.Fatalf("%q: got %d items, want %d", data, len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Errorf("%q: got item %s, want %s", data, got[i], want[i])
			}
		}
	})
}

// twinPage is a page of n twins of about 1 KB each.
func twinPage(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		_, _ = fmt.Fprintf(&b, `{"deviceId":"sensor-%06d","etag":"AAAAAAAAAAE=","deviceEtag":"NzI3ODk0ODYz","status":"enabled","statusUpdateTime":"0001-01-01T00:00:00Z",`+
			`"connectionState":"Disconnected","lastActivityTime":"0001-01-01T00:00:00Z","cloudToDeviceMessageCount":0,"authenticationType":"sas",`+
			`"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"version":2,"tags":{"site":"north","role":"sensor","twinset":{"p/dev":{"v":1,"t":"role,site"}}},`+
			`"properties":{"desired":{"telemetry":{"interval_s":30,"topics":["a","b"]},"limits":{"celsius":80},"$metadata":{"$lastUpdated":"2021-07-07T20:45:23.9479543Z","$lastUpdatedVersion":1,`+
			`"telemetry":{"$lastUpdated":"2021-07-07T20:45:23.9479543Z","$lastUpdatedVersion":1}},"$version":1},"reported":{"$metadata":{"$lastUpdated":"2021-07-07T20:45:23.9479543Z"},"$version":1}},`+
			`"capabilities":{"iotEdge":false}}`, i)
	}
	return "[" + b.String() + "]"
}

// BenchmarkQueryPage is one page of a hundred twins, from transport to items.
func BenchmarkQueryPage(b *testing.B) {
	body := twinPage(100)
	c := newClient(b, "hub.example", &Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
		return respond(r, answer{200, nil, body}), nil
	})})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		for p, err := range c.Query(context.Background(), "SELECT * FROM devices", 100) {
			if err != nil || len(p.Items) != 100 {
				b.Fatalf("got %d items, error %v", len(p.Items), err)
			}
		}
	}
}

func BenchmarkSplitArray(b *testing.B) {
	body := []byte(twinPage(100))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if items, err := splitArray(body); err != nil || len(items) != 100 {
			b.Fatalf("got %d items, error %v", len(items), err)
		}
	}
}

// BenchmarkSplitJSON is what splitArray saves.
func BenchmarkSplitJSON(b *testing.B) {
	body := []byte(twinPage(100))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var items []json.RawMessage
		if err := json.Unmarshal(body, &items); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeTwin(b *testing.B) {
	body := []byte(twinPage(1))
	body = body[1 : len(body)-1]
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var twin Twin
		if err := json.Unmarshal(body, &twin); err != nil {
			b.Fatal(err)
		}
	}
}
