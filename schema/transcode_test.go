package schema

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzCanonicalJSON compares the rewriting of text with the way over decoded
// values: the same texts are accepted, with the same result.
func FuzzCanonicalJSON(f *testing.F) {
	for _, s := range []string{
		`{"b":1,"a":[1.0,-0,1e3,12345678901234567890,"x\u00e9\/é\ud800"],"":{},"\"":null}`,
		`{"a":1,"a":{"c":true,"b":false}} `, `{"\u0061":1,"a":2}`, `[]`, ` "x" `, `-`, `01`, `1.`, `1e`, `"\x"`, `{"a"}`, `[1,]`, `{,}`, `nul`, "\"\x01\"", "\"\xff\"",
		`{"":1," ":2,"!":3}`, `{"a ":1,"a":2,"a\"":3,"a\u0001":4}`, `{"a":1}x`, `1e400`, `{"b":{"y":1,"x":2},"a":{"y":1,"x":2}}`, `[[[[1]]],{"k":[{}]}]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want []byte
		v, wantErr := Decode(text)
		if wantErr == nil {
			want, wantErr = Canonical(v)
		}
		got, err := CanonicalJSON(text)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got error %v, want %v", err, wantErr)
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestAppendCanonicalJSONDrops(t *testing.T) {
	t.Parallel()
	got, err := AppendCanonicalJSON([]byte("x"), []byte(`{"b":{"$metadata":1},"$metadata":{"a":[1,"}"]},"a":2,"\u0024version":3}`), "$metadata", "$version")
	if want := `x{"a":2,"b":{"$metadata":1}}`; err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	if got, err := AppendCanonicalJSON([]byte("x"), []byte(`{"a":`)); err == nil || string(got) != "x" {
		t.Errorf("got %s (%v), want an error and nothing appended", got, err)
	}
}

func TestDepth(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)
	if _, err := CanonicalJSON([]byte(deep)); !errors.Is(err, errDepth) {
		t.Errorf("got %v, want %v", err, errDepth)
	}
	if err := EachMember([]byte(`{"a":`+deep+`}`), func(_, _ []byte) error { return nil }); !errors.Is(err, errDepth) {
		t.Errorf("got %v, want %v", err, errDepth)
	}
}

// Members of an object that is looked into come in its place; what is no object
// there comes as it is.
func TestEachMemberInside(t *testing.T) {
	t.Parallel()
	var got []string
	collect := func(name, value []byte) error {
		got = append(got, string(name)+"="+string(value))
		return nil
	}
	text := `{"a":1, "in":{"a":{"in":2},"\u0062":[], "c":{}}, "in":null, "z":{"in":3}}`
	if err := EachMember([]byte(text), collect, "in"); err != nil {
		t.Fatal(err)
	}
	want := []string{"a=1", `in.a={"in":2}`, "in.b=[]", "in.c={}", "in=null", `z={"in":3}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, broken := range []string{`{"in":{"a"}}`, `{"in":{"a":1}`, `{"in":{"a":tru}}`, `{"a":{"b":1,}}`, `{"a":{"b" 1}}`, `{"a":{,}}`} {
		if err := EachMember([]byte(broken), collect, "in"); err == nil {
			t.Errorf("%s is accepted", broken)
		}
	}
}

func TestEachMember(t *testing.T) {
	t.Parallel()
	var got []string
	collect := func(name, value []byte) error {
		got = append(got, string(name)+"="+string(value))
		return nil
	}
	if err := EachMember([]byte(` { "a" : [1, {"x":"}"}] , "\u0062":null,"c":{}}`), collect); err != nil {
		t.Fatal(err)
	}
	if want := `a=[1, {"x":"}"}] b=null c={}`; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	stop := errors.New("stop")
	if err := EachMember([]byte(`{"a":1,"b"`), func(_, _ []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of the callback", err)
	}
	for _, text := range []string{"", "[]", `"a"`, `{"a":1`, `{"a":1}}`, `{"a" 1}`} {
		if err := EachMember([]byte(text), collect); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
}

// FuzzEachMemberUnchecked finds what EachMember finds, in all that it accepts.
func FuzzEachMemberUnchecked(f *testing.F) {
	for _, text := range []string{`{"a":{"b":"}"},"in":{"c":["]",{}],"\u0064":1}}`, `{"a":"\\\"","in":null}`, ` {"a" : [ ] } `, `{"a":{]}`, `{"a":{"b"`, `{"a":[1}`, `{"in":{"a":tru}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		members := func(each func([]byte, func(name, value []byte) error, ...string) error) (found []string, err error) {
			err = each(text, func(name, value []byte) error {
				found = append(found, string(name)+"="+string(value))
				return nil
			}, "in")
			return found, err
		}
		want, err := members(EachMember)
		got, uncheckedErr := members(EachMemberUnchecked)
		if err != nil {
			return // what is found in text that is wrong is for others to check
		}
		if diff := cmp.Diff(want, got); uncheckedErr != nil || diff != "" {
			t.Errorf("%v (-checked +unchecked):\n%s", uncheckedErr, diff)
		}
	})
}

// What is used is checked even so: text around objects and arrays, and where they end.
func TestEachMemberUncheckedRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", `{"a":1`, `{"a":1}}`, `{"a" 1}`, `{"a":tru}`, `{"a":{`, `{"a":{"b"`, `{"a":["`, `{"a":{}`, `{"in":{"a"}}`} {
		if err := EachMemberUnchecked([]byte(text), func(_, _ []byte) error { return nil }, "in"); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
}

var benchmarkTwin = []byte(`{"telemetry":{"interval_s":60,"batch":true,"name":"line 7"},"limits":{"celsius":[-20,85.5]},"b":1,"a":2,"$metadata":{"$lastUpdated":"2026-01-01T00:00:00Z","telemetry":{"$lastUpdated":"2026-01-01T00:00:00Z","interval_s":{"$lastUpdated":"2026-01-01T00:00:00Z"}}},"$version":7}`)

func BenchmarkCanonicalJSON(b *testing.B) {
	b.SetBytes(int64(len(benchmarkTwin)))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		var err error
		if out, err = AppendCanonicalJSON(out[:0], benchmarkTwin, "$metadata", "$version"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeCanonical(b *testing.B) {
	b.SetBytes(int64(len(benchmarkTwin)))
	b.ReportAllocs()
	for b.Loop() {
		v, err := Decode(benchmarkTwin)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Canonical(v); err != nil {
			b.Fatal(err)
		}
	}
}
