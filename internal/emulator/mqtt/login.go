package mqtt

import "strings"

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
	version := apiVersion(strings.TrimPrefix(text, "?"))
	return Login{Identity: Identity{deviceID, moduleID}, HostName: host, APIVersion: version}, version != ""
}

// apiVersion ignores the other members, however they are encoded.
func apiVersion(query string) string {
	for pair := range strings.SplitSeq(query, "&") {
		if version, found := strings.CutPrefix(pair, "api-version="); found {
			return version
		}
	}
	return ""
}
