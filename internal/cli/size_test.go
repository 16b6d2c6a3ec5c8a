package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinset/twinset/internal/arm"
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/quota"
)

// TestSizeOf: what the configuration says of a hub's size holds; Azure is asked where
// the hub's place is told, and what goes wrong there is a hint.
func TestSizeOf(t *testing.T) {
	t.Parallel()
	in := config.Environment{Hub: "contoso.azure-devices.net", Subscription: "sub", ResourceGroup: "plant"}
	with := func(change func(*config.Environment)) config.Environment {
		e := in
		change(&e)
		return e
	}
	place := &arm.Hub{Subscription: "sub", ResourceGroup: "plant", Name: "contoso"}
	s2 := arm.Size{SKU: "S2", Units: 3}
	const known, unknown = "", "The size of the hub is not known: "
	for _, tt := range []struct {
		name  string
		e     config.Environment
		hub   string // --hub
		env   map[string]string
		found arm.Size
		err   error
		asked *arm.Hub // nil: nobody is
		want  quota.Hub
		hint  string
	}{
		{"asked", in, "", nil, s2, nil, place, quota.Hub{SKU: "S2", Units: 3}, known},
		{"short name", with(func(e *config.Environment) { e.Hub = "contoso" }), "contoso.azure-devices.net", nil, s2, nil, place, quota.Hub{SKU: "S2", Units: 3}, known},
		{"configured", with(func(e *config.Environment) { e.Size = quota.Hub{SKU: "S1", Units: 1} }), "", nil, s2, nil, nil, quota.Hub{SKU: "S1", Units: 1}, known},
		{"no place", with(func(e *config.Environment) { e.ResourceGroup = "" }), "", nil, s2, nil, nil, quota.Hub{}, known},
		{"embedded", with(func(e *config.Environment) { e.Hub = embedded }), "", nil, s2, nil, nil, quota.Hub{}, known},
		{"served here", with(func(e *config.Environment) { e.Hub = "localhost:8443" }), "", nil, s2, nil, nil, quota.Hub{}, known},
		{"another hub", in, "fabrikam", nil, s2, nil, nil, quota.Hub{}, known},
		{"connection string", in, "", map[string]string{"IOTHUB_CONNECTION_STRING": "x"}, s2, nil, nil, quota.Hub{}, known},
		{"subscription of AZURE_*", with(func(e *config.Environment) { e.Subscription = "" }), "", map[string]string{"AZURE_SUBSCRIPTION_ID": "sub", "ARM_SUBSCRIPTION_ID": "other"}, s2, nil, place, quota.Hub{SKU: "S2", Units: 3}, known},
		{"subscription of ARM_*", with(func(e *config.Environment) { e.Subscription = "" }), "", map[string]string{"ARM_SUBSCRIPTION_ID": "sub"}, s2, nil, place, quota.Hub{SKU: "S2", Units: 3}, known},
		{"no subscription", with(func(e *config.Environment) { e.Subscription = "" }), "", nil, s2, nil, nil, quota.Hub{}, unknown + "resource_group is set, but no subscription is"},
		{"refused", in, "", nil, arm.Size{}, errors.New("it needs the role Reader"), place, quota.Hub{}, unknown + "it needs the role Reader. "},
		{"basic tier", in, "", nil, arm.Size{SKU: "B1", Units: 1}, nil, place, quota.Hub{}, unknown + `SKU "B1" is of the basic tier`},
		{"a SKU of later", in, "", nil, arm.Size{SKU: "GEN2", Units: 1}, nil, place, quota.Hub{}, unknown + `SKU "GEN2" does not exist`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env, _, errs := testEnv()
			env.LookupEnv = func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }
			_, g := newRoot(env)
			g.hub = tt.hub
			var asked *arm.Hub
			g.azureSize = func(_ context.Context, h arm.Hub) (arm.Size, error) {
				asked = &h
				return tt.found, tt.err
			}
			if got := g.sizeOf(t.Context(), tt.e); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if (asked == nil) != (tt.asked == nil) || asked != nil && *asked != *tt.asked {
				t.Errorf("asked about %v, want %v", asked, tt.asked)
			}
			if got := errs.String(); (got == "") != (tt.hint == "") || !strings.HasPrefix(got, tt.hint) {
				t.Errorf("got the hint %q, want %q", got, tt.hint)
			}
		})
	}
}

// What Azure says serves the choice how to read, too: it is asked after the
// configuration has been evaluated, and the ids are kept for it by then. The plan asks
// once.
func TestPlanAsksForSize(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, place string
		asks        int
	}{
		{"place told", `resource_group = "plant"`, 1},
		{"place not told", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			fleet := "project \"fleet\" {}\nenvironment \"prod\" {\n  hub = \"contoso\"\n  subscription = \"sub\"\n  " + tt.place + "\n}\ndevice \"pump\" {}\n"
			if err := os.WriteFile(filepath.Join(dir, "fleet.twin.hcl"), []byte(fleet), 0o600); err != nil {
				t.Fatal(err)
			}
			env, _, _ := testEnv()
			wrong := map[string]string{"TWINSET_CA_FILE": filepath.Join(dir, "none.pem")} // the hub itself is not reached
			env.LookupEnv = func(name string) (string, bool) { v, ok := wrong[name]; return v, ok }
			_, g := newRoot(env)
			g.chdir = dir
			asked := 0
			g.azureSize = func(context.Context, arm.Hub) (arm.Size, error) {
				asked++
				return arm.Size{SKU: "S1", Units: 2}, nil
			}
			p, err := g.load()
			if err != nil {
				t.Fatal(err)
			}
			_, closeDesired, err := g.desired(t.Context(), p, planOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer closeDesired()
			if kept := p.ids != nil; kept != (tt.asks > 0) {
				t.Errorf("ids kept: %t, want %t", kept, tt.asks > 0)
			}
			if _, _, err := g.planInto(t.Context(), filepath.Join(dir, "p"), planOptions{}); err == nil || !strings.Contains(err.Error(), "none.pem") {
				t.Errorf("got the error %v, want that the hub cannot be reached", err)
			}
			if asked != tt.asks {
				t.Errorf("asked %d times, want %d", asked, tt.asks)
			}
		})
	}
}
