package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonicalJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"keys are sorted", `{"b":1,"a":{"d":2,"c":3}}`, `{"a":{"c":3,"d":2},"b":1}`},
		{"one spelling for integers", `[1, 1.0, 1e0, 10e-1, -0, 0.0]`, `[1,1,1,1,0,0]`},
		{"not JSON", `[0.10, 1e400e]`, ``},
		{"floats", `[0.10,1.5e3,1e21,0.1e-9]`, `[0.1,1500,1e+21,1e-10]`},
		{"large integers keep their digits", `[4503599627370496,9007199254740993,18014398509481985,9223372036854775807]`, `[4503599627370496,9007199254740993,18014398509481985,9223372036854775807]`},
		{"escapes", `["\u0041\/\n\"\\é😀<&>"]`, `["A/\u000a\"\\é😀<&>"]`},
		{"escaped keys sort by their text", `{"a\"":1,"a":2,"b":3}`, `{"a":2,"a\"":1,"b":3}`},
		{"text after the value", `{} {}`, ``},
		{"number out of range", `1e400`, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := CanonicalJSON([]byte(tt.in))
			if string(got) != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("CanonicalJSON(%s): got %s, %v, want %s", tt.in, got, err, tt.want)
			}
		})
	}
}

// Canonical form is a fixed point, is what encoding/json reads as the same
// value, and does not depend on the order of keys.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.50,{"b":null}]}`, `"\ud800"`, `{"":{"\u0000":-1e-7}}`, `[9007199254740993]`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		doc, err := CanonicalJSON(in)
		if err != nil {
			return
		}
		again, err := CanonicalJSON(doc)
		if err != nil || !bytes.Equal(doc, again) {
			t.Fatalf("got %s then %s, %v", doc, again, err)
		}
		if !json.Valid(doc) {
			t.Fatalf("not JSON: %s", doc)
		}
		if !Covers(doc, doc) && !hasNull(doc) {
			t.Fatalf("does not cover itself: %s", doc)
		}
	})
}

func hasNull(d Doc) bool { return bytes.Contains(d, []byte("null")) }

// anyValue draws a JSON value; nulls only when asked for.
func anyValue(depth int, nulls bool) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](true), rapid.Just[any]("x"), rapid.Just[any]("y\n\""), rapid.Just[any](json.Number("1")), rapid.Just[any](json.Number("2.5")),
		rapid.Just[any]([]any{json.Number("1"), map[string]any{"k": "v"}}),
	}
	if nulls {
		scalars = append(scalars, rapid.Just[any](nil))
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	object := rapid.Map(rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "a\"", "ab", "é"}), anyValue(depth-1, nulls)), func(m map[string]any) any { return m })
	return rapid.OneOf(append(scalars, object, object, object)...)
}

func object(t *rapid.T, label string, nulls bool) map[string]any {
	m := map[string]any{}
	for _, k := range []string{"a", "b", "c"} {
		if rapid.Bool().Draw(t, label+k) {
			m[k] = anyValue(3, nulls).Draw(t, label+k+"v")
		}
	}
	return m
}

// Covers agrees with the obvious comparison of decoded values.
func TestCoversProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		have, want := object(t, "have", false), object(t, "want", true)
		if rapid.Bool().Draw(t, "merge") {
			have = merged(have, want).(map[string]any)
		}
		h, w := mustCanonical(have), mustCanonical(want)
		if got, naive := Covers(h, w), coversNaive(have, want); got != naive {
			t.Fatalf("Covers(%s, %s): got %v, want %v", h, w, got, naive)
		}
	})
}

// merged applies want to have as a merge patch, so that most draws are covered.
func merged(have, want any) any {
	w, ok := want.(map[string]any)
	if !ok {
		return want
	}
	out := map[string]any{}
	if h, ok := have.(map[string]any); ok {
		maps.Copy(out, h)
	}
	for k, v := range w {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = merged(out[k], v)
		}
	}
	return out
}

func coversNaive(have, want any) bool {
	w, ok := want.(map[string]any)
	if !ok {
		return bytes.Equal(mustCanonical(have), mustCanonical(want))
	}
	h, ok := have.(map[string]any)
	if !ok {
		return absenceOnly(w)
	}
	for k, v := range w {
		e, found := h[k]
		switch {
		case v == nil && found, v != nil && found && !coversNaive(e, v), v != nil && !found && !absenceOnly(v):
			return false
		}
	}
	return true
}

func absenceOnly(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return v == nil
	}
	for _, e := range m {
		if !absenceOnly(e) {
			return false
		}
	}
	return len(m) > 0
}

// The cursor never panics or loops, whatever it walks over.
func FuzzCovers(f *testing.F) {
	f.Add([]byte(`{"a":1}`), []byte(`{"a":1,"b":null}`))
	f.Add([]byte(`{"a`), []byte(`{"`))
	f.Fuzz(func(_ *testing.T, have, want []byte) {
		Covers(have, want)
		Leaves(have)
		Lookup(want, Path{"a", "b"})
	})
}

func TestCoversDoesNotAllocate(t *testing.T) {
	have := Doc(`{"desired":{"a":1,"b":{"c":[1,2],"d":"x"}},"tags":{"site":"a","z":1}}`)
	want := Doc(`{"desired":{"b":{"d":"x"}},"tags":{"site":"a"}}`)
	if n := testing.AllocsPerRun(100, func() { Covers(have, want) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkCovers(b *testing.B) {
	have := Doc(`{"auth":{"type":"sas"},"desired":{"limits":{"celsius":[-20,85.5]},"telemetry":{"interval_s":60}},"status":"enabled","tags":{"env":"dev","floor":3,"owner":"iot-platform","role":"sensor","site":"plant-a","twinset":{"plant-fleet/dev":{"c":true,"d":"limits(celsius),telemetry(interval_s)","h":"5f3a9c21d0","t":"env,floor,owner,role,site","v":1}}}}`)
	want := Doc(`{"desired":{"limits":{"celsius":[-20,85.5]},"telemetry":{"batch":null,"interval_s":60}},"tags":{"env":"dev","floor":3,"owner":"iot-platform","role":"sensor","site":"plant-a","twinset":{"plant-fleet/dev":{"d":"limits(celsius),telemetry(interval_s)","h":"5f3a9c21d0","i":null,"k":null,"p":null,"t":"env,floor,owner,role,site","v":1}}}}`)
	if !Covers(have, want) {
		b.Fatal("not covered")
	}
	b.ReportAllocs()
	for b.Loop() {
		Covers(have, want)
	}
}
