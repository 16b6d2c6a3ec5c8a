package schema

import (
	"strings"
	"testing"
)

// A place for a reference is a place where a password is looked for, and no other.
func TestPasswordPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path Path
		is   bool
	}{
		{Path{"$edgeAgent", "properties.desired", "runtime", "settings", "registryCredentials", "acr", "password"}, true},
		{Path{"$edgeAgent", "properties.desired.runtime.settings.registryCredentials", "acr", "password"}, true},
		{Path{"$edgeAgent", "properties.desired.runtime.settings.registryCredentials.acr.password"}, true},
		{Path{"$edgeAgent", "properties.desired.runtime.settings.registryCredentials", "acr", "username"}, false},
		{Path{"m", "properties.desired", "password"}, false},
		{Path{"$edgeAgent", "properties.desired.runtime.settings.registryCredentials"}, false},
		{nil, false},
	} {
		if IsPassword(c.path) != c.is {
			t.Errorf("%q: password is %v", c.path, !c.is)
		}
		m := map[string]any{}
		if len(c.path) == 0 {
			continue
		}
		SetPath(m, c.path, "x")
		HideCredentials(m)
		v, err := Canonical(m)
		if err != nil {
			t.Fatal(err)
		}
		if hidden := strings.Contains(string(v), HiddenPassword); hidden != c.is {
			t.Errorf("%s: hidden is %v", v, hidden)
		}
	}
}

// A password in clear is refused, and what is said does not repeat it. One by
// reference may stand in a deployment.
func TestPasswordsInClearAreRefused(t *testing.T) {
	t.Parallel()
	at := Path{"$edgeAgent", "properties.desired.runtime.settings.registryCredentials", "acr", "password"}
	content := func(password string) map[string]any {
		m := map[string]any{}
		SetPath(m, at, password)
		return m
	}
	base := Targeting{ID: "d", Priority: "1", TargetCondition: "*"}
	clear := Deployment{Targeting: base, ModulesContent: content("pa55")}
	found := clear.Validate()
	if len(found) != 1 || found[0].Summary != "Credential in the manifest" || strings.Contains(found[0].Detail, "pa55") {
		t.Errorf("in clear: %v", found)
	}
	given := Deployment{
		Targeting: base, ModulesContent: content(HiddenPassword),
		Passwords: []Secret{{Path: append(Path{memberModulesContent}, at...), Ref: "env://P"}},
	}
	if found := given.Validate(); len(found) > 0 {
		t.Errorf("by reference: %v", found)
	}
	edge := true
	device := Device{ID: "d", Edge: &edge, Manifest: content("pa55")}
	found = device.Validate()
	if !strings.Contains(found[len(found)-1].Detail+found[0].Detail, "A deployment can give it by reference") {
		t.Errorf("in the manifest of a device: %v", found)
	}
}
