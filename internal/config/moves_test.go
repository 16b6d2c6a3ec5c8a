package config

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/schema"
)

// Blocks about moves mean the same in every syntax.
func TestMoves(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/parity/moves.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{"hcl", "yaml", "json"} {
		dir := t.TempDir()
		i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "in."+ext })
		writeFile(t, filepath.Join(dir, "fleet.twin."+ext), archive.Files[i].Data)
		c, diags := Load(dir, Options{})
		if diags = append(diags, c.Check()...); diags.HasErrors() {
			t.Fatal(diags)
		}
		want := []Move{
			{From: "device.old", To: `device["pump.1"]`, Was: schema.DeviceAddress("old"), Is: schema.DeviceAddress("old")},
			{From: "device.gw", To: "device.gateway", Was: schema.DeviceAddress("gw")}, // it is many
		}
		if diff := cmp.Diff(want, c.Moves()); diff != "" {
			t.Errorf("%s: moves differ (-want +got):\n%s", ext, diff)
		}
		for _, a := range []schema.Address{schema.DeviceAddress("gw-3"), schema.ModuleAddress("gw.4", "m")} {
			if r, ok := c.Removals()[a]; !ok || r.Addr != a || r.Origin.Line == 0 || r.Origin.Name != "" {
				t.Errorf("%s: got %+v for %s", ext, r, a)
			}
		}
		for name, now := range map[string]string{
			"device.old": `device["pump.1"]`, `device.gw["a"].module.m`: `device.gateway["a"].module.m`, "device.gwx": "device.gwx",
		} {
			if got := c.Current(name); got != now {
				t.Errorf("%s: %s is now %s, want %s", ext, name, got, now)
			}
		}
	}
}
