package hub

import (
	"fmt"
	"net/http"
	"time"
)

// right is what a call needs (FACTS §9.2).
type right uint8

const (
	rightRegistryRead right = iota + 1
	rightRegistryWrite
	rightTwinRead
	rightTwinWrite
	rightQuery
	rightConfigurationRead
	rightConfigurationWrite
	rightTransfer
)

// policies names the right of a shared access policy and the default policies
// that have it. Which one queries and import and export
// jobs need is unverified (FACTS §9.2).
func (r right) policies() string {
	switch r {
	case rightRegistryRead:
		return "the right RegistryRead (as iothubowner, registryRead and registryReadWrite do)"
	case rightRegistryWrite:
		return "the right RegistryWrite (as iothubowner and registryReadWrite do)"
	case rightTwinRead, rightTwinWrite, rightConfigurationRead, rightConfigurationWrite:
		return "the right ServiceConnect (as iothubowner and service do)"
	default:
		return "the rights RegistryRead and ServiceConnect (as iothubowner does)"
	}
}

// roles names Entra ID roles that suffice (FACTS §9.3).
func (r right) roles() string {
	switch r {
	case rightRegistryWrite:
		return "the role IoT Hub Registry Contributor or IoT Hub Data Contributor"
	case rightTwinWrite:
		return "the role IoT Hub Twin Contributor or IoT Hub Data Contributor"
	case rightConfigurationWrite, rightTransfer:
		return "the role IoT Hub Data Contributor"
	default:
		return "the role IoT Hub Data Reader or IoT Hub Data Contributor"
	}
}

// maxSkew is how far a clock may be off before tokens fail (FACTS §9.1).
const maxSkew = 5 * time.Minute

// skewHint tells when the hub's clock and ours differ too much for a token.
func skewHint(h http.Header, now time.Time) string {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return ""
	}
	switch off := now.Sub(date); {
	case off > maxSkew:
		return fmt.Sprintf("the clock of this machine is %s ahead of the hub's, set it first", off.Round(time.Second))
	case off < -maxSkew:
		return fmt.Sprintf("the clock of this machine is %s behind the hub's, set it first", (-off).Round(time.Second))
	}
	return ""
}
