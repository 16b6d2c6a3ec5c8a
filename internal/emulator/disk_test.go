package emulator

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// seed makes one of everything that a snapshot holds.
func seed(r *rig) {
	r.Helper()
	r.must(200, "POST", "/devices", `[{"id":"b","importMode":"create","tags":{"t":[1.0,{"x":"é"}]},"properties":{"desired":{"u":{"v":1}}}},`+
		`{"id":"a","importMode":"create","status":"disabled","statusReason":"why","deviceScope":"s"},`+
		`{"id":"e","importMode":"create","capabilities":{"iotEdge":true},"authentication":{"type":"selfSigned"}}]`)
	r.must(200, "PATCH", "/twins/b", `{"properties":{"desired":{"u":{"w":2}}}}`)
	r.must(200, "PUT", "/devices/b/modules/m", `{"deviceId":"b","moduleId":"m","managedBy":"me"}`)
}

// dump reads back everything that a client can see.
func dump(r *rig) string {
	r.Helper()
	out := r.must(200, "GET", "/devices", "") + r.must(200, "GET", "/devices/b/modules", "") + r.must(200, "GET", "/devices/e/modules", "")
	for _, from := range []string{"devices", "devices.modules"} {
		body, _ := r.query("SELECT * FROM "+from, 100, "")
		out += body
	}
	return out
}

func TestReopen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	o := Options{DataDir: dir, Now: func() time.Time { return noon }}
	first := openRig(t, o)
	seed(first)
	want, token := dump(first), first.token("service")
	ca, err := first.hub.CACertificate()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.hub.Close(); err != nil {
		t.Fatal(err)
	}
	snapshot := readFile(t, filepath.Join(dir, snapshotName))
	second := openRig(t, o)
	if got := dump(second); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if w := second.askAs(token, "GET", "/twins/b", ""); w.Code != 200 {
		t.Errorf("got status %d with a token of the first run, want 200", w.Code)
	}
	if again, err := second.hub.CACertificate(); err != nil || !bytes.Equal(again, ca) {
		t.Errorf("got another CA after reopening (%v)", err)
	}
	second.device("z")
	second.with("If-Match", "*").must(204, "DELETE", "/devices/z", "")
	if err := second.hub.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, filepath.Join(dir, snapshotName)); !bytes.Equal(got, snapshot) {
		t.Errorf("got another snapshot of the same state:\n%s\nwant\n%s", got, snapshot)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFlushOnlyOnChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openRig(t, Options{DataDir: dir})
	name := filepath.Join(dir, snapshotName)
	if err := r.hub.Flush(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("got mode %o, want 600: the snapshot holds keys", got)
	}
	r.ask("GET", "/devices", "")
	r.must(404, "PATCH", "/twins/none", `{"tags":{"a":1}}`)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := r.hub.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("got a snapshot written although nothing changed")
	}
	r.device("d")
	if err := r.hub.Flush(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readFile(t, name), []byte(`"deviceId":"d"`)) {
		t.Error("got a snapshot without the new device")
	}
}

// A snapshot that cannot be written stays due, and leaves no temporary file.
func TestFlushFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hub, err := Open(Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, snapshotName)
	if err := os.MkdirAll(filepath.Join(name, "in-the-way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := hub.Flush(); err == nil || !strings.Contains(err.Error(), "write snapshot") {
		t.Errorf("got %v, want an error of write snapshot", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("got %v left behind, want nothing (%v)", left, err)
	}
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
	if err := hub.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Size() == 0 {
		t.Errorf("got no snapshot from Close after a failed Flush (%v)", err)
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hub, err := Open(Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{DataDir: dir}); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	if err := hub.Close(); err != nil {
		t.Fatal(err)
	}
	openRig(t, Options{DataDir: dir})
}

func TestDamagedSnapshot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openRig(t, Options{DataDir: dir})
	seed(r)
	if err := r.hub.Flush(); err != nil {
		t.Fatal(err)
	}
	good := string(readFile(t, filepath.Join(dir, snapshotName)))
	lines := strings.SplitAfter(good, "\n")
	rows := []struct{ name, content, want string }{
		{"empty", "", "truncated"},
		{"another file", "hello\n", "not a snapshot"},
		{"newer format", strings.Replace(good, `"version":1,"policies"`, `"version":2,"policies"`, 1), "format version 2, this program reads 1"},
		{"no policies", `{"format":"twinset-emulator","version":1}` + "\n", "no policies"},
		{"cut at a line", strings.Join(lines[:3], ""), "line 4: file is truncated"},
		{"cut in a line", good[:len(good)/2], "truncated"},
		{"line missing", strings.Join(append(lines[:2:2], lines[3:]...), ""), "trailer says 6 records, found 5"},
		{"value changed", strings.Replace(good, `"why"`, `"who"`, 1), "checksum does not match"},
		{"line garbled", strings.Replace(good, `{"deviceId":"b"`, `{"deviceId":`, 1), "line 3: invalid character"},
		{"stamps garbled", strings.Replace(good, `"stamps":[`, `"stamps":[0,`, 1), "values and stamps do not match"},
		{"appended", good + "x", "data after the trailer"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			damaged := t.TempDir()
			name := filepath.Join(damaged, snapshotName)
			if err := os.WriteFile(name, []byte(row.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(Options{DataDir: damaged})
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), name) {
				t.Fatalf("got %v, want %q and the file name in it", err, row.want)
			}
			if got := string(readFile(t, name)); got != row.content {
				t.Errorf("got the file changed to %q", got)
			}
			if _, err := Open(Options{DataDir: damaged}); errors.Is(err, ErrLocked) {
				t.Error("got the directory still locked after a failed Open")
			}
		})
	}
}

// A hub that was only read leaves its snapshot alone.
func TestReopenWritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seeded, err := Open(Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	(&rig{TB: t, hub: seeded}).device("d")
	if err := seeded.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, snapshotName)
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	hub, err := Open(Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(name); err != nil || !os.SameFile(before, after) {
		t.Errorf("got the snapshot replaced although nothing changed (%v)", err)
	}
}

// A re-created device is recognisable even when the clock stands still, also in the next run.
func TestGenerationsDiffer(t *testing.T) {
	t.Parallel()
	o := Options{DataDir: t.TempDir(), Now: func() time.Time { return noon }}
	seen := map[string]bool{}
	for range 2 {
		r := &rig{TB: t}
		var err error
		if r.hub, err = Open(o); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if r.hub.store.find("d", "") != nil {
				r.with("If-Match", "*").must(204, "DELETE", "/devices/d", "")
			}
			r.device("d")
			seen[r.hub.store.find("d", "").generation.decimal()] = true
		}
		if err := r.hub.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 4 {
		t.Errorf("got generations %v, want 4 different ones", seen)
	}
}
