package schema

import (
	"crypto/sha1" //nolint:gosec // the size of a thumbprint; nothing is hashed with it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// The ways in which a device or module authenticates.
const (
	AuthSAS            = "sas"             // symmetric keys
	AuthX509Thumbprint = "x509_thumbprint" // self-signed certificates, known by thumbprint
	AuthX509CA         = "x509_ca"         // certificates signed by a CA that the hub knows
)

// AuthTypes lists the values of an auth block's type.
func AuthTypes() []string { return []string{AuthSAS, AuthX509Thumbprint, AuthX509CA} }

// Auth is an auth block. Keys are known by reference only; without them the hub
// generates both when it creates the identity. A thumbprint is given either in
// clear or by reference.
type Auth struct {
	Type                                         string
	PrimaryKey, SecondaryKey                     SecretRef
	PrimaryThumbprint, SecondaryThumbprint       string
	PrimaryThumbprintRef, SecondaryThumbprintRef SecretRef
}

// Names of the members of an auth document.
const (
	primaryKey          = "primary_key"
	secondaryKey        = "secondary_key"
	primaryThumbprint   = "primary_thumbprint"
	secondaryThumbprint = "secondary_thumbprint"
)

// doc is the document of the block. Thumbprints are compared in upper case: the
// hub keeps the case it was given (FACTS §1.4).
func (a *Auth) doc() map[string]any {
	m := map[string]any{"type": a.Type}
	if a.PrimaryThumbprint != "" {
		m[primaryThumbprint] = strings.ToUpper(a.PrimaryThumbprint)
	}
	if a.SecondaryThumbprint != "" {
		m[secondaryThumbprint] = strings.ToUpper(a.SecondaryThumbprint)
	}
	return m
}

func (a *Auth) secrets() []Secret {
	var list []Secret
	add := func(name string, ref SecretRef) {
		if ref != "" {
			list = append(list, Secret{Path: Path{"auth", name}, Ref: ref})
		}
	}
	add(primaryKey, a.PrimaryKey)
	add(secondaryKey, a.SecondaryKey)
	add(primaryThumbprint, a.PrimaryThumbprintRef)
	add(secondaryThumbprint, a.SecondaryThumbprintRef)
	return list
}

// ValidThumbprint tells whether s is a SHA-1 or SHA-256 thumbprint in plain hex
// (FACTS §1.4). A regular expression for it would be a tenth of the time in which the
// program starts.
func ValidThumbprint(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && (len(b) == sha1.Size || len(b) == sha256.Size)
}

// CheckSASKey tells whether a symmetric key is one that the hub takes, without
// showing it (FACTS §1.4).
func CheckSASKey(key string) error {
	b, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return errors.New("the key is not base64")
	}
	if len(b) < MinSASKey || len(b) > MaxSASKey {
		return fmt.Errorf("the key has %d bytes; the hub takes %d to %d", len(b), MinSASKey, MaxSASKey)
	}
	return nil
}

func (a *Auth) validate() []Problem {
	var v problems
	switch a.Type {
	case AuthSAS:
		a.validateSAS(&v)
	case AuthX509Thumbprint:
		a.validateThumbprints(&v)
	case AuthX509CA:
		a.refuse(&v, "a certificate signed by a known CA needs no material on the hub", primaryKey, secondaryKey, primaryThumbprint, secondaryThumbprint)
	default:
		v.add(Path{"auth", "type"}, "Invalid authentication type", "%q is none of sas, x509_thumbprint and x509_ca.", a.Type)
	}
	return v
}

func (a *Auth) validateSAS(v *problems) {
	a.refuse(v, `thumbprints belong to type "x509_thumbprint"`, primaryThumbprint, secondaryThumbprint)
	if (a.PrimaryKey == "") != (a.SecondaryKey == "") {
		missing, given := secondaryKey, primaryKey
		if a.PrimaryKey == "" {
			missing, given = primaryKey, secondaryKey
		}
		v.add(Path{"auth", given}, "Incomplete keys", "The hub wants both keys or neither. Add %s, or leave %s out to let the hub generate both.", missing, given)
	}
}

func (a *Auth) validateThumbprints(v *problems) {
	a.refuse(v, `keys belong to type "sas"`, primaryKey, secondaryKey)
	if a.PrimaryThumbprint == "" && a.PrimaryThumbprintRef == "" {
		v.add(Path{"auth"}, "Missing thumbprint", `Type "x509_thumbprint" needs primary_thumbprint: the SHA-1 or SHA-256 thumbprint of the certificate in hex.`)
	}
	for name, value := range map[string]string{primaryThumbprint: a.PrimaryThumbprint, secondaryThumbprint: a.SecondaryThumbprint} {
		if value != "" && !ValidThumbprint(value) {
			v.add(Path{"auth", name}, "Invalid thumbprint", "A thumbprint is 40 (SHA-1) or 64 (SHA-256) hexadecimal digits without separators; %q is not.", value)
		}
	}
}

// refuse reports members that do not go with the block's type.
func (a *Auth) refuse(v *problems, why string, names ...string) {
	set := map[string]bool{
		primaryKey: a.PrimaryKey != "", secondaryKey: a.SecondaryKey != "",
		primaryThumbprint:   a.PrimaryThumbprint != "" || a.PrimaryThumbprintRef != "",
		secondaryThumbprint: a.SecondaryThumbprint != "" || a.SecondaryThumbprintRef != "",
	}
	for _, name := range names {
		if set[name] {
			v.add(Path{"auth", name}, "Unexpected authentication material", "%s does not go with type %q: %s.", name, a.Type, why)
		}
	}
}
