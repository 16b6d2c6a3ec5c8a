package emulator

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of identities (FACTS §1.4, §3).
const (
	maxIDLength     = 128
	maxStatusReason = 128
	maxModules      = 50
	minKeyBytes     = 16
	maxKeySize      = 64
	generatedKey    = 32
)

// Authentication types as the service spells them (FACTS §1.4).
const (
	authSAS        = "sas"
	authSelfSigned = "selfSigned"
	authCA         = "certificateAuthority"
	authNone       = "none"
)

type authentication struct {
	kind                string
	primaryKey          string // base64, both or neither
	secondaryKey        string
	primaryThumbprint   string
	secondaryThumbprint string
}

// identityInput is the writable part of a device or module identity. Read-only members are not in it and so are
// ignored; names match without regard to case.
type identityInput struct {
	DeviceID       *string    `json:"deviceId"`
	ModuleID       *string    `json:"moduleId"`
	Status         *string    `json:"status"`
	StatusReason   *string    `json:"statusReason"`
	ManagedBy      *string    `json:"managedBy"`
	Authentication *authInput `json:"authentication"`
	Capabilities   *struct {
		IotEdge bool `json:"iotEdge"`
	} `json:"capabilities"`
	DeviceScope  *string  `json:"deviceScope"`
	ParentScopes []string `json:"parentScopes"`
}

type authInput struct {
	Type         *string `json:"type"`
	SymmetricKey *struct {
		PrimaryKey   *string `json:"primaryKey"`
		SecondaryKey *string `json:"secondaryKey"`
	} `json:"symmetricKey"`
	X509Thumbprint *struct {
		PrimaryThumbprint   *string `json:"primaryThumbprint"`
		SecondaryThumbprint *string `json:"secondaryThumbprint"`
	} `json:"x509Thumbprint"`
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// checkID checks the charset and length of a device or module id (FACTS §1.4).
func checkID(what, id string) *fault {
	if id == "" || len(id) > maxIDLength {
		return invalid(fmt.Sprintf("%s must have 1 to %d characters", what, maxIDLength))
	}
	for i := range len(id) {
		if !idCharacter(id[i]) {
			return invalid(fmt.Sprintf("%s '%s' contains a character that is not allowed", what, id))
		}
	}
	return nil
}

func idCharacter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("-:.+%_#*?!(),=@;$'", c) >= 0
}

// readStatus returns status and reason with their defaults: an omitted one falls back (FACTS §1.3).
func (in *identityInput) readStatus() (status, reason string, err *fault) {
	status, reason = strings.ToLower(value(in.Status)), value(in.StatusReason)
	if status == "" {
		status = "enabled"
	}
	if status != "enabled" && status != "disabled" {
		return "", "", invalid(fmt.Sprintf("status '%s' is neither enabled nor disabled", value(in.Status)))
	}
	if utf8.RuneCountInString(reason) > maxStatusReason {
		return "", "", invalid(fmt.Sprintf("statusReason must have at most %d characters", maxStatusReason))
	}
	return status, reason, nil
}

// readAuthentication returns what the identity will authenticate with. Omitted or empty keys are generated, on update
// too: a PUT without authentication mints new keys (FACTS §1.3).
func (h *Hub) readAuthentication(in *authInput, isModule bool) (authentication, *fault) {
	a, err := in.authentication()
	if err != nil {
		return authentication{}, err
	}
	if a.kind == authNone {
		if !isModule {
			return authentication{}, badRequestNamed(400004, "DeviceAuthenticationTypeIsMissing", "authentication type is missing")
		}
		a.kind = authSAS // coerced for ordinary modules (FACTS §3)
	}
	if err := a.check(); err != nil {
		return authentication{}, err
	}
	if a.kind == authSAS && a.primaryKey == "" {
		a.primaryKey, a.secondaryKey = h.newKey(), h.newKey()
	}
	return a, nil
}

// authentication flattens the input and finds out its type.
func (in *authInput) authentication() (authentication, *fault) {
	if in == nil {
		return authentication{kind: authSAS}, nil
	}
	var a authentication
	if k := in.SymmetricKey; k != nil {
		a.primaryKey, a.secondaryKey = value(k.PrimaryKey), value(k.SecondaryKey)
	}
	if t := in.X509Thumbprint; t != nil {
		a.primaryThumbprint, a.secondaryThumbprint = value(t.PrimaryThumbprint), value(t.SecondaryThumbprint)
	}
	if in.Type == nil {
		a.kind = authSAS
		if a.primaryThumbprint != "" || a.secondaryThumbprint != "" {
			a.kind = authSelfSigned
		}
		return a, nil
	}
	for _, kind := range []string{authSAS, authSelfSigned, authCA, authNone} {
		if strings.EqualFold(*in.Type, kind) {
			a.kind = kind
			return a, nil
		}
	}
	return a, invalid(fmt.Sprintf("authentication type '%s' is unknown", *in.Type))
}

// check refuses material that does not belong to the type. The service's answer to keys together with thumbprints is
// unverified (FACTS §1.4); the SDKs refuse it, so it is an error here.
func (a authentication) check() *fault {
	hasKeys := a.primaryKey != "" || a.secondaryKey != ""
	hasThumbprints := a.primaryThumbprint != "" || a.secondaryThumbprint != ""
	switch {
	case hasKeys && a.kind != authSAS:
		return invalid("symmetric keys need authentication type sas")
	case hasThumbprints && a.kind != authSelfSigned:
		return invalid("thumbprints need authentication type selfSigned")
	case hasKeys && (a.primaryKey == "" || a.secondaryKey == ""):
		return invalid("primaryKey and secondaryKey must both be given or both be left out")
	}
	for _, key := range []string{a.primaryKey, a.secondaryKey} {
		if !validKey(key) {
			return invalid(fmt.Sprintf("symmetric keys must be base64 of %d to %d bytes", minKeyBytes, maxKeySize))
		}
	}
	for _, t := range []string{a.primaryThumbprint, a.secondaryThumbprint} {
		if !validThumbprint(t) {
			return badRequestNamed(400004, "StringIsNotThumbprint", t)
		}
	}
	return nil
}

func validKey(key string) bool {
	if key == "" {
		return true
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(raw) >= minKeyBytes && len(raw) <= maxKeySize
}

// validThumbprint accepts SHA-1 and SHA-256 in hex, without separators, in any letter case (FACTS §1.4).
func validThumbprint(t string) bool {
	if t == "" {
		return true
	}
	return (len(t) == 40 || len(t) == 64) && strings.Trim(t, "0123456789abcdefABCDEF") == ""
}

type authDoc struct {
	SymmetricKey struct {
		PrimaryKey   *string `json:"primaryKey"`
		SecondaryKey *string `json:"secondaryKey"`
	} `json:"symmetricKey"`
	X509Thumbprint struct {
		PrimaryThumbprint   *string `json:"primaryThumbprint"`
		SecondaryThumbprint *string `json:"secondaryThumbprint"`
	} `json:"x509Thumbprint"`
	Type string `json:"type"`
}

func (a authentication) doc() authDoc {
	d := authDoc{Type: a.kind}
	d.SymmetricKey.PrimaryKey, d.SymmetricKey.SecondaryKey = nullable(a.primaryKey), nullable(a.secondaryKey)
	d.X509Thumbprint.PrimaryThumbprint = nullable(a.primaryThumbprint)
	d.X509Thumbprint.SecondaryThumbprint = nullable(a.secondaryThumbprint)
	return d
}

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
