package mqtt

import (
	"errors"
	"io"
	"maps"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// errSilent is a connection that ended before it was a client's: a port scan, a failed handshake, or a refusal that has
// been reported.
var errSilent = errors.New("no client")

// maxSubscriptions is the number of filters of one client (FACTS §11.2).
const maxSubscriptions = 5

// name is the client id.
func (c *conn) name() string {
	if c.link.ModuleID == "" {
		return c.link.DeviceID
	}
	return c.link.DeviceID + "/" + c.link.ModuleID
}

// serve runs the connection from the handshake on. A client that takes its leave gives no error.
func (c *conn) serve() error {
	login, connect, err := c.readLogin()
	if err != nil {
		return err
	}
	will, err := parseWill(login.Identity, connect)
	if err != nil {
		return c.refuse(connect.ClientIdentifier, notAuthorized, err)
	}
	link := c.front.enlist(c, login.Identity)
	until, ok := c.front.hub.Connect(link, login)
	if !ok {
		return c.refuse(connect.ClientIdentifier, notAuthorized, errRefused)
	}
	err = c.reason(c.serveClient(until, connect))
	c.front.leave(c)
	// A will is for clients that vanish; the hub's own end is no reason to speak for them (FACTS §11.1).
	if will != nil && err != nil && !errors.Is(err, ErrClosed) {
		c.front.hub.Telemetry(link, *will)
	}
	c.front.hub.Disconnected(link)
	return err
}

// readLogin reads the CONNECT. All of its refusals have been sent and reported when it returns.
func (c *conn) readLogin() (Login, *packets.ConnectParams, error) {
	certificates, err := c.handshake()
	if err != nil {
		return Login{}, nil, errSilent
	}
	pk, err := readPacket(c.reader)
	switch {
	case errors.Is(err, errVersion):
		return Login{}, nil, c.refuse("", badVersion, err)
	case err != nil || pk.FixedHeader.Type != packets.Connect:
		return Login{}, nil, errSilent
	case pk.Connect.ClientIdentifier == "":
		return Login{}, nil, c.refuse("", badClientID, errUserName)
	}
	login, ok := parseLogin(pk.Connect.ClientIdentifier, string(pk.Connect.Username))
	if !ok { // the code is unverified; for wrong credentials it is this one (FACTS §11.1)
		return Login{}, nil, c.refuse(pk.Connect.ClientIdentifier, notAuthorized, errUserName)
	}
	login.Password, login.Certificates = string(pk.Connect.Password), certificates
	return login, &pk.Connect, nil
}

func (c *conn) refuse(clientID string, code byte, why error) error {
	c.send(connack(code, false))
	c.front.options.Observe(Event{ClientID: clientID, What: "refused", Why: why})
	return errSilent
}

// parseWill returns nil when there is none.
func parseWill(id Identity, connect *packets.ConnectParams) (*Message, error) {
	if !connect.WillFlag {
		return nil, nil
	}
	p, err := parseTelemetry(id, connect.WillTopic)
	if err != nil {
		return nil, errWill
	}
	properties := append(p.properties, Property{Name: "iothub-MessageType", Value: "Will"})
	return &Message{Properties: properties, Body: connect.WillPayload}, nil
}

// serveClient is the life of an accepted client.
func (c *conn) serveClient(until time.Time, connect *packets.ConnectParams) error {
	if !until.IsZero() {
		stop := c.front.options.AfterFunc(until.Sub(c.front.options.Now()), func() { c.stop(errExpired) })
		defer stop()
	}
	idle := keepAlive(connect.Keepalive)
	c.expectWithin(idle)
	kept, ok := c.front.takeOver(c, connect.Clean)
	if !ok {
		return errTakenOver
	}
	c.front.options.Observe(Event{ClientID: c.name(), What: "connected"})
	for _, channel := range kept {
		c.front.hub.Subscribed(c.link, channel)
	}
	for {
		pk, err := readPacket(c.reader)
		if err != nil {
			return err
		}
		c.expectWithin(idle)
		if err := c.handle(&pk); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// keepAlive is one and a half times what the client announced, and never more than the service's own limit, which
// also holds for a client that announced nothing (FACTS §11.2).
func keepAlive(seconds uint16) time.Duration {
	if seconds == 0 {
		return maxIdle
	}
	return min(time.Duration(seconds)*time.Second*3/2, maxIdle)
}

// handle does what a packet asks for. io.EOF is a DISCONNECT.
func (c *conn) handle(pk *packets.Packet) error {
	reply := packets.Packet{PacketID: pk.PacketID}
	switch pk.FixedHeader.Type {
	case packets.Publish:
		return c.publish(pk)
	case packets.Puback:
		c.acknowledge(pk.PacketID)
		return nil
	case packets.Subscribe:
		return c.subscribe(pk)
	case packets.Unsubscribe:
		c.front.unsubscribe(c, pk)
		reply.FixedHeader.Type = packets.Unsuback
	case packets.Pingreq:
		reply.FixedHeader.Type = packets.Pingresp
	case packets.Disconnect:
		return io.EOF
	default:
		return errPacket
	}
	c.send(reply)
	return nil
}

// publish hands a publication on. What is not addressed to the hub, or not by this client, ends the connection
// (FACTS §11.2).
func (c *conn) publish(pk *packets.Packet) error {
	if len(pk.TopicName)+len(pk.Payload) > maxMessage {
		return errSize
	}
	p, err := parsePublication(c.link.Identity, pk.TopicName)
	if err != nil {
		return err
	}
	switch p.verb {
	case publishTelemetry:
		if pk.FixedHeader.Retain { // not retained, but passed on (FACTS §11.2)
			p.properties = append(p.properties, Property{Name: "mqtt-retain", Value: "true"})
		}
		c.front.hub.Telemetry(c.link, Message{Properties: p.properties, Body: pk.Payload})
	case publishTwinGet:
		c.front.hub.GetTwin(c.link, p.rid)
	case publishReported:
		c.front.hub.ReportProperties(c.link, p.rid, p.version, pk.Payload)
	case publishMethodAnswer:
		c.front.hub.AnswerMethod(c.link, MethodAnswer{RID: p.rid, Status: p.status, Payload: pk.Payload})
	}
	if pk.FixedHeader.Qos > 0 {
		ack := packets.Packet{PacketID: pk.PacketID}
		ack.FixedHeader.Type = packets.Puback
		c.send(ack)
	}
	return nil
}

// acknowledge ignores an id that is not in flight.
func (c *conn) acknowledge(packetID uint16) {
	c.front.mu.Lock()
	tag, found := c.inFlight[packetID]
	delete(c.inFlight, packetID)
	c.front.mu.Unlock()
	if found {
		c.front.hub.Acknowledged(c.link, tag)
	}
}

// subscribe grants all filters or ends the connection: what the service does about a filter that is not in its list,
// and about the sixth one, is unverified (FACTS §11.2); a closed connection cannot be overlooked.
func (c *conn) subscribe(pk *packets.Packet) error {
	granted := packets.Packet{PacketID: pk.PacketID}
	granted.FixedHeader.Type = packets.Suback
	wanted := map[string]subscription{}
	for _, asked := range pk.Filters {
		channel, prefix, err := parseFilter(c.link.Identity, asked.Filter)
		if err != nil {
			return err
		}
		qos := min(asked.Qos, 1) // 2 is granted as 1 (FACTS §11.2)
		wanted[asked.Filter] = subscription{channel, prefix, qos}
		granted.ReasonCodes = append(granted.ReasonCodes, qos)
	}
	if err := c.front.subscribe(c, wanted, granted); err != nil {
		return err
	}
	for _, sub := range wanted {
		c.front.hub.Subscribed(c.link, sub.channel)
	}
	return nil
}

// subscribe makes the subscriptions hold and queues the SUBACK in one step: a delivery that the client may expect
// once it has the SUBACK is not missed.
func (f *Front) subscribe(c *conn, wanted map[string]subscription, granted packets.Packet) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.session.conn != c {
		return errTakenOver
	}
	all := maps.Clone(c.session.subscriptions)
	maps.Copy(all, wanted)
	if len(all) > maxSubscriptions {
		return errTopic
	}
	c.session.subscriptions = all
	c.send(granted)
	return nil
}

func (f *Front) unsubscribe(c *conn, pk *packets.Packet) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.session.conn != c {
		return
	}
	for _, asked := range pk.Filters {
		delete(c.session.subscriptions, asked.Filter)
	}
}
