package schema

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// SecretRef names a secret without holding it: env://NAME, file://PATH or
// kv://VAULT/NAME[/VERSION] of an Azure Key Vault.
type SecretRef string

// Schemes of secret references.
const (
	SecretEnv   = "env"
	SecretFile  = "file"
	SecretVault = "kv"
)

const secretForms = "env://NAME, file://PATH or kv://VAULT/NAME" //nolint:gosec // a form, not a credential

var secretRef = regexp.MustCompile(`^([a-z][a-z0-9+.-]*)://(.*)$`)

// Split returns the scheme of a reference and what it names. A reference that
// nothing could resolve is an error.
func (r SecretRef) Split() (scheme, name string, err error) {
	m := secretRef.FindStringSubmatch(string(r))
	if m == nil {
		return "", "", errors.New("a reference is " + secretForms)
	}
	scheme, name = m[1], m[2]
	switch {
	case scheme != SecretEnv && scheme != SecretFile && scheme != SecretVault:
		return "", "", fmt.Errorf("the scheme %s:// is unknown; use %s", scheme, secretForms)
	case name == "":
		return "", "", errors.New("the reference names nothing; write " + secretForms)
	case scheme == SecretVault:
		_, err = parseVaultSecret(name)
	}
	return scheme, name, err
}

// VaultSecret is what a reference kv://VAULT/NAME[/VERSION] names. Host is the
// vault's DNS name; an empty Version means the current one.
type VaultSecret struct {
	Host, Name, Version string
}

// VaultSecret reads a reference with the scheme [SecretVault].
func (r SecretRef) VaultSecret() (VaultSecret, error) {
	return parseVaultSecret(strings.TrimPrefix(string(r), SecretVault+"://"))
}

// Vaults live below these names: the public cloud, China and US government. A
// token goes nowhere else, whatever a configuration says.
const publicVaults = ".vault.azure.net"

// They are compiled when a vault is named: that takes a tenth of the time in which
// the program starts.
var (
	vaultHost     = onDemand(`^[A-Za-z](?:-?[A-Za-z0-9]){2,23}(?:\.vault\.azure\.net|\.vault\.azure\.cn|\.vault\.usgovcloudapi\.net)$`)
	vaultObject   = onDemand(`^[A-Za-z0-9-]{1,127}$`)
	vaultRevision = onDemand(`^[0-9A-Fa-f]{32}$`)
)

func onDemand(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// parseVaultSecret holds Key Vault's rules for names ("Azure Key Vault keys,
// secrets and certificates overview": object identifiers).
func parseVaultSecret(s string) (VaultSecret, error) {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return VaultSecret{}, errors.New("a reference to a vault is kv://VAULT/NAME or kv://VAULT/NAME/VERSION")
	}
	v := VaultSecret{Host: parts[0], Name: parts[1]}
	if !strings.Contains(v.Host, ".") {
		v.Host += publicVaults
	}
	switch {
	case !vaultHost().MatchString(v.Host):
		return VaultSecret{}, fmt.Errorf("%s is not the name of a vault: 3 to 24 letters, digits and single hyphens, or a name below vault.azure.net, vault.azure.cn or vault.usgovcloudapi.net", parts[0])
	case !vaultObject().MatchString(v.Name):
		return VaultSecret{}, fmt.Errorf("%q is not the name of a vault's secret: 1 to 127 letters, digits and hyphens", v.Name)
	case len(parts) == 3 && !vaultRevision().MatchString(parts[2]):
		return VaultSecret{}, fmt.Errorf("%q is not a version of a vault's secret: 32 hexadecimal digits", parts[2])
	case len(parts) == 3:
		v.Version = parts[2]
	}
	return v, nil
}
