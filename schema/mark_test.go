package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFieldsText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		paths      []Path
	}{
		{"sorted", "env,limits(celsius,kelvin),site", []Path{{"site"}, {"limits", "kelvin"}, {"env"}, {"limits", "celsius"}}},
		{"escapes", `a\(b\),c\,d(e\\f),\*`, []Path{{"a(b)"}, {"c,d", `e\f`}, {"*"}}},
		{"empty", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &Fields{}
			for _, p := range tt.paths {
				f.Add(p)
			}
			want := tt.want
			if tt.name == "escapes" {
				want = `\*,a\(b\),c\,d(e\\f)`
			}
			if got := f.String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			back, ok := ParseFields(want)
			if !ok {
				t.Fatalf("ParseFields(%s) refused", want)
			}
			if diff := cmp.Diff(f.Paths(), back.Paths()); diff != "" {
				t.Errorf("paths differ (-written +read):\n%s", diff)
			}
		})
	}
}

func TestParseFieldsRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a(", "a)", "a,", ",a", "a()", "b,a", "a,a", `a\`, "a(*", "*", "a(b)c", strings.Repeat("a(", 100) + "b" + strings.Repeat(")", 100)} {
		if _, ok := ParseFields(s); ok {
			t.Errorf("ParseFields(%s): accepted", s)
		}
	}
}

func TestFieldsOverlapping(t *testing.T) {
	t.Parallel()
	f, ok := ParseFields("a(b,c(d)),e(*),x")
	if !ok {
		t.Fatal("refused")
	}
	for path, want := range map[string]string{
		"a.b": "a.b", "a.b.z": "a.b", "a": "a.b", "a.c": "a.c.d", "a.q": "", "e": "e", "e.f.g": "e", "x": "x", "x.y": "x", "y": "",
	} {
		got, ok := f.Overlapping(ParsePath(path))
		if got.String() != want || ok != (want != "") {
			t.Errorf("Overlapping(%s): got %s, %v, want %s", path, got, ok, want)
		}
	}
}

// Text and tree are each other's inverse, for any names.
func TestFieldsProperty(t *testing.T) {
	t.Parallel()
	name := rapid.StringN(1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		f := &Fields{}
		set := PathSet{}
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			p := Path(rapid.SliceOfN(name, 1, 4).Draw(t, "path"))
			if _, clash := set.Overlapping(p); clash {
				continue
			}
			f.Add(p)
			set.Add(p)
		}
		back, ok := ParseFields(f.String())
		if !ok {
			t.Fatalf("own text refused: %s", f)
		}
		if diff := cmp.Diff(set.Sorted(), NewPathSet(back.Paths()...).Sorted()); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", f, diff)
		}
		for _, p := range set.Sorted() {
			if !back.Has(p) || back.Has(p.Child("deeper")) || len(p) > 1 && back.Has(p[:len(p)-1]) {
				t.Fatalf("Has is wrong around %v in %s", p, f)
			}
		}
	})
}

// A live object that was written from a sealed desired one is settled, bears a
// readable mark, and its digest holds until an owned value changes.
func TestSealProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := Device{ID: "d", Tags: object(t, "tags", true), Desired: object(t, "desired", true)}
		o, err := d.Object(Origin{})
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := Seal(o, "p/dev")
		if err != nil {
			t.Fatal(err)
		}
		live := write(t, object(t, "live", false), sealed)
		if !Covers(live, sealed.Doc) {
			t.Fatalf("not settled:\n%s\n%s", live, sealed.Doc)
		}
		marks, damaged := Marks(live)
		if len(damaged) > 0 || marks["p/dev"] == nil {
			t.Fatalf("mark: got %v, damaged %v", marks, damaged)
		}
		if got := DigestOwned(live, marks["p/dev"]); got != marks["p/dev"].Digest {
			t.Fatalf("digest: got %s, want %s", got, marks["p/dev"].Digest)
		}
	})
}

// write merges a sealed document into a foreign one as the hub would.
func write(t *rapid.T, foreign map[string]any, sealed Object) Doc {
	want, err := sealed.Doc.Map()
	if err != nil {
		t.Fatal(err)
	}
	live := merged(map[string]any{"desired": foreign, "status": "enabled"}, want)
	dropNulls(live)
	return mustCanonical(live)
}

func dropNulls(v any) {
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	for k, e := range m {
		if e == nil {
			delete(m, k)
		}
		dropNulls(e)
	}
}

func TestCollapse(t *testing.T) {
	t.Parallel()
	desired := map[string]any{"small": map[string]any{"x": true}}
	deep := map[string]any{}
	for i := range 200 {
		deep[strings.Repeat("k", 8)+string(rune('a'+i%26))+string(rune('a'+i/26))] = json.Number("1")
	}
	desired["big"] = map[string]any{"deep": deep, "other": true}
	o, err := (&Device{ID: "d", Desired: desired}).Object(Origin{})
	if err != nil {
		t.Fatal(err)
	}
	m, shortened := MarkOf(o)
	if got, want := m.Desired.String(), "big(deep(*),other),small(x)"; got != want || !shortened {
		t.Errorf("got %s, %v, want %s", got, shortened, want)
	}
	if !m.Owns(Path{"desired", "big", "deep", "anything"}) || m.Owns(Path{"desired", "big", "new"}) {
		t.Error("Owns is wrong for a whole subtree")
	}
}

func TestSealRefusesWhatTheHubWould(t *testing.T) {
	t.Parallel()
	flat := map[string]any{}
	for i := range 900 {
		flat[strings.Repeat("k", 6)+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))] = true
	}
	o, err := (&Device{ID: "d", Desired: flat}).Object(Origin{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Seal(o, "p/dev"); err == nil || !strings.Contains(err.Error(), "device.d: ") {
		t.Errorf("got %v, want an error that names the device", err)
	}
	if _, err := Seal(o, "p.dev"); err == nil {
		t.Error("an owner that is no tag key was accepted")
	}
}

func TestDamagedMarkCountsAsUnowned(t *testing.T) {
	t.Parallel()
	live := Doc(`{"tags":{"twinset":{"a/dev":{"d":"x(","h":"","v":1},"b/dev":{"d":"x","h":"00","v":2},"c/dev":"?","ok/dev":{"h":"00","t":"site","v":1}}}}`)
	marks, damaged := Marks(live)
	if len(marks) != 1 || marks["ok/dev"] == nil || len(damaged) != 3 {
		t.Errorf("got %v, damaged %v", marks, damaged)
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()
	live := Doc(`{"desired":{"a":{"b":1,"c":2},"w":{"x":1}},"tags":{"s":"t"}}`)
	m := &Mark{Identity: &Fields{}, Tags: &Fields{}, Desired: &Fields{}}
	m.Desired.Add(Path{"a", "b"})
	m.Desired.Add(Path{"a", "c"})
	m.Tags.Add(Path{"s"})
	next := m.Without(NewPathSet(Path{"desired", "a", "b"}, Path{"tags", "s"}), live)
	if got := string(next.Tag()); !strings.Contains(got, `"d":"a(c)"`) || strings.Contains(got, `"t"`) || next.Digest != DigestOwned(live, next) {
		t.Errorf("got %s", got)
	}
}

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	o := Object{
		Addr: ModuleAddress("d", "m"), Doc: Doc(`{"a":1}`), Origin: Origin{File: "f", Line: 3, Column: 5, Name: "n"},
		Secrets: []Secret{{Path: Path{"auth", "primary_key"}, Ref: "env://K", Digest: "00"}}, Passwords: []Secret{{Path: Path{"modules_content", "a.password"}, Ref: "env://P"}}, Lifecycle: &Lifecycle{Ignore: []string{"tags.x"}, Adopt: true},
		Initial: Doc(`{"tags":{"x":1}}`), ETags: ETags{Identity: "i", Twin: "t"}, Writers: []Writer{{Path: Path{"desired", "x"}, Configuration: "c"}}, Foreign: []string{"m2"},
	}
	b, err := o.AppendRecord(nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeRecord(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o, back); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	for n := range b {
		if got, err := DecodeRecord(b[:n]); err == nil && cmp.Equal(got, o) {
			t.Errorf("a record cut to %d bytes was read as whole", n)
		}
	}
}
