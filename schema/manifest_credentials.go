package schema

import (
	"bytes"
	"slices"
	"strings"
)

// HiddenPassword stands for a password of a registry, which must not be shown.
const HiddenPassword = "(hidden)"

// IsPassword tells whether a path in a content leads to the password of a registry,
// which can be given by reference.
func IsPassword(p Path) bool {
	within := false
	for _, name := range p {
		within = within || strings.Contains(name, registries)
	}
	return within && len(p) > 0 && lastName(p[len(p)-1]) == "password"
}

const registries = "registryCredentials"

// lastName is what stands behind the dots of a key such as
// properties.desired.runtime.settings.
func lastName(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// HideCredentials replaces the passwords of registries in a content, which must
// not get into plans.
func HideCredentials(content any) {
	eachCredential(nil, content, false, func(Path) string { return HiddenPassword })
}

// HidesCredentials tells whether a value lacks passwords that HideCredentials took
// out of it.
func HidesCredentials(value Doc) bool {
	if !bytes.Contains(value, []byte(`"`+HiddenPassword+`"`)) {
		return false
	}
	content, err := Decode(value)
	found := err != nil
	eachCredential(nil, content, false, func(Path) string {
		found = true
		return HiddenPassword
	})
	return found
}

// eachCredential calls f with the path of every password of a registry that is not
// empty, and puts what it returns there.
func eachCredential(at Path, v any, inside bool, f func(Path) string) {
	m, _ := v.(map[string]any)
	for _, name := range sortedKeys(m) {
		here := at.Child(name)
		within := inside || strings.Contains(name, registries)
		if text, ok := m[name].(string); ok && within && lastName(name) == "password" && text != "" {
			m[name] = f(here)
			continue
		}
		eachCredential(here, m[name], within, f)
	}
}

// refuseCredentials refuses passwords that are written in a manifest: they would
// stand in plans, in journals and in messages. Those that are known by reference are
// not there.
func (v *manifest) refuseCredentials(m map[string]any, known []Secret) {
	instead := "Give it by reference: write secret(\"env://NAME\") in its place, or give that to a variable of the file."
	if v.at[0] == MemberManifest {
		instead = "A deployment can give it by reference; the manifest of a device has no place for it."
	}
	eachCredential(v.at, m, false, func(at Path) string {
		if !slices.ContainsFunc(known, func(s Secret) bool { return slices.Equal(s.Path, at) }) {
			v.add(at, "Credential in the manifest", "The password of a registry would stand in plans in clear. %s", instead)
		}
		return HiddenPassword
	})
}
