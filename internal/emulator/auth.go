package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// rights is a set of what a policy allows (FACTS §9.2).
type rights uint8

const (
	registryRead rights = 1 << iota
	registryWrite
	serviceConnect
	deviceConnect
)

// policy is a shared access policy; its keys are base64 and both are valid.
type policy struct {
	Name         string `json:"name"`
	PrimaryKey   string `json:"primaryKey"`
	SecondaryKey string `json:"secondaryKey"`
}

// rightsOf gives the rights of the five default policies; another name has none (FACTS §9.2).
func rightsOf(policyName string) rights {
	switch policyName {
	case "iothubowner":
		return registryRead | registryWrite | serviceConnect | deviceConnect
	case "service":
		return serviceConnect
	case "device":
		return deviceConnect
	case "registryRead":
		return registryRead
	case "registryReadWrite":
		return registryRead | registryWrite
	}
	return 0
}

// newPolicies makes the default policies with fresh keys.
func (h *Hub) newPolicies() []policy {
	names := []string{"iothubowner", "service", "device", "registryRead", "registryReadWrite"}
	policies := make([]policy, len(names))
	for i, name := range names {
		policies[i] = policy{name, h.newKey(), h.newKey()}
	}
	return policies
}

// policy finds a policy; nil when there is none.
func (h *Hub) policy(name string) *policy {
	for i := range h.policies {
		if h.policies[i].Name == name {
			return &h.policies[i]
		}
	}
	return nil
}

// sasToken is a parsed SharedAccessSignature. resource is the literal text, because that is what is signed
// (FACTS §9.1).
type sasToken struct {
	resource  string
	signature []byte
	expiry    string
	policy    string
}

// parseSAS reads the fields in any order (FACTS §9.1).
func parseSAS(header string) (sasToken, bool) {
	fields, found := strings.CutPrefix(header, "SharedAccessSignature ")
	if !found {
		return sasToken{}, false
	}
	var t sasToken
	for field := range strings.SplitSeq(strings.TrimSpace(fields), "&") {
		name, val, _ := strings.Cut(field, "=")
		switch name {
		case "sr":
			t.resource = val
		case "se":
			t.expiry = val
		case "skn":
			t.policy, _ = url.PathUnescape(val)
		case "sig":
			text, _ := url.PathUnescape(val)
			t.signature, _ = base64.StdEncoding.DecodeString(text)
		}
	}
	return t, t.resource != "" && len(t.signature) > 0
}

// signedBy reports whether the token's signature was made with the base64 key.
func (t sasToken) signedBy(key string) bool {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(t.resource + "\n" + t.expiry))
	return hmac.Equal(mac.Sum(nil), t.signature)
}

// expired is strict; the service may allow for some clock skew (FACTS §9.1).
func (t sasToken) expired(now time.Time) bool {
	seconds, err := strconv.ParseInt(t.expiry, 10, 64)
	return err != nil || seconds <= now.Unix()
}

// covers reports whether the token's resource is this hub, or a prefix of the request's path in it. The host may be
// the hub's name or the one the request was sent to, in any case and with or without a port.
func (t sasToken) covers(r *http.Request, hostName string) bool {
	resource, err := url.PathUnescape(t.resource)
	if err != nil {
		return false
	}
	host, path, _ := strings.Cut(resource, "/")
	host = bareHost(host)
	if host == "" || host != bareHost(hostName) && host != bareHost(r.Host) {
		return false
	}
	path = strings.TrimSuffix(path, "/")
	requested := strings.TrimPrefix(r.URL.Path, "/")
	return path == "" || requested == path || strings.HasPrefix(requested, path+"/")
}

func bareHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// authorize checks the Authorization header of a service call. A token without skn is a device's and no good here;
// there is no Entra ID, so Bearer is refused too. Every refusal looks the same (FACTS §0.9, §9.2).
func (h *Hub) authorize(r *http.Request, needs rights) *fault {
	t, parsed := parseSAS(r.Header.Get("Authorization"))
	if !parsed {
		return unauthorized()
	}
	p := h.policy(t.policy)
	if p == nil || rightsOf(p.Name)&needs != needs {
		return unauthorized()
	}
	if !t.covers(r, h.options.HostName) || t.expired(h.options.Now()) {
		return unauthorized()
	}
	if !t.signedBy(p.PrimaryKey) && !t.signedBy(p.SecondaryKey) {
		return unauthorized()
	}
	return nil
}
