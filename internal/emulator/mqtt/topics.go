package mqtt

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// Channel is one of the things that a client may subscribe to (FACTS §11.3).
type Channel uint8

// The channels.
const (
	Answers  Channel = iota + 1 // $iothub/twin/res/#
	Desired                     // $iothub/twin/PATCH/properties/desired/#
	Methods                     // $iothub/methods/POST/#
	Commands                    // devices/{id}/messages/devicebound/#
	Inputs                      // devices/{id}/modules/{mid}/# and .../inputs/#: accepted, nothing ever comes
)

const (
	answersPrefix  = "$iothub/twin/res/"
	desiredPrefix  = "$iothub/twin/PATCH/properties/desired/"
	methodsPrefix  = "$iothub/methods/POST/"
	twinGet        = "$iothub/twin/GET/"
	twinReport     = "$iothub/twin/PATCH/properties/reported/"
	methodResponse = "$iothub/methods/res/"
)

var (
	errTopic   = errors.New("topic is not one of the client's")
	errRequest = errors.New("topic has no usable $rid, $version or status")
	errBag     = errors.New("property bag is not url-encoded")
)

// parseFilter finds the channel of a subscription and the prefix of the topics that are delivered on it. The client's
// own spelling of the prefix is kept: the Python SDK percent-encodes its id and compares (FACTS §11.3).
func parseFilter(id Identity, filter string) (channel Channel, prefix string, err error) {
	prefix, found := strings.CutSuffix(filter, "#")
	if !found {
		return 0, "", errTopic
	}
	switch prefix {
	case answersPrefix:
		return Answers, prefix, nil
	case desiredPrefix:
		return Desired, prefix, nil
	case methodsPrefix:
		return Methods, prefix, nil
	}
	rest, own := cutIdentity(id, prefix)
	switch {
	case own && id.ModuleID == "" && rest == "messages/devicebound/":
		return Commands, prefix, nil
	case own && id.ModuleID != "" && (rest == "" || rest == "inputs/"):
		return Inputs, prefix, nil
	}
	return 0, "", errTopic
}

// cutIdentity takes devices/{id}/ or devices/{id}/modules/{mid}/ off a topic. Ids stand there as they are or
// percent-encoded.
func cutIdentity(id Identity, topic string) (rest string, own bool) {
	rest, ok := strings.CutPrefix(topic, "devices/")
	if !ok {
		return "", false
	}
	if rest, ok = cutSegment(rest, id.DeviceID); !ok || id.ModuleID == "" {
		return rest, ok
	}
	if rest, ok = strings.CutPrefix(rest, "modules/"); !ok {
		return "", false
	}
	return cutSegment(rest, id.ModuleID)
}

func cutSegment(topic, id string) (rest string, ok bool) {
	segment, rest, ok := strings.Cut(topic, "/")
	if segment == id {
		return rest, ok
	}
	decoded, err := url.PathUnescape(segment)
	return rest, ok && err == nil && decoded == id
}

// verb is what a client may publish.
type verb uint8

const (
	publishTelemetry verb = iota + 1
	publishTwinGet
	publishReported
	publishMethodAnswer
)

// publication is a topic that was published to.
type publication struct {
	verb       verb
	rid        string // as written: it goes back into the answer's topic
	version    int64  // of publishReported
	status     int    // of publishMethodAnswer
	properties []Property
}

func parsePublication(id Identity, topic string) (publication, error) {
	if rest, found := strings.CutPrefix(topic, twinGet); found {
		p := publication{verb: publishTwinGet}
		return p, p.query(rest)
	}
	if rest, found := strings.CutPrefix(topic, twinReport); found {
		p := publication{verb: publishReported}
		return p, p.query(rest)
	}
	if rest, found := strings.CutPrefix(topic, methodResponse); found {
		return parseMethodResponse(rest)
	}
	return parseTelemetry(id, topic)
}

func parseMethodResponse(topic string) (publication, error) {
	status, rest, _ := strings.Cut(topic, "/")
	p := publication{verb: publishMethodAnswer}
	var err error
	if p.status, err = strconv.Atoi(status); err != nil {
		return p, errRequest
	}
	return p, p.query(rest)
}

// query reads ?$rid={r}[&$version={v}]. Every request needs its $rid (FACTS §11.4).
func (p *publication) query(text string) error {
	p.version = AnyVersion
	text, found := strings.CutPrefix(text, "?")
	if !found {
		return errRequest
	}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case "$rid":
			p.rid = value
		case "$version":
			version, err := strconv.ParseInt(value, 10, 64)
			if err != nil || version < 0 {
				return errRequest
			}
			p.version = version
		}
	}
	if p.rid == "" {
		return errRequest
	}
	return nil
}

// parseTelemetry also reads the topic of a will, which is a telemetry topic (FACTS §11.1).
func parseTelemetry(id Identity, topic string) (publication, error) {
	rest, own := cutIdentity(id, topic)
	bag, found := strings.CutPrefix(rest, "messages/events")
	if !own || !found || bag != "" && bag[0] != '/' {
		return publication{}, errTopic
	}
	properties, err := parseBag(strings.TrimPrefix(bag, "/"))
	return publication{verb: publishTelemetry, properties: properties}, err
}

// parseBag reads key=value&... (FACTS §11.6): a name alone is null, a name with = is the empty string.
func parseBag(bag string) ([]Property, error) {
	var properties []Property
	for pair := range strings.SplitSeq(bag, "&") {
		if pair == "" {
			continue
		}
		name, value, valued := strings.Cut(pair, "=")
		decodedName, err := url.PathUnescape(name)
		if err != nil {
			return nil, errBag
		}
		decodedValue, err := url.PathUnescape(value)
		if err != nil {
			return nil, errBag
		}
		properties = append(properties, Property{Name: decodedName, Value: decodedValue, Null: !valued})
	}
	return properties, nil
}

func formatBag(properties []Property) string {
	var b strings.Builder
	for i, p := range properties {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(p.Name))
		if !p.Null {
			b.WriteByte('=')
			b.WriteString(escape(p.Value))
		}
	}
	return b.String()
}

// escape encodes everything but unreserved characters, so that no part of a bag means something in a topic.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
