package mqtt

import (
	"strconv"
)

// Delivery is something for a client, made by one of the functions below.
type Delivery struct {
	channel Channel
	topic   string // what follows the prefix of the subscription
	payload []byte
	tag     uint64
	again   bool
}

// TwinAnswer answers a GetTwin, or with the new version of reported a ReportProperties (FACTS §11.4). A version of 0
// is left out.
func TwinAnswer(rid string, status int, version int64, body []byte) Delivery {
	topic := strconv.Itoa(status) + "/?$rid=" + rid
	if version > 0 {
		topic += "&$version=" + strconv.FormatInt(version, 10)
	}
	return Delivery{channel: Answers, topic: topic, payload: body}
}

// DesiredUpdate tells of a write to desired (FACTS §11.5).
func DesiredUpdate(version int64, body []byte) Delivery {
	return Delivery{channel: Desired, topic: "?$version=" + strconv.FormatInt(version, 10), payload: body}
}

// MethodCall asks for a MethodAnswer with the same rid (FACTS §11.6).
func MethodCall(name, rid string, payload []byte) Delivery {
	return Delivery{channel: Methods, topic: escape(name) + "/?$rid=" + rid, payload: payload}
}

// Command is a message from the cloud to a device (FACTS §11.6). tag comes back in Acknowledged; again marks a message
// that was delivered before.
func Command(m Message, tag uint64, again bool) Delivery {
	return Delivery{channel: Commands, topic: formatBag(m.Properties), payload: m.Body, tag: tag, again: again}
}
