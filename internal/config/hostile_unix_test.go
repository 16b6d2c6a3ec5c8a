//go:build unix && !race

package config

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
)

// Opening a named pipe waits for somebody to write to it: these tests would not
// end.
func TestHostilePipes(t *testing.T) {
	pipe := func(name string) func(string) error {
		return func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, name), 0o600) }
	}
	for _, tt := range []struct {
		hostile

		make func(dir string) error
	}{
		{hostile{name: "configuration", want: "x.twin.hcl:1,1 Cannot read file", says: "this is a named pipe, not a file"}, pipe("x.twin.hcl")},
		{hostile{name: "variables", want: "x.auto.vars.yaml:1,1 Cannot read file", says: "this is a named pipe"}, pipe("x.auto.vars.yaml")},
		{hostile{name: "data", files: evaluated(`file("l")`, ""), want: "x.twin.hcl:2,13 Invalid function argument", says: "this is a named pipe"}, pipe("l")},
		{hostile{name: "existence", files: evaluated(`fileexists("l")`, "")}, pipe("l")},
		{hostile{name: "set", files: evaluated(`fileset(".", "l*")`, "")}, pipe("l")},
		{hostile{name: "template", files: evaluated(`templatefile("l", {})`, ""), want: "x.twin.hcl:2,21 Invalid function argument", says: "this is a named pipe"}, pipe("l")},
		{hostile{name: "table", files: of("x.twin.hcl", "device \"d\" {\n  for_each = csvmap(\"l\", \"id\")\n}\n"), want: "x.twin.hcl:2,22 Invalid function argument", says: "this is a named pipe"}, pipe("l")},
		{hostile{name: "socket", files: evaluated(`file("s")`, ""), want: "x.twin.hcl:2,13 Invalid function argument", says: "this is a socket"}, func(dir string) error {
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, "s"))
			if err == nil {
				t.Cleanup(func() { _ = l.Close() })
			}
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := project(t, tt.files)
			writeFile(t, filepath.Join(dir, "p.twin.hcl"), []byte("project \"p\" {}\n"))
			if err := tt.make(dir); err != nil {
				t.Fatal(err)
			}
			tt.check(t, dir)
		})
	}
}
