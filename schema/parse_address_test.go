package schema_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/schema"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]schema.Address{
		"device.gw-01":                      schema.DeviceAddress("gw-01"),
		`device["gw.01"]`:                   schema.DeviceAddress("gw.01"),
		`device["gw-01"]`:                   schema.DeviceAddress("gw-01"),
		"device.gw.module.opcua":            schema.ModuleAddress("gw", "opcua"),
		`device["a.module.b"].module["c#"]`: schema.ModuleAddress("a.module.b", "c#"),
		"configuration.night-mode":          schema.ConfigurationAddress("night-mode"),
		`deployment["edge%"]`:               schema.DeploymentAddress("edge%"),
	} {
		if got, err := schema.ParseAddress(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "gw-01", "device", "device.", "devices.a", "device.a.b", "device.a.module", "device.a.module.", `device[""]`, `device["a"`,
		"device[a]", "device[`a`]", `device["a"]x`, "device.a.module.b.module.c", "device.a#b",
		"configuration.a.module.b", "deployment", "configurations.a",
	} {
		if got, err := schema.ParseAddress(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

// What is written can be read.
func TestAddressRoundTrip(t *testing.T) {
	t.Parallel()
	id := rapid.StringMatching(`[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		want := schema.DeviceAddress(id.Draw(t, "device"))
		if rapid.Bool().Draw(t, "module") {
			want = schema.ModuleAddress(want.ID, id.Draw(t, "id"))
		} else {
			want.Kind = rapid.SampledFrom([]schema.Kind{schema.KindDevice, schema.KindConfiguration, schema.KindDeployment}).Draw(t, "kind")
		}
		if got, err := schema.ParseAddress(want.String()); err != nil || got != want {
			t.Fatalf("%s: got %v, %v", want, got, err)
		}
	})
}
