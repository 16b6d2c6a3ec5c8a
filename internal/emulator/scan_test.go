package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// FuzzParseTree compares the scanner with encoding/json: it accepts nothing else, and yields the same value.
func FuzzParseTree(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,1.0,-2e5,true,false,null,{}],"b":"é\n\ud83d\ude00\u0000"}`, ` [ ] `, `""`, `{"a":1,"a":2}`, "\"\xff\"", `{"a":}`, `[1,]`,
		`{"a" : {"b" : [ ] } }`, `1 2`, `01`, `nul`, `"\x"`, `{`, ``, "\"\x01\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := parseTree(data)
		if !json.Valid(data) {
			return // callers pass checked messages only; it just must not panic
		}
		if err != nil {
			if errors.Is(err, errNesting) {
				return
			}
			t.Fatalf("got error %v for valid JSON", err)
		}
		want, got := decode(t, data), decode(t, n.append(nil))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
