package schema

import (
	"bytes"
	"strings"
)

// hiddenCredential stands for a password that must not be shown.
const hiddenCredential = "(hidden)"

// HideCredentials replaces the passwords of registries in a content, which must
// not get into plans.
func HideCredentials(content any) {
	eachCredential(nil, content, false, func(Path) string { return hiddenCredential })
}

// HidesCredentials tells whether a value lacks passwords that HideCredentials took
// out of it.
func HidesCredentials(value Doc) bool {
	if !bytes.Contains(value, []byte(`"`+hiddenCredential+`"`)) {
		return false
	}
	content, err := Decode(value)
	found := err != nil
	eachCredential(nil, content, false, func(Path) string {
		found = true
		return hiddenCredential
	})
	return found
}

// eachCredential calls f with the path of every password of a registry that is not
// empty, and puts what it returns there.
func eachCredential(at Path, v any, inside bool, f func(Path) string) {
	m, _ := v.(map[string]any)
	for _, name := range sortedKeys(m) {
		here := at.Child(name)
		within := inside || strings.Contains(name, "registryCredentials")
		last := name[strings.LastIndexByte(name, '.')+1:]
		if text, ok := m[name].(string); ok && within && last == "password" && text != "" {
			m[name] = f(here)
			continue
		}
		eachCredential(here, m[name], within, f)
	}
}

// refuseCredentials refuses passwords that are written in a manifest: they would
// stand in plans, in journals and in messages.
func (v *manifest) refuseCredentials(m map[string]any) {
	eachCredential(v.at, m, false, func(at Path) string {
		v.add(at, "Credential in the manifest", "The password of a registry would stand in plans in clear. Give the devices their credentials in their own configuration, or leave registryCredentials to a deployment that another tool makes.")
		return hiddenCredential
	})
}
