package schema

import (
	"bytes"
	"errors"
	"strings"
	"testing"
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
