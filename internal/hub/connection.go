package hub

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// ConnectionString gives access to a hub with a shared access policy: by its Key,
// or by a Signature that somebody made with it. Printing one never shows either.
type ConnectionString struct {
	HostName   string // host or host:port
	PolicyName string
	Key        string // base64
	Signature  string // "SharedAccessSignature sr=..."
}

// Names of the parts, spelled as all SDKs accept them (FACTS §9.4).
const (
	partHost      = "HostName"
	partPolicy    = "SharedAccessKeyName"
	partKey       = "SharedAccessKey"
	partSignature = "SharedAccessSignature"
)

const redacted = "***"

// ParseConnectionString reads the connection string of a hub. Errors name parts,
// never their values.
func ParseConnectionString(s string) (ConnectionString, error) {
	var cs ConnectionString
	fields := map[string]*string{partHost: &cs.HostName, partPolicy: &cs.PolicyName, partKey: &cs.Key, partSignature: &cs.Signature}
	for part := range strings.SplitSeq(s, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=") // values may hold '=' (FACTS §9.4)
		field, known := fields[name]
		switch {
		case !found || !known:
			return ConnectionString{}, fmt.Errorf("read connection string: %w", unknownPart(name))
		case *field != "":
			return ConnectionString{}, fmt.Errorf("read connection string: %s is given twice", name)
		case value == "":
			return ConnectionString{}, fmt.Errorf("read connection string: %s is empty", name)
		}
		*field = value
	}
	if err := cs.check(); err != nil {
		return ConnectionString{}, fmt.Errorf("read connection string: %w", err)
	}
	return cs, nil
}

// unknownPart words what is wrong with a part. A bare key looks like a name too
// ("c2VjcmV0=" splits at its padding), so only plain words are repeated.
func unknownPart(name string) error {
	switch name {
	case "DeviceId", "ModuleId", "GatewayHostName", "x509":
		return fmt.Errorf("%s is part of a device's connection string; use the one of a shared access policy of the hub", name)
	}
	if !isPlainWord(name) {
		return fmt.Errorf("a part is not of the form Name=value; known names are %s, %s, %s and %s", partHost, partPolicy, partKey, partSignature)
	}
	return fmt.Errorf("unknown part %s; known names are %s, %s, %s and %s", name, partHost, partPolicy, partKey, partSignature)
}

func isPlainWord(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != "" && len(s) <= len(partSignature)
}

func (cs ConnectionString) check() error {
	if cs.HostName == "" {
		return errors.New(partHost + " is missing")
	}
	if err := checkHost(cs.HostName); err != nil {
		return fmt.Errorf("%s: %w", partHost, err)
	}
	switch {
	case cs.Key == "" && cs.Signature == "":
		return errors.New(partKey + " is missing")
	case cs.Key != "" && cs.Signature != "":
		return fmt.Errorf("%s and %s are both given; one is enough", partKey, partSignature)
	case cs.Signature != "":
		return checkSignature(cs.Signature)
	case cs.PolicyName == "":
		return errors.New(partPolicy + " is missing")
	}
	_, err := cs.key()
	return err
}

func (cs ConnectionString) key() ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(cs.Key)
	if err != nil || len(key) == 0 {
		return nil, errors.New(partKey + " is not base64")
	}
	return key, nil
}

func checkSignature(sig string) error {
	if !strings.HasPrefix(sig, signaturePrefix) {
		return fmt.Errorf("the value of %s must start with %q", partSignature, signaturePrefix)
	}
	for _, r := range sig {
		if r < ' ' || r > '~' {
			return fmt.Errorf("the value of %s has characters that no signature has", partSignature)
		}
	}
	return nil
}

// String shows which hub and policy it is for.
func (cs ConnectionString) String() string {
	parts := []string{partHost + "=" + cs.HostName}
	if cs.PolicyName != "" {
		parts = append(parts, partPolicy+"="+cs.PolicyName)
	}
	if cs.Key != "" {
		parts = append(parts, partKey+"="+redacted)
	}
	if cs.Signature != "" {
		parts = append(parts, partSignature+"="+redacted)
	}
	return strings.Join(parts, ";")
}

// GoString keeps the secret out of %#v.
func (cs ConnectionString) GoString() string { return "hub.ConnectionString{" + cs.String() + "}" }

// LogValue keeps the secret out of logs.
func (cs ConnectionString) LogValue() slog.Value { return slog.StringValue(cs.String()) }

// MarshalText keeps the secret out of encodings.
func (cs ConnectionString) MarshalText() ([]byte, error) { return []byte(cs.String()), nil }
