package config

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/schema"
)

func values(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Map(rapid.StringN(0, 3, -1), func(s string) any { return s }))
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf, rapid.Map(objects(depth-1), func(m map[string]any) any { return m }))
}

func objects(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), values(depth), 0, 3)
}

// Merging changes neither argument and keeps what the upper layer says: merging
// it again changes nothing, and what it writes for a key that the lower layer
// has not is there as it is.
func TestMergeValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := objects(3).Draw(t, "a"), objects(3).Draw(t, "b")
		before := canonical(t, a) + canonical(t, b)
		merged := mergeValues(a, b)
		if diff := cmp.Diff(canonical(t, merged), canonical(t, mergeValues(merged, b))); diff != "" {
			t.Errorf("the upper layer is not kept:\n%s", diff)
		}
		for k, v := range b {
			if _, both := a[k].(map[string]any); !both && !cmp.Equal(merged[k], v) {
				t.Errorf("key %s: got %v, want %v", k, merged[k], v)
			}
		}
		for k, v := range a {
			if _, over := b[k]; !over && !cmp.Equal(merged[k], v) {
				t.Errorf("key %s of the lower layer: got %v, want %v", k, merged[k], v)
			}
		}
		if after := canonical(t, a) + canonical(t, b); after != before {
			t.Errorf("arguments changed: got %s, want %s", after, before)
		}
	})
}

func canonical(t *rapid.T, m map[string]any) string {
	doc, err := schema.Canonical(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func TestNumberOf(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"1.0", "1"},
		{"-0", "0"},
		{"1e3", "1000"},
		{"9007199254740993", "9007199254740993"},
		{"0.1", "0.1"},
		{"9223372036854775807", "9223372036854775807"},
		{"1e400", "1e+400"},
		{"1e-7", "1e-07"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			f, _, err := big.ParseFloat(tt.in, 10, 512, big.ToNearestEven)
			if err != nil {
				t.Fatal(err)
			}
			if got := numberOf(f); got != json.Number(tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
