package schema

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A sealer gives what Seal gives, whatever it has sealed before.
func TestSealerProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := NewSealer("p/dev")
		lifecycles := []*Lifecycle{nil, {PreventDestroy: true}, {Manage: ManageTwin}, {Claim: true}}
		for range rapid.IntRange(1, 6).Draw(t, "objects") {
			d := Device{ID: "d", Tags: object(t, "tags", true), Desired: object(t, "desired", true)}
			o, err := d.Object(Origin{})
			if err != nil {
				t.Fatal(err)
			}
			o.Lifecycle = rapid.SampledFrom(lifecycles).Draw(t, "lifecycle")
			for range 2 { // a known shape the second time
				compareSeals(t, s, o)
			}
		}
	})
}

func compareSeals(t rapid.TB, s *Sealer, o Object) {
	want, wantErr := Seal(o, "p/dev")
	got, err := s.Seal(o)
	if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Fatalf("of %s: error %v, want %v (-want +got):\n%s", o.Doc, err, wantErr, diff)
	}
}

// TestSealer: what a sealer must not take for something that it has sealed.
func TestSealer(t *testing.T) {
	t.Parallel()
	s := NewSealer("p/dev")
	key := Secret{Path: Path{"auth", primaryKey}, Ref: "env://KEY", Digest: "0123456789"}
	for _, o := range []Object{
		{Doc: Doc(`{"desired":{"a":1},"tags":{"a":1}}`)},
		{Doc: Doc(`{"desired":{"a":null},"tags":{"a":1}}`)},
		{Doc: Doc(`{"desired":{"a":{}},"tags":{"a":1}}`)},
		{Doc: Doc(`{"desired":{"a":{"b":1}},"tags":{}}`)},
		{Doc: Doc(`{"desired":{"a\nb":1},"tags":{"a":1}}`)},
		{Doc: Doc(`{"status":"enabled","tags":{"twinset":{"other":1}}}`)},
		{Doc: Doc(`{"desired":{"a":1},"tags":{"a":1}}`), Secrets: []Secret{key}},
		{Doc: Doc(`{"desired":{"a":1},"tags":{"a":1}}`), Lifecycle: &Lifecycle{PreventDestroy: true}},
		{Doc: Doc(`{"desired":{"a":2},"tags":{"a":"x"}}`)},
		{},
	} {
		o.Addr = DeviceAddress("d")
		compareSeals(t, s, o)
	}
	if _, err := NewSealer("p.dev").Seal(Object{Addr: DeviceAddress("d"), Doc: Doc(`{}`)}); err == nil {
		t.Error("an owner with a dot is accepted")
	} else if errors.Unwrap(err) == nil {
		t.Errorf("the error names no cause: %v", err)
	}
}

// TestSealerBound: shapes are forgotten rather than held without end.
func TestSealerBound(t *testing.T) {
	t.Parallel()
	s := NewSealer("p/dev")
	for i := range maxShapes + 10 {
		if _, err := s.Seal(Object{Addr: DeviceAddress("d"), Doc: fmt.Appendf(nil, `{"tags":{"t%d":1}}`, i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.shapes) > maxShapes {
		t.Errorf("got %d shapes, want at most %d", len(s.shapes), maxShapes)
	}
}
