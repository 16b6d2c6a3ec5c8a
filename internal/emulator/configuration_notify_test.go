package emulator

import "testing"

// A connected device hears of what a configuration writes as of any other write, also when nobody asks the hub anything.
func TestConfigurationNotifiesDevice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.must(200, "PATCH", "/twins/d", `{"properties":{"desired":{"mine":1,"k":{"l":1}}}}`)
	d := s.connect("d").subscribe(1, desired)
	s.configure("c", "deviceId = 'd'", 0, `"properties.desired.k.m":2,"properties.desired.n":"x"`)
	d.want("$iothub/twin/PATCH/properties/desired/?$version=3", `{"k":{"m":2},"n":"x","$version":3}`)
	s.twin("d")
	d.wantQuiet()
}
