package keyvault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/twinset/twinset/schema"
)

const (
	tenant  = "00000000-0000-0000-0000-000000000001"
	version = "0123456789abcdef0123456789abcdef"
	host    = "contoso-kv.vault.azure.net"
)

// vault answers as Key Vault does: the first request is challenged for a token,
// of which it only wants that it is one ("Authentication, requests and
// responses").
type vault struct {
	secrets map[string]string // by name or name/version
	refusal int               // status for whoever shows a token

	mu    sync.Mutex
	asked []string
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/secrets/"), "/")
	fail := func(status int, code string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":%q,"message":"no"}}`, code)
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/`+tenant+`", resource="https://vault.azure.net"`)
		fail(http.StatusUnauthorized, "Unauthorized")
		return
	}
	v.asked = append(v.asked, r.Method+" "+r.Host+" "+path)
	value, ok := v.secrets[path]
	switch {
	case v.refusal != 0:
		fail(v.refusal, "Forbidden")
	case !ok:
		fail(http.StatusNotFound, "SecretNotFound")
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"value": value, "id": "https://" + r.Host + "/secrets/" + path + "/" + version})
	}
}

// signedIn hands out tokens for vaults and for nothing else.
type signedIn struct{}

func (signedIn) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if want := []string{"https://vault.azure.net/.default"}; !slices.Equal(o.Scopes, want) || o.TenantID != tenant {
		return azcore.AccessToken{}, fmt.Errorf("asked for %v of %s, want %v of %s", o.Scopes, o.TenantID, want, tenant)
	}
	return azcore.AccessToken{Token: "made-up", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// client reaches a vault under the name that it has in the world, over TLS.
func client(t *testing.T, v http.Handler) *Client {
	t.Helper()
	s := httptest.NewTLSServer(v)
	t.Cleanup(s.Close)
	transport := s.Client().Transport.(*http.Transport).Clone() //nolint:forcetypeassert // httptest makes one
	transport.TLSClientConfig.ServerName = "example.com"        // of httptest's certificate
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, s.Listener.Addr().String())
	}
	return newClient(func() (azcore.TokenCredential, error) { return signedIn{}, nil }, &http.Client{Transport: transport})
}

func TestSecret(t *testing.T) {
	t.Parallel()
	v := &vault{secrets: map[string]string{"gw-01": "current", "gw-01/" + version: "older", "empty": ""}}
	c := client(t, v)
	for _, tt := range []struct{ ref, want, err string }{
		{"kv://contoso-kv/gw-01", "current", ""},
		{"kv://contoso-kv/gw-01/" + version, "older", ""},
		{"kv://contoso-kv/gw-01", "current", ""},
		{"kv://contoso-kv/gw-02", "", "vault " + host + " holds no such secret, or not that version"},
		{"kv://contoso-kv/empty", "", "vault " + host + ": the secret empty is empty"},
	} {
		s, err := schema.SecretRef(tt.ref).VaultSecret()
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Secret(t.Context(), s)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
			t.Errorf("%s: got %q, %v, want %q, %q", tt.ref, got, err, tt.want, tt.err)
		}
	}
	want := "GET " + host + " gw-01|GET " + host + " gw-01/" + version + "|GET " + host + " gw-02|GET " + host + " empty"
	if got := strings.Join(v.asked, "|"); got != want {
		t.Errorf("asked %s, want each secret once: %s", got, want)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		http.StatusForbidden:  "needs the role Key Vault Secrets User",
		http.StatusBadRequest: "answered 400 Forbidden",
	} {
		c := client(t, &vault{refusal: status})
		_, err := c.Secret(t.Context(), schema.VaultSecret{Host: host, Name: "a"})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%d: got error %v, want one line with %q", status, err, want)
		}
	}
}

// A server that only looks like a vault gets no token: the challenge must name
// the vault's own domain.
func TestForeignChallenge(t *testing.T) {
	t.Parallel()
	var shown atomic.Bool
	c := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			shown.Store(true)
		}
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/`+tenant+`", resource="https://management.azure.com"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	_, err := c.Secret(t.Context(), schema.VaultSecret{Host: host, Name: "a"})
	if err == nil || shown.Load() {
		t.Errorf("got error %v, token shown: %t; want a refusal without a token", err, shown.Load())
	}
}

// Without any way to sign in the error says what to do, in one line.
func TestNotSignedIn(t *testing.T) {
	t.Parallel()
	c := newClient(func() (azcore.TokenCredential, error) { return nil, errors.New("ARM_CLIENT_ID is missing") }, nil)
	if _, err := c.Secret(t.Context(), schema.VaultSecret{Host: host, Name: "a"}); err == nil || err.Error() != "ARM_CLIENT_ID is missing" {
		t.Errorf("got %v", err)
	}
}
