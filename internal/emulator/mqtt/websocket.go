package mqtt

import (
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// WebSocketPath is where the service takes MQTT over WebSocket (FACTS §11.1).
const WebSocketPath = "/$iothub/websocket"

const (
	subprotocol   = "mqtt"
	webSocketRead = 4096
)

// ServeHTTP takes a WebSocket on as a connection of a device. AMQP uses the same path and another subprotocol
// (FACTS §11.8): it is not emulated.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if offered := websocket.Subprotocols(r); len(offered) > 0 && !slices.Contains(offered, subprotocol) {
		http.Error(w, "not emulated: WebSocket subprotocol other than mqtt", http.StatusNotImplemented)
		return
	}
	upgrader := websocket.Upgrader{
		Subprotocols: []string{subprotocol}, ReadBufferSize: webSocketRead, WriteBufferSize: webSocketRead,
		CheckOrigin: func(*http.Request) bool { return true }, // credentials come later, in CONNECT
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered by Upgrade
	}
	c := newConn(f, &webSocket{Conn: ws})
	if !f.admit(c) {
		_ = ws.Close()
		return
	}
	c.run()
}

// webSocket is a stream in binary messages: packets need not begin where messages begin.
type webSocket struct {
	*websocket.Conn
	message io.Reader // nil between messages
}

var _ net.Conn = (*webSocket)(nil)

var errText = errors.New("WebSocket message is not binary")

func (w *webSocket) Read(p []byte) (int, error) {
	for {
		if w.message == nil {
			kind, message, err := w.NextReader()
			if err != nil {
				return 0, err
			}
			if kind != websocket.BinaryMessage {
				return 0, errText
			}
			w.message = message
		}
		n, err := w.message.Read(p)
		if errors.Is(err, io.EOF) {
			w.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (w *webSocket) Write(p []byte) (int, error) {
	if err := w.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *webSocket) SetDeadline(t time.Time) error {
	return errors.Join(w.SetReadDeadline(t), w.SetWriteDeadline(t))
}
