package mqtt

import (
	"net/url"
	"strings"
)

// parseLogin takes client id and user name apart (FACTS §11.1):
//
//	{deviceId}[/{moduleId}]
//	{host}/{deviceId}[/{moduleId}]/?api-version=...     the ? is missing in older clients
//
// Ids stand there unencoded and may hold a question mark, so the user name must be the host, the client id and the
// rest, in this order. A user name without api-version "may cause unexpected behaviour" on the service; here it is
// refused.
func parseLogin(clientID, userName string) (Login, bool) {
	deviceID, moduleID, isModule := strings.Cut(clientID, "/")
	if deviceID == "" || isModule && (moduleID == "" || strings.Contains(moduleID, "/")) {
		return Login{}, false
	}
	host, rest, _ := strings.Cut(userName, "/")
	text, found := strings.CutPrefix(rest, clientID+"/")
	if host == "" || !found {
		return Login{}, false
	}
	query := strings.TrimPrefix(text, "?")
	version, model := member(query, "api-version"), member(query, "model-id")
	if decoded, err := url.PathUnescape(model); err == nil {
		model = decoded
	}
	return Login{Identity: Identity{deviceID, moduleID}, HostName: host, APIVersion: version, ModelID: model}, version != ""
}

// member is one member as it is written; the others are ignored, however they are encoded.
func member(query, name string) string {
	for pair := range strings.SplitSeq(query, "&") {
		if val, found := strings.CutPrefix(pair, name+"="); found {
			return val
		}
	}
	return ""
}
