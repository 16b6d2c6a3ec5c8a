package mqtt

import (
	"crypto/x509"
	"time"
)

// Identity names a client: a device, or with ModuleID a module of it.
type Identity struct{ DeviceID, ModuleID string }

// Link is one connection of a client. Numbers grow with time and are never used twice.
type Link struct {
	Identity
	Number uint64
}

// Login is what a client shows when it connects, user name and client id taken apart (FACTS §11.1).
type Login struct {
	Identity
	HostName     string // of the user name, as written
	APIVersion   string
	ModelID      string // of the model that the device says it has; mostly empty
	Password     string
	Certificates []*x509.Certificate // leaf first; the client holds the leaf's key, nothing else is checked
}

// Hub is what a Front serves. Calls for one Link come in the order in which the client sent things, calls for different
// ones concurrently. A Link that has been replaced by a later one of its client may still call for a moment.
type Hub interface {
	// Connect decides about a login and, when it is good, takes the client for connected. The connection is closed
	// at until; zero is never.
	Connect(Link, Login) (until time.Time, ok bool)
	// Disconnected ends what Connect began.
	Disconnected(Link)
	// Subscribed tells that the client now listens to the channel, also for a subscription that it made in an
	// earlier connection.
	Subscribed(Link, Channel)
	// GetTwin asks for a TwinAnswer.
	GetTwin(link Link, rid string)
	// ReportProperties asks for a TwinAnswer too. version is the expected $version of reported, or AnyVersion.
	ReportProperties(link Link, rid string, version int64, patch []byte)
	// AnswerMethod ends a MethodCall.
	AnswerMethod(Link, MethodAnswer)
	// Telemetry takes a message in.
	Telemetry(Link, Message)
	// Acknowledged tells that the client has a Command that was delivered with quality of service 1.
	Acknowledged(link Link, tag uint64)
}

// AnyVersion is the version of a reported write that names none.
const AnyVersion = -1

// MethodAnswer is a client's answer to a direct method.
type MethodAnswer struct {
	RID     string
	Status  int
	Payload []byte
}

// Message is telemetry.
type Message struct {
	Properties []Property
	Body       []byte
}

// Property is one member of a property bag (FACTS §11.6). Null is a name without a value.
type Property struct {
	Name, Value string
	Null        bool
}
