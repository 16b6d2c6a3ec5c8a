package hub

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzEachMember holds what is found in an object against what encoding/json finds.
func FuzzEachMember(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { "a" : 1 , "b":{"c":[1,"}"]},"d":"\"\\"} `, `{"a":null}x`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{`, `[]`, `{"a":"b`, `{1:2}`, `{"deviceId":"d","etag":"AA=="}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := map[string]string{}
		err := eachMember(text, func(name, value []byte) error {
			var key string
			if json.Unmarshal(name, &key) == nil {
				got[key] = string(value)
			}
			return nil
		})
		var want map[string]json.RawMessage
		if json.Unmarshal(text, &want) != nil || want == nil {
			return // it checks less: nothing to compare with
		}
		if err != nil {
			t.Fatalf("%q: got %v, want %d members", text, err, len(want))
		}
		wanted := map[string]string{}
		for name, value := range want {
			wanted[name] = string(value)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	})
}

func TestEachMemberRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `[]`, `"x"`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a":"`, `{"a" 1}`, `{"a":1}x`, `{a:1}`, `{"a":x}`} {
		if err := eachMember([]byte(text), func(_, _ []byte) error { return nil }); err == nil {
			t.Errorf("%s: got no error", text)
		}
	}
}
