package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// After an interrupt the runs that are left are skipped, and reports are written
// all the same.
func TestTestInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"fleet.twin.hcl": "project \"p\" {}\nenvironment \"dev\" { hub = \"emulator\" }\ndevice \"d\" {}\n",
		"a.twintest.hcl": "run \"one\" {}\nrun \"two\" {}\n",
		"b.twintest.hcl": "run \"one\" {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report := filepath.Join(dir, "results.xml")
	env, out, errs := testEnv("-C", dir, "test", "--junit-xml", report)
	if code := Run(ctx, env); code != exitInterrupted || errs.String() != "Interrupted.\n" {
		t.Errorf("got exit code %d, stderr %q", code, errs)
	}
	if want := "Interrupted! 0 passed, 0 failed, 3 skipped.\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got %q, want %q at its end", out, want)
	}
	xml, err := os.ReadFile(report)
	if n := strings.Count(string(xml), `<skipped message="interrupted">`); n != 3 {
		t.Errorf("got %d skipped runs in %s (%v), want 3", n, xml, err)
	}
}
