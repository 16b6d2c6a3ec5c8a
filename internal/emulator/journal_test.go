package emulator

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// crashed copies the data directory of a running hub, as the death of its process would leave it, and opens the copy.
func crashed(t *testing.T, dir string, change func(copied string)) *rig {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "data"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	copied = filepath.Join(copied, "data")
	if change != nil {
		change(copied)
	}
	return openRig(t, Options{DataDir: copied, Now: func() time.Time { return noon }})
}

func TestAcknowledgedWritesSurvive(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	r := openRig(t, Options{DataDir: dir, Now: func() time.Time { return noon }})
	seed(r)
	token := r.token("service")
	check := func(name string, want string, change func(string)) {
		t.Helper()
		again := crashed(t, dir, change)
		if got := dump(again); got != want {
			t.Errorf("%s: got %s\nwant %s", name, got, want)
		}
		if w := again.askAs(token, "GET", "/twins/b", ""); w.Code != 200 {
			t.Errorf("%s: got status %d with a token of before, want 200", name, w.Code)
		}
	}
	check("before the first snapshot", dump(r), nil)

	before := journalFiles(t, dir)
	if err := r.hub.Flush(); err != nil {
		t.Fatal(err)
	}
	if left := journalFiles(t, dir); len(left) > 0 {
		t.Errorf("got journals %v left behind by a snapshot", left)
	}
	check("between snapshot and removal of the journals", dump(r), func(copied string) {
		for name, content := range before {
			if err := os.WriteFile(filepath.Join(copied, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})

	r.must(200, "PATCH", "/twins/b", `{"tags":{"after":1}}`)
	r.with("If-Match", "*").must(204, "DELETE", "/devices/a", "")
	r.device("z")
	check("behind the snapshot", dump(r), nil)
	want := dump(r)
	check("in the middle of a line", want, func(copied string) {
		for name := range journalFiles(t, copied) {
			f, err := os.OpenFile(filepath.Join(copied, name), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString(`{"put":{"deviceId":"lost"`); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func journalFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	names, err := journals(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		files[filepath.Base(name)] = readFile(t, name)
	}
	return files
}

func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{"no entry": "{}", "unknown": `{"pot":1}`, "no record": `{"put":{"twin":{"tags":1}}}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, journalPrefix+"00000001"+journalSuffix)
			if err := os.WriteFile(file, []byte(line+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(Options{DataDir: dir}); err == nil || !strings.Contains(err.Error(), file+": line 1") && !strings.Contains(err.Error(), "line 1") {
				t.Errorf("got %v, want an error with the file and the line", err)
			}
			if !bytes.Equal(readFile(t, file), []byte(line+"\n")) {
				t.Error("the journal was changed")
			}
		})
	}
}

// A write that the journal could not take is not acknowledged.
func TestJournalFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	r := openRig(t, Options{DataDir: dir})
	r.device("a")
	if err := r.hub.store.journal.file.Close(); err != nil {
		t.Fatal(err)
	}
	r.must(500, "PUT", "/devices/b", `{"deviceId":"b"}`)
	r.must(200, "GET", "/devices/a", "")
	if err := r.hub.compact(); err != nil { // a snapshot makes good for it
		t.Fatal(err)
	}
	r.device("c")
	if got := crashed(t, dir, nil).must(200, "GET", "/devices", ""); !strings.Contains(got, `"deviceId":"c"`) {
		t.Errorf("got %s, want the device written afterwards", got)
	}
}

// A long journal becomes a snapshot while the hub is served.
func TestCompact(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	r := openRig(t, Options{DataDir: dir})
	r.device("a")
	if err := r.hub.compact(); err != nil || len(journalFiles(t, dir)) != 1 {
		t.Errorf("got a snapshot for a short journal (%v)", err)
	}
	r.hub.store.journal.size = compactAt
	if err := r.hub.compact(); err != nil || len(journalFiles(t, dir)) != 0 {
		t.Errorf("got no snapshot for a long journal (%v)", err)
	}
}
