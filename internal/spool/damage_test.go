package spool

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// spilled returns a sorter whose records all lie in its spill file.
func spilled(t *rapid.T, dir string, records []pair) *Sorter {
	s, err := New(Options{Dir: dir, Budget: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := s.Add([]byte(r.Key), []byte(r.Value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.flush(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDamageIsFound: a changed byte or a cut anywhere ends in an error that says
// which file is damaged; it is never returned as a complete result.
func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	records := numbered(60)
	rapid.Check(t, func(t *rapid.T) {
		s := spilled(t, dir, records)
		file := s.spill.file
		at := rapid.Int64Range(0, s.spill.end-1).Draw(t, "at")
		if rapid.Bool().Draw(t, "cut") {
			if err := file.Truncate(at); err != nil {
				t.Fatal(err)
			}
		} else if err := flip(file, at, byte(rapid.IntRange(1, 255).Draw(t, "mask"))); err != nil {
			t.Fatal(err)
		}
		got, err := collect(s.Sorted())
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			t.Fatalf("got %d records without an error", len(got))
		}
		if !strings.Contains(err.Error(), file.Name()+" is damaged") {
			t.Fatalf("got error %q, want one that names %s", err, file.Name())
		}
	})
}

func flip(f *os.File, at int64, mask byte) error {
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		return err
	}
	b[0] ^= mask
	_, err := f.WriteAt(b, at)
	return err
}

// FuzzRunReader: any bytes give records or an error, and memory only for bytes
// that are there.
func FuzzRunReader(f *testing.F) {
	f.Add(appendRecord(nil, []byte("key"), []byte("value")), 1)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0}, 1)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x07, 0xff, 0xff, 0xff, 0xff, 0x07}, 3)
	f.Add([]byte{0, 0, 0, 0}, 2)
	f.Add([]byte{0x80}, 1)
	f.Fuzz(func(t *testing.T, data []byte, records int) {
		want := run{size: int64(len(data)), records: records}
		checkReader(t, newRunReader(bytes.NewReader(data), "run", want, 0, 16), len(data))
	})
}

func checkReader(t *testing.T, r *runReader, size int) {
	t.Helper()
	for {
		more, err := r.next()
		if got := cap(r.buf); got > 2*size+64 {
			t.Fatalf("got a buffer of %d bytes for a run of %d", got, size)
		}
		if err != nil || !more {
			return
		}
		if len(r.rec.Key)+len(r.rec.Value) > size {
			t.Fatalf("got a record of %d bytes from a run of %d", len(r.rec.Key)+len(r.rec.Value), size)
		}
	}
}

// TestEncoding: what one side writes the other reads, whatever the lengths.
func TestEncoding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		value := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value")
		b := appendRecord([]byte("before"), key, value)[len("before"):]
		if got := encodedLen(key, value); got != len(b) {
			t.Fatalf("encodedLen: got %d, want %d", got, len(b))
		}
		rec, n := decodeRecord(append(b, "after"...))
		if n != len(b) || !slices.Equal(rec.Key, key) || !slices.Equal(rec.Value, value) {
			t.Fatalf("got %q %q and length %d, want %q %q and %d", rec.Key, rec.Value, n, key, value, len(b))
		}
	})
}
