package query

import (
	"fmt"
	"strings"
	"testing"
)

// run gives the rows of a query over documents, as name=literal.
func run(t *testing.T, text string, documents ...Document) string {
	t.Helper()
	q, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	p := q.Plan()
	var rows []string
	if p.Grouped {
		g := p.Groups()
		for _, d := range documents {
			if p.Selects(d) {
				g.Add(d)
			}
		}
		for _, row := range g.Rows("") {
			rows = append(rows, show(row))
		}
		return strings.Join(rows, " | ")
	}
	for _, d := range documents {
		if p.Selects(d) {
			rows = append(rows, show(p.Row(nil, d)))
		}
	}
	return strings.Join(rows, " | ")
}

func show(row []Field) string {
	var fields []string
	for _, f := range row {
		value := f.Value.source()
		if tree := f.Value.Tree(); tree != nil {
			value = string(tree.AppendJSON(nil))
		}
		fields = append(fields, fmt.Sprintf("%s=%s", f.Name, value))
	}
	return strings.Join(fields, ",")
}

func TestRows(t *testing.T) {
	t.Parallel()
	d := document(t, twin)
	rows := []struct{ query, want string }{
		{"SELECT DeviceId, LastActivityTime FROM devices", "deviceId='a',lastActivityTime='2021-05-07T00:50:38.0543092Z'"}, // the sample of FACTS §5
		{"SELECT tags.site AS place, status FROM devices", "place='x',status='enabled'"},
		{"SELECT tags.missing, tags.none, moduleId FROM devices", "none=null"},
		{"SELECT properties.reported.n, tags.n AS m FROM devices", "n=1.0,m=1"},
		{"SELECT tags.o, tags.l FROM devices", `o={"p":"q"},l=[1,"a","\u003cnull\u003e"]`},
		{"SELECT capabilities.IOTEDGE, properties.DESIRED.u FROM devices", "iotEdge=false,u='A'"},
		{"SELECT properties.desired.$version FROM devices", "$version=4"},
		{"SELECT status FROM devices WHERE tags.n = 2", ""},
		{"SELECT version FROM devices WHERE tags.n = 1", "version=2"},
	}
	for _, row := range rows {
		t.Run(row.query, func(t *testing.T) {
			t.Parallel()
			if got := run(t, row.query, d); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// Groups come in the order of their values by kind: missing, null, false, true, numbers, strings, objects (unverified).
func TestGroups(t *testing.T) {
	t.Parallel()
	var documents []Document
	for _, tags := range []string{
		`{"k":"b","x":2}`, `{"k":"a","x":1.5,"y":"s"}`, `{"k":"b","x":-4}`, `{"k":10,"x":"no"}`, `{"k":-2}`, `{"k":9}`, `{"k":9.0,"x":1}`,
		`{"k":true}`, `{"k":false}`, `{"k":"<null>"}`, `{}`, `{"k":{"o":1}}`, `{"k":-0.0}`, `{"k":0}`,
	} {
		documents = append(documents, document(t, `{"deviceId":"d","tags":`+tags+`}`))
	}
	rows := []struct{ query, want string }{
		{"SELECT COUNT() AS n FROM devices", "n=14"},
		{"SELECT COUNT() AS n, COUNT() AS m FROM devices WHERE tags.k = 'b'", "n=2,m=2"},
		{"SELECT COUNT() AS n FROM devices WHERE tags.k = 'z'", "n=0"},
		{"SELECT SUM(tags.x) AS s, MIN(tags.x) AS i, MAX(tags.x) AS a, AVG(tags.x) AS v FROM devices", "s=0.5,i=-4,a=2,v=0.125"},
		{"SELECT AVG(tags.y) AS v, SUM(tags.z) AS s, COUNT() AS n FROM devices", "n=14"},
		{
			"SELECT tags.k AS k, COUNT() AS n FROM devices GROUP BY tags.k",
			"n=1 | k=null,n=1 | k=false,n=1 | k=true,n=1 | k=-2,n=1 | k=-0.0,n=2 | k=9,n=2 | k=10,n=1 | k='a',n=1 | k='b',n=2 | k={\"o\":1},n=1",
		},
		{"SELECT COUNT() AS n, tags.k FROM devices WHERE tags.k IN ['a', 'b'] GROUP BY TAGS.k", "n=1,k='a' | n=2,k='b'"},
		{"SELECT tags.k, MAX(tags.x) AS x FROM devices WHERE tags.k > 'A' GROUP BY devices.tags.k", "k='a',x=1.5 | k='b',x=2"},
		{"SELECT deviceId FROM devices GROUP BY deviceId", "deviceId='d'"},
		{"SELECT COUNT() AS n FROM devices WHERE tags.k = 'z' GROUP BY tags.k", ""},
	}
	for _, row := range rows {
		t.Run(row.query, func(t *testing.T) {
			t.Parallel()
			if got := run(t, row.query, documents...); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// A later page begins after the last key of the one before.
func TestGroupsAfter(t *testing.T) {
	t.Parallel()
	q, err := Parse("SELECT tags.k AS k FROM devices GROUP BY tags.k")
	if err != nil {
		t.Fatal(err)
	}
	g := q.Plan().Groups()
	for _, k := range []string{`"b"`, `-1`, `2`, `"a"`, `-3`} {
		g.Add(document(t, `{"tags":{"k":`+k+`}}`))
	}
	var got []string
	after := ""
	for range 5 {
		for key, row := range g.Rows(after) {
			got = append(got, show(row))
			after = key
			break
		}
	}
	if want := "k=-3 k=-1 k=2 k='a' k='b'"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestJobs(t *testing.T) {
	t.Parallel()
	job := document(t, `{"deviceId":"d","jobId":"j","status":"completed","createdDateTimeUtc":"2016-09-29T18:18:56.7787107Z",
		"outcome":{"deviceMethodResponse":{"status":200}}}`)
	rows := []struct {
		where string
		want  bool
	}{
		{"devices.jobs.jobId = 'j' AND devices.jobs.status = 'completed'", true},
		{"DEVICES.JOBS.JOBID = 'j'", true},
		{"devices.jobs.createdTimeUtc > '2016-09-01'", true},
		{"devices.jobs.createdDateTimeUtc < '2016-09-01'", false},
		{"devices.jobs.outcome.deviceMethodResponse.status = 200", true},
		{"IS_DEFINED(devices.jobs.endTimeUtc)", false},
	}
	for _, row := range rows {
		t.Run(row.where, func(t *testing.T) {
			t.Parallel()
			q, err := Parse("SELECT * FROM devices.jobs WHERE " + row.where)
			if err != nil {
				t.Fatal(err)
			}
			if got := q.Plan().Selects(job); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func BenchmarkCondition(b *testing.B) {
	d := document(b, twin)
	for _, row := range []struct{ name, text string }{
		{"one", "tags.site = 'x'"},
		{"two", "tags.site = 'x' AND properties.desired.n > 1"},
		{"in", "deviceId IN ['b', 'c', 'd', 'a']"},
	} {
		b.Run(row.name, func(b *testing.B) {
			c, err := ParseCondition(row.text)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if !c.Selects(d) {
					b.Fatal("got false, want true")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		q, err := Parse("SELECT deviceId, tags.site AS s FROM devices WHERE tags.line.role = 'sensor' AND properties.desired.n > 80")
		if err != nil {
			b.Fatal(err)
		}
		q.Plan()
	}
}
