package hub

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// ids name a device, or a module of it.
type ids struct{ device, module string }

func (i ids) String() string {
	if i.module == "" {
		return i.device
	}
	return i.device + "/" + i.module // no id holds a slash (FACTS §1.4)
}

// check keeps an empty id from turning a path into that of a list.
func (i ids) check(module bool) error {
	if i.device == "" {
		return errors.New("device id is empty")
	}
	if module && i.module == "" {
		return errors.New("module id is empty")
	}
	return nil
}

// Names of authentication types (FACTS §1.4).
const (
	AuthSAS                  = "sas"
	AuthSelfSigned           = "selfSigned"
	AuthCertificateAuthority = "certificateAuthority"
	AuthNone                 = "none"
)

// Authentication is how a device or module proves who it is. What is empty is not
// sent: of type sas and without keys it asks the hub to make new ones (FACTS §1.3).
type Authentication struct {
	Type           string         `json:"type,omitempty"`
	SymmetricKey   SymmetricKey   `json:"symmetricKey,omitzero"`
	X509Thumbprint X509Thumbprint `json:"x509Thumbprint,omitzero"`
}

// String shows the type, keeping the keys out of prints.
func (a Authentication) String() string { return a.Type }

// GoString keeps the keys out of %#v.
func (a Authentication) GoString() string { return "hub.Authentication{" + a.Type + "}" }

// LogValue keeps the keys out of logs.
func (a Authentication) LogValue() slog.Value { return slog.StringValue(a.Type) }

// SymmetricKey is a pair of keys in base64. Printing it shows neither.
type SymmetricKey struct {
	Primary   string `json:"primaryKey,omitempty"`
	Secondary string `json:"secondaryKey,omitempty"`
}

// String keeps the keys out of prints.
func (k SymmetricKey) String() string {
	if k == (SymmetricKey{}) {
		return "none"
	}
	return redacted
}

// GoString keeps the keys out of %#v.
func (k SymmetricKey) GoString() string { return "hub.SymmetricKey{" + k.String() + "}" }

// LogValue keeps the keys out of logs.
func (k SymmetricKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// X509Thumbprint is a pair of thumbprints in hexadecimal. The hub keeps the letter
// case it was given (FACTS §1.4).
type X509Thumbprint struct {
	Primary   string `json:"primaryThumbprint,omitempty"`
	Secondary string `json:"secondaryThumbprint,omitempty"`
}

// computed are the members of an identity that the hub sets. It ignores them when
// they are sent (FACTS §1.1); they are not kept for sending back.
var computed = []string{
	"generationId", "etag", "connectionState", "connectionStateUpdatedTime", "statusUpdatedTime", "lastActivityTime",
	"cloudToDeviceMessageCount",
}

// otherMembers returns the members of an object that are neither computed nor
// among the known ones: a PUT has to send them back, because it replaces the whole
// identity (FACTS §1.3).
func otherMembers(data []byte, known ...string) (map[string]json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	named := func(list []string, name string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return named(computed, name) || named(known, name) })
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}

// withMembers encodes an object together with members that it does not have
// fields for.
func withMembers(object any, extra map[string]json.RawMessage) ([]byte, error) {
	data, err := json.Marshal(object)
	if err != nil || len(extra) == 0 {
		return data, err
	}
	all := maps.Clone(extra)
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// errMintsKeys guards against the most expensive mistake with identities.
var errMintsKeys = errors.New("authentication is not set, and an update without it would make new keys")
