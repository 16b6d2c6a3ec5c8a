// Package mqtt is the front of the device endpoint: it speaks MQTT 3.1.1 with devices and modules as IoT Hub does
// (FACTS §11), over TLS and over WebSocket, and hands what they say to a Hub.
//
// IoT Hub is no broker. A topic such as $iothub/twin/res/200/?$rid=1 names no client, nothing that one client publishes
// reaches another, and whatever is not in the short list of topics closes the connection. So there is no router here:
// a session knows which of the few channels its client subscribed to, and Deliver writes to that one client. Packets
// are encoded and decoded by mochi-mqtt's codec; docs/adr/0008-mqtt-front.md says why its broker is not used.
//
// The package must not know what a twin or an identity is, nor where they are kept. It keeps sessions and
// subscriptions in memory, runs two goroutines for each connection, and Close ends them all.
//
// A Hub calls Deliver and Drop under its own lock: both return without waiting for a client. The front calls the Hub
// without holding a lock.
package mqtt
