package emulator

import (
	"crypto/sha1" //nolint:gosec // the service knows devices by SHA-1 thumbprints
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/twinset/twinset/internal/emulator/mqtt"
)

// admits checks a login against an identity that exists and is enabled. until is the end of a token.
func (h *Hub) admits(r *record, login mqtt.Login) (until time.Time, ok bool) {
	if login.Password != "" {
		return h.admitsToken(r, login)
	}
	if len(login.Certificates) == 0 {
		return time.Time{}, false
	}
	switch r.auth.kind {
	case authSelfSigned:
		return time.Time{}, r.auth.hasThumbprint(login.Certificates[0])
	case authCA:
		return time.Time{}, h.issued(r, login.Certificates)
	}
	return time.Time{}, false
}

// admitsToken takes a token that is signed with one of the identity's keys, or one of a policy that may connect
// devices (FACTS §9.1). A module has keys of its own: its device's do not open it.
func (h *Hub) admitsToken(r *record, login mqtt.Login) (time.Time, bool) {
	t, parsed := parseSAS(login.Password)
	if !parsed || !t.coversClient(r, login.HostName, h.options.HostName) || t.expired(h.options.Now()) {
		return time.Time{}, false
	}
	keys := []string{r.auth.primaryKey, r.auth.secondaryKey}
	if t.policy != "" {
		p := h.policy(t.policy)
		if p == nil || rightsOf(p.Name)&deviceConnect == 0 {
			return time.Time{}, false
		}
		keys = []string{p.PrimaryKey, p.SecondaryKey}
	} else if r.auth.kind != authSAS {
		return time.Time{}, false
	}
	for _, key := range keys {
		if key != "" && t.signedBy(key) {
			return t.end(), true
		}
	}
	return time.Time{}, false
}

// end is the moment from which expired is true.
func (t sasToken) end() time.Time {
	seconds, err := strconv.ParseInt(t.expiry, 10, 64)
	if err != nil {
		return time.Time{} // expired has refused it
	}
	return time.Unix(seconds, 0)
}

// coversClient reports whether the token's resource is the client or a prefix of it: the host alone,
// {host}/devices/{id}, {host}/devices/{id}/modules/{mid}. The host is the hub's name or the one in the user name
// (FACTS §9.1, §9.4). Clients encode once or twice and in any case.
func (t sasToken) coversClient(r *record, userHost, hostName string) bool {
	resource, err := url.PathUnescape(t.resource)
	if err != nil {
		return false
	}
	host, path, _ := strings.Cut(resource, "/")
	if host = bareHost(host); host == "" || host != bareHost(hostName) && host != bareHost(userHost) {
		return false
	}
	want := []string{"devices", r.deviceID, "modules", r.moduleID}
	if path = strings.TrimSuffix(path, "/"); path == "" {
		return true
	}
	segments := strings.Split(path, "/")
	if len(segments) > len(want) || !r.isModule() && len(segments) > 2 {
		return false
	}
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		twice := err == nil && strings.EqualFold(decoded, want[i])
		if !twice && !strings.EqualFold(segment, want[i]) {
			return false
		}
	}
	return true
}

// hasThumbprint compares SHA-1 and SHA-256 (FACTS §1.4). Certificates go by the real time; whether the service looks
// at the lifetime of a self-signed one is unverified.
func (a *authentication) hasThumbprint(leaf *x509.Certificate) bool {
	if now := time.Now(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return false
	}
	short, long := sha1.Sum(leaf.Raw), sha256.Sum256(leaf.Raw) //nolint:gosec // see the import
	for _, want := range []string{a.primaryThumbprint, a.secondaryThumbprint} {
		if strings.EqualFold(want, hex.EncodeToString(short[:])) || strings.EqualFold(want, hex.EncodeToString(long[:])) {
			return true
		}
	}
	return false
}

// issued verifies the chain against the hub's trusted roots. The common name is the device's id, or for a module
// {deviceId}/{moduleId} (FACTS §3).
func (h *Hub) issued(r *record, chain []*x509.Certificate) bool {
	name := r.deviceID
	if r.isModule() {
		name += "/" + r.moduleID
	}
	if chain[0].Subject.CommonName != name {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: h.options.roots(), Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err == nil
}
