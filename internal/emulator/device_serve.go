package emulator

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"

	"github.com/twinset/twinset/internal/emulator/mqtt"
)

// listenDevices returns nil when the endpoint is not asked for. Every client is asked for a certificate; whether it
// needs one is decided when it connects (FACTS §11.1). Certificates are checked then, too: a handshake does not know
// whose they should be.
func (o ServeOptions) listenDevices(config *tls.Config) (net.Listener, error) {
	if o.MQTT == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", o.MQTT)
	if err != nil {
		return nil, fmt.Errorf("listen for devices: %w", err)
	}
	config = config.Clone()
	config.ClientAuth = tls.RequestClientCert
	return tls.NewListener(listener, config), nil
}

// withWebSocket sends devices that come over WebSocket to the front. They cannot show certificates there.
func withWebSocket(service, front http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == mqtt.WebSocketPath {
			front.ServeHTTP(w, r)
			return
		}
		service.ServeHTTP(w, r)
	})
}

// deviceAddress is what devices may dial.
func (h *Hub) deviceAddress(listener net.Listener) string {
	if listener == nil {
		return ""
	}
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return listener.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = bareHost(h.options.HostName)
	}
	return net.JoinHostPort(host, port)
}
