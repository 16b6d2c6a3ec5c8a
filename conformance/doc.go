// Package conformance drives the embedded hub with Microsoft's own clients, each
// in a process of its own: Node's azure-iothub and azure-iot-device, Python's
// azure-iot-hub and azure-iot-device. None is patched and no certificate check is
// switched off; the clients trust the hub's CA by their own means.
//
// The checks are written in the clients' languages, in node/ and python/. The
// test of this package, behind the build tag conformance, starts the hub and runs
// them; "make conformance" installs the clients first.
//
// The package knows the program from outside only.
package conformance
