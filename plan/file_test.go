package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

func changes() []plan.Change {
	return []plan.Change{
		{
			Action: plan.Create, Addr: schema.DeviceAddress("d<1>&"), Origin: schema.Origin{File: "a.twin.hcl", Line: 3, Column: 1, Name: `device.d["1"]`},
			Leaves: []plan.Leaf{{Path: schema.Path{"tags", "a"}, After: schema.Doc(`"é\u0007"`)}}, After: schema.Doc(`{"tags":{"a":"é\u0007"}}`), Mark: schema.Doc(`{"v":1}`),
			Secrets:   []schema.Secret{{Path: schema.Path{"auth", "primary_key"}, Ref: "env://K", Digest: "00"}},
			Passwords: []schema.Secret{{Path: schema.Path{"modules_content", "$edgeAgent", "p.password"}, Ref: "env://P", Digest: "01"}},
		},
		{
			Action: plan.Update, Addr: schema.ModuleAddress("d2", "m"), ETags: schema.ETags{Identity: "MQ==", Twin: "AAAAAAAAAAE="},
			Leaves: []plan.Leaf{{Path: schema.Path{"desired", "x"}, Before: schema.Doc("1"), After: schema.Doc("2.5")}},
			Drift:  []plan.Leaf{{Path: schema.Path{"desired", "x"}, Before: schema.Doc("2.5"), After: schema.Doc("1")}}, Notices: []plan.Notice{{Text: "said"}},
		},
		{Action: plan.Delete, Addr: schema.DeviceAddress("d3"), MarkBefore: schema.Doc(`{"c":true,"v":1}`)},
	}
}

func planFile(t *testing.T, created string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := plan.NewWriter(&b, plan.Header{Tool: "1.2.3", Project: "p", Environment: "dev", Owner: "p/dev", Hub: "h"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes() {
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(plan.Summary{Counts: plan.Counts{Create: 1, Update: 1, Delete: 1}}, created); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFileRoundTrip(t *testing.T) {
	t.Parallel()
	r, err := plan.NewReader(bytes.NewReader(planFile(t, "2026-01-02T03:04:05Z")))
	if err != nil {
		t.Fatal(err)
	}
	var got []plan.Change
	for c, err := range r.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	if diff := cmp.Diff(changes(), got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if r.Header().Hub != "h" || r.Created() != "2026-01-02T03:04:05Z" || r.Summary().Counts.Delete != 1 {
		t.Errorf("got header %+v, created %s, summary %+v", r.Header(), r.Created(), r.Summary())
	}
}

// The same input gives the same bytes but for the time of creation.
func TestFileIsDeterministic(t *testing.T) {
	t.Parallel()
	a, b := planFile(t, "2026-01-02T03:04:05Z"), planFile(t, "2027-01-02T03:04:05Z")
	if got := bytes.ReplaceAll(b, []byte("2027-"), []byte("2026-")); !bytes.Equal(a, got) {
		t.Errorf("got\n%s\nwant\n%s", got, a)
	}
}

func TestFileDamage(t *testing.T) {
	t.Parallel()
	whole := planFile(t, "2026-01-02T03:04:05Z")
	if _, _, err := plan.Verify(bytes.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, _, err := plan.Verify(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("cut to %d of %d bytes: accepted", n, len(whole))
		}
	}
	created := bytes.Index(whole, []byte(`"created"`))
	for i := range created {
		edited := bytes.Clone(whole)
		edited[i] ^= 1
		if _, _, err := plan.Verify(bytes.NewReader(edited)); err == nil {
			t.Fatalf("byte %d edited: accepted", i)
		}
	}
	for name, text := range map[string]string{
		"longer":      string(whole) + "x\n",
		"line gone":   removeLine(string(whole), 2),
		"line twice":  strings.Replace(string(whole), "\n", "\n"+strings.Split(string(whole), "\n")[1]+"\n", 1),
		"not a plan":  "hello\n",
		"empty":       "",
		"other JSON":  "{}\n",
		"new version": strings.Replace(string(whole), `"twinset_plan":1`, `"twinset_plan":2`, 1),
	} {
		if _, _, err := plan.Verify(strings.NewReader(text)); err == nil {
			t.Errorf("%s: accepted", name)
		} else if name == "line gone" && !errors.Is(err, plan.ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", name, err)
		}
	}
}

func removeLine(s string, n int) string {
	lines := strings.SplitAfter(s, "\n")
	return strings.Join(append(lines[:n:n], lines[n+1:]...), "")
}

// Reading never panics.
func FuzzPlanFile(f *testing.F) {
	f.Add([]byte(`{"twinset_plan":1}` + "\n" + `{"summary":{"counts":{}}}` + "\n"))
	f.Add([]byte(`{"twinset_plan":1}` + "\n" + `{"action":"create"}` + "\n" + `{"trailer":{}}` + "\n"))
	f.Fuzz(func(_ *testing.T, in []byte) {
		_, _, _ = plan.Verify(bytes.NewReader(in))
		r, err := plan.NewReader(bytes.NewReader(in))
		if err != nil {
			return
		}
		for _, err := range r.Changes() {
			if err != nil {
				return
			}
		}
	})
}

// A change that is read is the one that encoding/json reads, whatever the line.
func FuzzPlanChange(f *testing.F) {
	for _, c := range changes() {
		var b bytes.Buffer
		if err := plan.Encode(&b, c); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte(`{"action":"update","address":{"kind":"device","id":"d"},"leaves":[{"path":"tags.a\u002eb\\\\.c","before":"\u00e9","secret":"env:\/\/K"}],"mark":{"v":1},"notices":[{"text":"x"}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		line = append(bytes.ReplaceAll(line, []byte("\n"), nil), '\n')
		got, err := readLine(t, line)
		var want plan.Change
		if err != nil || json.Unmarshal(line, &want) != nil {
			return
		}
		var b bytes.Buffer
		if err := plan.Encode(&b, got); err != nil {
			return // a document that is none: the digest would have told
		}
		var again plan.Change
		if err := json.Unmarshal(b.Bytes(), &again); err != nil {
			if want.Addr.Kind == 0 {
				return // no object has no name
			}
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("change (-encoding/json +got):\n%s", diff)
		}
	})
}

func readLine(t *testing.T, line []byte) (plan.Change, error) {
	t.Helper()
	var b bytes.Buffer
	w, err := plan.NewWriter(&b, plan.Header{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{w.WriteLine(line), w.Close(plan.Summary{}, "")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := plan.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range r.Changes() {
		return c, err
	}
	return plan.Change{}, io.EOF
}

// An exact object that holds nothing else is settled, and costs no request.
func TestSettledExact(t *testing.T) {
	t.Parallel()
	o, err := (&schema.Device{ID: "d", Desired: map[string]any{"a": true}, Lifecycle: schema.Lifecycle{Mode: "exact", Ignore: []string{"tags.kept"}}}).Object(schema.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := schema.Seal(o, owner)
	if err != nil {
		t.Fatal(err)
	}
	mark, _ := schema.MarkOf(o)
	for live, want := range map[string]bool{
		`{"desired":{"a":true},"tags":{"kept":1,"twinset":{"` + owner + `":` + string(mark.Tag()) + `}}}`:  true,
		`{"desired":{"a":true},"tags":{"other":1,"twinset":{"` + owner + `":` + string(mark.Tag()) + `}}}`: false,
		`{"desired":{"a":false},"tags":{"twinset":{"` + owner + `":` + string(mark.Tag()) + `}}}`:          false,
	} {
		pair := plan.Pair{Desired: &sealed, Live: &schema.Object{Addr: o.Addr, Doc: schema.Doc(live)}}
		if got := plan.Settled(pair, owner); got != want {
			t.Errorf("%s: got %v, want %v", live, got, want)
		}
	}
}

func TestMatchRefusesDisorder(t *testing.T) {
	t.Parallel()
	stream := func(ids ...string) schema.Stream {
		return func(yield func(schema.Object, error) bool) {
			for _, id := range ids {
				if !yield(schema.Object{Addr: schema.DeviceAddress(id)}, nil) {
					return
				}
			}
		}
	}
	for _, tt := range []struct {
		name          string
		desired, live schema.Stream
		pairs         int
		err           string
	}{
		{"joined", stream("a", "b", "d"), stream("b", "c", "d"), 4, ""},
		{"twice", stream("a", "a"), stream(), 0, "desired stream: device.a follows device.a; addresses must be unique and ascending"},
		{"descending", stream(), stream("b", "a"), 0, "live stream: device.a follows device.b; addresses must be unique and ascending"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n, text := 0, ""
			for _, err := range plan.Match(tt.desired, tt.live) {
				if err != nil {
					text = err.Error()
					break
				}
				n++
			}
			if text != tt.err || tt.err == "" && n != tt.pairs {
				t.Errorf("got %d pairs, %q, want %d, %q", n, text, tt.pairs, tt.err)
			}
		})
	}
}
