// Package emulator is an embedded Azure IoT Hub: a stateful http.Handler that answers the service-side REST calls
// for devices, modules, twins, bulk writes and queries as the real service does, and with Serve an endpoint for devices.
//
// How the service behaves is written down in the project's numbered wire facts; comments cite them as "FACTS §4.3".
// Where the facts say "unverified", the emulator takes the choice that hurts a careless client most, and says so next
// to the code and in docs/emulator.md. What it does not do answers 501 "not emulated: ...": never a plausible wrong
// answer.
//
// The package must not know the rest of twinset: it never imports the client (internal/hub) nor the model (schema), so
// that a misreading of the facts in one of them is found by the other.
//
// A Hub starts no goroutines. Serve does, and the front of the device endpoint (the package mqtt below this one), which
// calls the hub back: lock order is the hub, then the front.
//
// Records are immutable and replaced on write, which keeps snapshots and query pages
// consistent without copying.
package emulator
