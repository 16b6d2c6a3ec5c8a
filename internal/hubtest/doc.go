// Package hubtest states what twinset relies on about IoT Hub as numbered facts that run: H001, H002 and so on, each
// with the section of the wire facts it comes from. Code that depends on one may cite its number.
//
// The package's test runs every fact against the embedded hub, and with
//
//	go test ./internal/hubtest/ -hub 'HostName=...;SharedAccessKeyName=iothubowner;SharedAccessKey=...'
//
// against a real one: objects get unique ids there and are removed again, and queries are repeated until the index has
// caught up. Facts marked Unverified describe a choice of the embedded hub; on a real hub a failure of one of them is
// news, not a bug.
//
// The package speaks plain HTTP, and MQTT with Eclipse Paho's client, and signs its own tokens. It must not share code with internal/hub or
// internal/emulator, or one misreading could hide another.
package hubtest
