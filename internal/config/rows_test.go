package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the hash suspects, only keys that are really repeated are reported.
func TestKeySetSuspectsOnly(t *testing.T) {
	t.Parallel()
	s := newKeySet()
	s.hash = func(string) uint64 { return 7 }
	for i := range keyBlock + 10 {
		s.add(fmt.Sprint(i))
	}
	suspect := s.repeated()
	if suspect == nil || !suspect("3") {
		t.Fatal("equal hashes are not suspected")
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "t.csv"), []byte("id\na\nb\n"))
	tab := table{dir: newDirectory(dir), path: "t.csv", format: csvFormat{key: "id"}, keyed: true}
	if err := tab.repeats(suspect); err != nil {
		t.Errorf("distinct keys are reported: %v", err)
	}
	writeFile(t, filepath.Join(dir, "p.twin.hcl"), []byte(`project "p" {}
device "a" { for_each = toset(["x", "y"]) }`))
	c, diags := Load(dir, Options{})
	if c.reportRepeated(suspect); len(diags)+len(c.found.found) > 0 {
		t.Errorf("distinct objects are reported: %v", c.Check())
	}
}

func TestKeySetFindsRepeats(t *testing.T) {
	t.Parallel()
	s := newKeySet()
	for i := range 3 * keyBlock {
		s.add(fmt.Sprint(i))
	}
	if s.repeated() != nil {
		t.Error("distinct keys are suspected")
	}
	s.add("17")
	if suspect := s.repeated(); suspect == nil || !suspect("17") || suspect("18") {
		t.Error("the repeated key is not the only suspect")
	}
}

// Rows come in the order of the file, the keys of other collections sorted.
func TestRowsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "t.csv"), []byte("\ufeffid,n\r\nz,1\r\na,2\r\n\"m\",3"))
	writeFile(t, filepath.Join(dir, "p.twin.hcl"), []byte(`project "p" {}
device "a" { for_each = csvmap("t.csv", "id") }`))
	c, diags := Load(dir, Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var got []string
	for o, err := range c.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Addr.ID)
	}
	if diff := cmp.Diff([]string{"z", "a", "m"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRowsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxRow+1)
	for name, text := range map[string]string{
		"quoted field": "id\n\"" + long, "one line": long, "after others": "id\na\n" + long + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "t.csv"), []byte(text))
			for _, f := range []rowFormat{csvFormat{key: "id"}, jsonFormat{}} {
				var last error
				for _, err := range (table{dir: newDirectory(dir), path: "t.csv", format: f}).rows(nil) {
					last = err
				}
				if last == nil {
					t.Errorf("%T accepts a line of %d bytes", f, len(long))
				}
			}
		})
	}
}

// FuzzRows reads arbitrary tables: never a panic, and errors that name the file.
func FuzzRows(f *testing.F) {
	f.Add([]byte("id,n\na,1\n"))
	f.Add([]byte("\ufeffid,\"n\n\"\r\na,\"\"\"\"\n\n"))
	f.Add([]byte(`{"id":"a","n":{"x":[1,null,1e400]}}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, src []byte) {
		writeFile(t, filepath.Join(dir, "t"), src)
		for _, format := range []rowFormat{csvFormat{key: "id"}, jsonFormat{key: "id", keyed: true}, jsonFormat{}} {
			lines := 0
			for r, err := range (table{dir: newDirectory(dir), path: "t", format: format, keyed: true}).rows(nil) {
				switch {
				case err != nil && !strings.Contains(err.Error(), "t"):
					t.Errorf("the error %q does not name the file", err)
				case err == nil && (r.line <= lines || r.value.Type().IsPrimitiveType()):
					t.Errorf("row of line %d after line %d: %#v", r.line, lines, r.value)
				}
				lines = r.line
			}
		}
	})
}
