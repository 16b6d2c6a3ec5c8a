package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinset/twinset/schema"
)

// TestVault follows a key of a vault: read for the plan, shown nowhere, written
// to the hub, and found unchanged by the next plan.
func TestVault(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const fleet = `
project "kv" {}
environment "dev" { hub = "emulator" }
device "pump" {
  auth {
    type          = "sas"
    primary_key   = secret("kv://contoso-kv/first")
    secondary_key = secret("kv://contoso-kv/second")
  }
}
`
	if err := os.WriteFile(filepath.Join(dir, "fleet.twin.hcl"), []byte(fleet), 0o600); err != nil {
		t.Fatal(err)
	}
	key := func(name string) string { return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(name, 6))) }
	twinset := func(args ...string) string {
		env, out, errs := testEnv()
		root, g := newRoot(env)
		g.vault = func(_ context.Context, s schema.VaultSecret) (string, error) { return key(s.Name), nil }
		root.SetArgs(append(args, "-C", dir))
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, errs)
		}
		return out.String() + errs.String()
	}
	planned := twinset("plan", "--out", filepath.Join(dir, "p"))
	file, err := os.ReadFile(filepath.Join(dir, "p"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second"} {
		if strings.Contains(planned, key(name)) || bytes.Contains(file, []byte(key(name))) {
			t.Errorf("the plan holds the key %s", name)
		}
		if !strings.Contains(planned, "kv://contoso-kv/"+name) {
			t.Errorf("the plan does not say where the key %s comes from:\n%s", name, planned)
		}
	}
	if done := twinset("apply", filepath.Join(dir, "p")); strings.Contains(done, key("first")) {
		t.Errorf("apply prints the key:\n%s", done)
	}
	if got := twinset("credentials", "pump"); !strings.Contains(got, key("first")) {
		t.Error("the device does not have the key of the vault")
	}
	if got := twinset("plan"); !strings.Contains(got, "No changes") {
		t.Errorf("second plan:\n%s", got)
	}
}
