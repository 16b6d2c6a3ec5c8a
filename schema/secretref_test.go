package schema

import (
	"strings"
	"testing"
)

func TestSecretRefSplit(t *testing.T) {
	t.Parallel()
	const version = "/0123456789abcdef0123456789abcdef"
	for _, tt := range []struct{ ref, scheme, name, err string }{
		{"env://KEY", SecretEnv, "KEY", ""},
		{"file://keys/a", SecretFile, "keys/a", ""},
		{"kv://contoso-kv/gw-01-primary", SecretVault, "contoso-kv/gw-01-primary", ""},
		{"kv://contoso-kv/gw-01-primary" + version, SecretVault, "contoso-kv/gw-01-primary" + version, ""},
		{"KEY", "", "", "a reference is env://NAME"},
		{"http://x", "", "", "the scheme http:// is unknown"},
		{"env://", "", "", "names nothing"},
		{"kv://contoso-kv", SecretVault, "contoso-kv", "kv://VAULT/NAME"},
		{"kv://contoso-kv/a/b/c", SecretVault, "contoso-kv/a/b/c", "kv://VAULT/NAME"},
		{"kv://contoso--kv/a", SecretVault, "contoso--kv/a", "not the name of a vault:"},
		{"kv://ab/a", SecretVault, "ab/a", "not the name of a vault:"},
		{"kv://contoso-kv/a_b", SecretVault, "contoso-kv/a_b", "not the name of a vault's secret"},
		{"kv://contoso-kv/a/1", SecretVault, "contoso-kv/a/1", "not a version"},
		// A token must not go where a configuration points it.
		{"kv://evil.example/a", SecretVault, "evil.example/a", "not the name of a vault:"},
		{"kv://x.vault.azure.net.evil.example/a", SecretVault, "x.vault.azure.net.evil.example/a", "not the name of a vault:"},
		{"kv://evil.example:443#.vault.azure.net/a", SecretVault, "evil.example:443#.vault.azure.net/a", "not the name of a vault:"},
	} {
		scheme, name, err := SecretRef(tt.ref).Split()
		if tt.err == "" && (err != nil || scheme != tt.scheme || name != tt.name) {
			t.Errorf("%s: got %s, %s, %v, want %s, %s", tt.ref, scheme, name, err, tt.scheme, tt.name)
		}
		if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: got error %v, want %s", tt.ref, err, tt.err)
		}
	}
}

func TestVaultSecret(t *testing.T) {
	t.Parallel()
	const version = "0123456789abcdef0123456789abcdef"
	for ref, want := range map[SecretRef]VaultSecret{
		"kv://contoso-kv/a":                     {Host: "contoso-kv.vault.azure.net", Name: "a"},
		"kv://contoso-kv/a/" + version:          {Host: "contoso-kv.vault.azure.net", Name: "a", Version: version},
		"kv://contoso-kv.vault.azure.cn/a":      {Host: "contoso-kv.vault.azure.cn", Name: "a"},
		"kv://abc.vault.usgovcloudapi.net/a-b1": {Host: "abc.vault.usgovcloudapi.net", Name: "a-b1"},
	} {
		if got, err := ref.VaultSecret(); got != want || err != nil {
			t.Errorf("%s: got %+v, %v, want %+v", ref, got, err, want)
		}
	}
}
