package mqtt

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mochi-mqtt/server/v2/packets"
)

// maxPacket bounds what a client sends: a message of 256 KB (FACTS §10.3) and its topic.
const maxPacket = maxMessage + 1<<16

// maxMessage is the size of a message from a device, topic and body (FACTS §10.3).
const maxMessage = 256 << 10

// Return codes of a CONNACK.
const (
	accepted        = 0
	badVersion      = 1
	badClientID     = 2
	notAuthorized   = 5
	protocolVersion = 4 // the level of MQTT 3.1.1
)

var (
	errLength  = errors.New("malformed remaining length")
	errSize    = errors.New("packet is too large")
	errPacket  = errors.New("packet is not one that a client may send now")
	errQoS     = errors.New("quality of service 2 is not supported")
	errVersion = errors.New("protocol is not MQTT 3.1.1")
)

// readPacket reads and checks one packet that a client may send.
func readPacket(r *bufio.Reader) (packets.Packet, error) {
	pk := packets.Packet{ProtocolVersion: protocolVersion}
	first, err := r.ReadByte()
	if err != nil {
		return pk, err
	}
	if first>>4 == packets.Publish && first&0x06 == 0x04 {
		return pk, errQoS
	}
	if err := pk.FixedHeader.Decode(first); err != nil {
		return pk, err
	}
	if pk.FixedHeader.Remaining, err = readLength(r); err != nil {
		return pk, err
	}
	body := make([]byte, pk.FixedHeader.Remaining) // fresh: the decoded packet shares it
	if _, err := io.ReadFull(r, body); err != nil {
		return pk, err
	}
	return pk, decode(&pk, body)
}

// readLength is the variable length of at most four bytes.
func readLength(r io.ByteReader) (int, error) {
	length := 0
	for shift := 0; shift < 28; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		length |= int(b&0x7f) << shift
		if b&0x80 != 0 {
			continue
		}
		if length > maxPacket {
			return 0, errSize
		}
		return length, nil
	}
	return 0, errLength
}

func decode(pk *packets.Packet, body []byte) error {
	switch pk.FixedHeader.Type {
	case packets.Connect:
		return decodeConnect(pk, body)
	case packets.Publish:
		return checked(pk.PublishDecode(body), func() packets.Code { return pk.PublishValidate(0) })
	case packets.Puback:
		return pk.PubackDecode(body)
	case packets.Subscribe:
		return checked(pk.SubscribeDecode(body), pk.SubscribeValidate)
	case packets.Unsubscribe:
		return checked(pk.UnsubscribeDecode(body), pk.UnsubscribeValidate)
	case packets.Pingreq, packets.Disconnect:
		if len(body) > 0 {
			return errLength
		}
		return nil
	}
	return errPacket
}

// decodeConnect looks at the version before anything else: later ones have another layout.
func decodeConnect(pk *packets.Packet, body []byte) error {
	name := []byte("\x00\x04MQTT")
	if len(body) <= len(name) || !bytes.HasPrefix(body, name) || body[len(name)] != protocolVersion {
		return errVersion
	}
	if err := pk.ConnectDecode(body); err != nil {
		return err
	}
	return checkConnect(pk.ReservedBit, &pk.Connect)
}

// checkConnect is laxer than the codec, which refuses an empty password and an empty will.
func checkConnect(reserved byte, c *packets.ConnectParams) error {
	switch {
	case reserved != 0, c.PasswordFlag && !c.UsernameFlag, !c.WillFlag && (c.WillQos > 0 || c.WillRetain):
		return errPacket
	case c.WillQos > 1:
		return errQoS
	}
	return nil
}

// checked adds the rules between fields to a decoded packet.
func checked(err error, validate func() packets.Code) error {
	if err != nil {
		return err
	}
	if code := validate(); code != packets.CodeSuccess {
		return code
	}
	return nil
}

// encode writes a packet that a server sends.
func encode(pk packets.Packet) ([]byte, error) {
	var out bytes.Buffer
	var err error
	pk.ProtocolVersion = protocolVersion
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackEncode(&out)
	case packets.Publish:
		err = pk.PublishEncode(&out)
	case packets.Puback:
		err = pk.PubackEncode(&out)
	case packets.Suback:
		err = pk.SubackEncode(&out)
	case packets.Unsuback:
		err = pk.UnsubackEncode(&out)
	case packets.Pingresp:
		err = pk.PingrespEncode(&out)
	default:
		err = errPacket
	}
	if err != nil {
		return nil, fmt.Errorf("encode packet of type %d: %w", pk.FixedHeader.Type, err)
	}
	return out.Bytes(), nil
}
