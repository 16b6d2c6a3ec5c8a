package schema

import (
	"cmp"
	"fmt"
	"strings"
)

// Kind says what an object is. The order of declaration is the order in which
// kinds are listed and created.
type Kind uint8

// The kinds of objects that a hub holds.
const (
	KindDevice        Kind = iota + 1 // device identity with its twin
	KindModule                        // module identity with its twin
	KindConfiguration                 // automatic configuration of devices or of modules
	KindDeployment                    // automatic configuration of IoT Edge devices: their modules
)

var kindNames = [...]string{
	KindDevice: "device", KindModule: "module", KindConfiguration: "configuration", KindDeployment: "deployment",
}

// Kinds lists every kind in order.
func Kinds() []Kind { return []Kind{KindDevice, KindModule, KindConfiguration, KindDeployment} }

// Targets tells the kinds that write to other objects: those whose target
// condition they meet. Their ids share one space on the hub (FACTS §6.1).
func (k Kind) Targets() bool { return k == KindConfiguration || k == KindDeployment }

// String is the word for the kind in plans and messages.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText writes the kind's name into plan files.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(text []byte) error {
	for _, known := range Kinds() {
		if known.String() == string(text) {
			*k = known
			return nil
		}
	}
	return fmt.Errorf("unknown kind %q", text)
}

// Address is the identity of an object on its hub: the device id, and for a
// module its module id as Sub. For configurations and deployments it is the
// declared id, under which several revisions can stand on the hub (see
// [Revision]). It says nothing about where the object is declared; that is
// [Origin].
type Address struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
	Sub  string `json:"module,omitempty"`
}

// DeviceAddress is the address of a device.
func DeviceAddress(id string) Address { return Address{Kind: KindDevice, ID: id} }

// ModuleAddress is the address of a module of a device.
func ModuleAddress(device, module string) Address {
	return Address{Kind: KindModule, ID: device, Sub: module}
}

// Compare orders addresses by kind, id and sub id, bytewise.
func (a Address) Compare(b Address) int {
	if c := cmp.Compare(a.Kind, b.Kind); c != 0 {
		return c
	}
	if c := strings.Compare(a.ID, b.ID); c != 0 {
		return c
	}
	return strings.Compare(a.Sub, b.Sub)
}

// String is the address as people write it: device.gw-01,
// device.gw-01.module.opcua, configuration.night-mode, and with quotes where an id is not a plain word.
func (a Address) String() string {
	if a.Kind.Targets() {
		return a.Kind.String() + addressPart(a.ID)
	}
	s := "device" + addressPart(a.ID)
	if a.Kind == KindModule {
		s += ".module" + addressPart(a.Sub)
	}
	return s
}

func addressPart(id string) string {
	if isWord(id) {
		return "." + id
	}
	return fmt.Sprintf("[%q]", id)
}

func isWord(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return s != ""
}

// AppendKey appends a byte string whose order is that of Compare. Ids never
// hold a NUL (FACTS §1.4), so it separates the parts.
func (a Address) AppendKey(b []byte) []byte {
	b = append(b, byte(a.Kind))
	b = append(b, a.ID...)
	b = append(b, 0)
	return append(b, a.Sub...)
}
