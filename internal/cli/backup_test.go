package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/schema"
)

// Any two objects have files of their own, also where case does not count, with
// names that every file system takes.
func TestBackupNames(t *testing.T) {
	t.Parallel()
	const chars = "abzABZ019-:.+%_#*?!(),=@;$'"
	id := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte(chars)), 1, 128), func(b []byte) string { return string(b) })
	address := rapid.Custom(func(t *rapid.T) schema.Address {
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return schema.DeviceAddress(id.Draw(t, "device"))
		case 1:
			return schema.ModuleAddress(id.Draw(t, "device"), id.Draw(t, "module"))
		default:
			return schema.ConfigurationAddress(id.Draw(t, "configuration"))
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := address.Draw(t, "a"), address.Draw(t, "b")
		if rapid.Bool().Draw(t, "differ by case") {
			b = schema.Address{Kind: a.Kind, ID: strings.ToUpper(a.ID), Sub: a.Sub}
		}
		if (a == b) != strings.EqualFold(backupName(a), backupName(b)) {
			t.Fatalf("%s and %s: got %s and %s", a, b, backupName(a), backupName(b))
		}
		name := backupName(a)
		if len(name) > 255 || strings.ContainsAny(name, `/\:*?"<>|`) || name != filepath.Base(name) {
			t.Fatalf("%s: got %s", a, name)
		}
	})
}

func TestBackupIsPrivateAndWhole(t *testing.T) {
	t.Parallel()
	b := &backups{dir: filepath.Join(t.TempDir(), "backup", "0123")}
	a := schema.DeviceAddress("Pump/1")
	for _, text := range []string{"first", "second"} {
		if err := b.keep(a, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(b.dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "device-%50ump%2f1.json" {
		t.Fatalf("got %v, %v, want one file", entries, err)
	}
	name := filepath.Join(b.dir, entries[0].Name())
	if text, err := os.ReadFile(name); err != nil || string(text) != "second" {
		t.Errorf("got %q, %v", text, err)
	}
	for path, want := range map[string]os.FileMode{name: 0o600, b.dir: 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want mode %o", path, info.Mode(), err, want)
		}
	}
}

func TestBackupSaysWhyItFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := &backups{dir: filepath.Join(file, "0123")}
	if err := b.keep(schema.DeviceAddress("d"), []byte("x")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that names %s", err, file)
	}
}
