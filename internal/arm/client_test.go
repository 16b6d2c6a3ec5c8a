package arm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const subscription = "00000000-0000-0000-0000-000000000003"

func contoso() Hub {
	return Hub{Subscription: subscription, ResourceGroup: "plant", Name: "contoso"}
}

// manager answers as the resource manager does ("IotHubResource - Get").
type manager struct {
	status int // 0: 200
	body   string

	mu    sync.Mutex
	asked []string
}

func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, r.Method+" https://"+r.Host+r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("Authorization") != "Bearer made-up" || r.URL.Query().Get("api-version") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if m.status != 0 {
		w.WriteHeader(m.status)
	}
	fmt.Fprint(w, m.body)
}

// signedIn hands out tokens for the resource manager and for nothing else.
type signedIn struct{}

func (signedIn) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if want := "https://management.core.windows.net//.default"; !slices.Equal(o.Scopes, []string{want}) {
		return azcore.AccessToken{}, fmt.Errorf("asked for %v, want %s", o.Scopes, want)
	}
	return azcore.AccessToken{Token: "made-up", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// client reaches a server under the name that the resource manager has in the
// world, over TLS.
func client(t *testing.T, h http.Handler) *Client {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	transport := s.Client().Transport.(*http.Transport).Clone() //nolint:forcetypeassert // httptest makes one
	transport.TLSClientConfig.ServerName = "example.com"        // of httptest's certificate
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, s.Listener.Addr().String())
	}
	return newClient(func() (azcore.TokenCredential, error) { return signedIn{}, nil }, &http.Client{Transport: transport})
}

const found = `{
  "id": "/subscriptions/` + subscription + `/resourceGroups/plant/providers/Microsoft.Devices/IotHubs/contoso",
  "name": "contoso", "type": "Microsoft.Devices/IotHubs", "location": "westeurope", "etag": "AAAAAAFD6M4=",
  "properties": {"state": "Active", "provisioningState": "Succeeded", "hostName": "contoso.azure-devices.net"},
  "sku": {"name": "S2", "tier": "Standard", "capacity": 3}
}`

func TestSize(t *testing.T) {
	t.Parallel()
	m := &manager{body: found}
	c := client(t, m)
	for range 2 {
		got, err := c.Size(t.Context(), contoso())
		if want := (Size{SKU: "S2", Units: 3}); got != want || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	want := []string{"GET https://management.azure.com/subscriptions/" + subscription + "/resourceGroups/plant/providers/Microsoft.Devices/IotHubs/contoso"}
	if !slices.Equal(m.asked, want) {
		t.Errorf("asked %q, want %q, once", m.asked, want)
	}
}

// Every failure is one line that says what to do; it is remembered too, and no
// resource provider is registered because of it.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"not there", http.StatusNotFound, `{"error":{"code":"ResourceNotFound","message":"no"}}`, "there is no hub contoso in the resource group plant of the subscription " + subscription + " (ResourceNotFound)"},
		{"other tenant", http.StatusUnauthorized, `{"error":{"code":"InvalidAuthenticationTokenTenant","message":"no"}}`, "is the subscription " + subscription + " of its tenant?"},
		{"no role", http.StatusForbidden, `{"error":{"code":"AuthorizationFailed","message":"no"}}`, "needs the role Reader"},
		{"no provider", http.StatusConflict, `{"error":{"code":"MissingSubscriptionRegistration","message":"no"}}`, "answered 409 MissingSubscriptionRegistration"},
		{"no SKU", 0, `{"name":"contoso"}`, "does not tell the SKU"},
		{"no JSON", 0, `<html>`, "ask the resource manager: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := &manager{status: tt.status, body: tt.body}
			c := client(t, m)
			for range 2 {
				got, err := c.Size(t.Context(), contoso())
				if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") || got != (Size{}) {
					t.Errorf("got %v, %v, want one line with %q", got, err, tt.want)
				}
			}
			if len(m.asked) != 1 || !strings.HasPrefix(m.asked[0], "GET ") {
				t.Errorf("asked %q, want one GET", m.asked)
			}
		})
	}
}

func TestNotSignedIn(t *testing.T) {
	t.Parallel()
	c := newClient(func() (azcore.TokenCredential, error) { return nil, errors.New("ARM_CLIENT_ID is missing") }, nil)
	if _, err := c.Size(t.Context(), contoso()); err == nil || err.Error() != "ARM_CLIENT_ID is missing" {
		t.Errorf("got %v", err)
	}
}

// A command that was interrupted knows nothing of the hub.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	m := &manager{body: found}
	c := client(t, m)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Size(ended, contoso()); err == nil {
		t.Error("got no error from a command that has ended")
	}
	if got, err := c.Size(t.Context(), contoso()); err != nil || got.SKU != "S2" {
		t.Errorf("afterwards: got %v, %v", got, err)
	}
}
