package schema

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// FuzzStop holds what looks at eight bytes together against one byte after the other.
func FuzzStop(f *testing.F) {
	f.Add([]byte("plain text of some length, and a quote\" here"), 3)
	f.Add([]byte("0123456\x1f89\x7f\x80\xff!#[]\\"), 0)
	f.Add([]byte("é"), 1)
	f.Fuzz(func(t *testing.T, b []byte, from int) {
		from = max(from, 0) % (len(b) + 3)
		want := min(from, len(b))
		for want < len(b) && b[want] != '"' && b[want] != '\\' && b[want] >= ' ' {
			want++
		}
		if got := stop(b, from); got != want {
			t.Errorf("%q from %d: got %d, want %d", b, from, got, want)
		}
		if got, want := plain(b), bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b); got != want {
			t.Errorf("%q: got plain %v, want %v", b, got, want)
		}
	})
}
