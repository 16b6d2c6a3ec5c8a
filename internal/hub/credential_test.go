package hub

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

func TestParseConnectionString(t *testing.T) {
	t.Parallel()
	const host, skn, key = "HostName=h.example", "SharedAccessKeyName=p", "SharedAccessKey=c2VjcmV0LXNlY3JldA=="
	const sig = "SharedAccessSignature=SharedAccessSignature sr=h&sig=c2VjcmV0LXNlY3JldA%3D%3D&se=1&skn=p"
	rows := []struct {
		name, in string
		want     ConnectionString
		err      string
	}{
		{"key", host + ";" + skn + ";" + key, ConnectionString{HostName: "h.example", PolicyName: "p", Key: "c2VjcmV0LXNlY3JldA=="}, ""},
		{"any order, port, last semicolon, line end", key + ";" + skn + ";HostName=localhost:8443;\n", ConnectionString{HostName: "localhost:8443", PolicyName: "p", Key: "c2VjcmV0LXNlY3JldA=="}, ""},
		{"signature", host + ";" + sig, ConnectionString{HostName: "h.example", Signature: strings.TrimPrefix(sig, "SharedAccessSignature=")}, ""},
		{"nothing", "", ConnectionString{}, "HostName is missing"},
		{"no key", host + ";" + skn, ConnectionString{}, "SharedAccessKey is missing"},
		{"no policy", host + ";" + key, ConnectionString{}, "SharedAccessKeyName is missing"},
		{"both", host + ";" + skn + ";" + key + ";" + sig, ConnectionString{}, "both given"},
		{"twice", host + ";" + host, ConnectionString{}, "HostName is given twice"},
		{"empty", "HostName=;" + skn + ";" + key, ConnectionString{}, "HostName is empty"},
		{"unknown part", host + ";Polcy=p;" + key, ConnectionString{}, "unknown part Polcy; known names are"},
		{"other letter case", "Hostname=h;" + skn + ";" + key, ConnectionString{}, "unknown part Hostname"},
		{"a bare key", "c2VjcmV0LXNlY3JldA==", ConnectionString{}, "not of the form Name=value"},
		{"of a device", host + ";DeviceId=d;" + key, ConnectionString{}, "a device's connection string"},
		{"key is not base64", host + ";" + skn + ";SharedAccessKey=secret!secret", ConnectionString{}, "SharedAccessKey is not base64"},
		{"signature is none", host + ";SharedAccessSignature=secret-secret", ConnectionString{}, `must start with "SharedAccessSignature "`},
		{"host with scheme", "HostName=https://h;" + skn + ";" + key, ConnectionString{}, "without https://"},
		{"bad port", "HostName=h:99999;" + skn + ";" + key, ConnectionString{}, "port must be"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseConnectionString(row.in)
			if row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
				t.Fatalf("got error %v, want %q", err, row.err)
			}
			if got != row.want {
				t.Errorf("got another connection string than wanted: %v, want %v", got, row.want)
			}
			if err != nil && leaks(err.Error()) {
				t.Errorf("error shows the secret: %v", err)
			}
		})
	}
}

// leaks finds the secrets of these tests in a text.
func leaks(text string) bool {
	for _, secret := range []string{"c2VjcmV0", "secret-secret", "secret!", testKey, "bm90LWEt"} {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

func FuzzParseConnectionString(f *testing.F) {
	f.Add("HostName=h.example;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV0LXNlY3JldA==")
	f.Add("HostName=h:8443;SharedAccessSignature=SharedAccessSignature sr=h&sig=x&se=1")
	f.Add("c2VjcmV0LXNlY3JldA==")
	f.Add(";=;;HostName")
	f.Fuzz(func(t *testing.T, s string) {
		cs, err := ParseConnectionString(s)
		if err != nil {
			if cs != (ConnectionString{}) {
				t.Errorf("got both a result and error %v", err)
			}
			return
		}
		if _, err := SASCredential(cs, nil); err != nil {
			t.Errorf("parsed, but no credential: %v", err)
		}
		if _, err := New(cs.HostName, testCredential(t), &Options{Transport: http.DefaultClient}); err != nil {
			t.Errorf("parsed, but no client: %v", err)
		}
		back := cs
		text := "HostName=" + cs.HostName + ";SharedAccessSignature=" + cs.Signature
		if cs.Key != "" {
			text = "HostName=" + cs.HostName + ";SharedAccessKeyName=" + cs.PolicyName + ";SharedAccessKey=" + cs.Key
			back.Signature = ""
		} else {
			back.PolicyName = ""
		}
		if again, err := ParseConnectionString(text); err != nil || again != back {
			t.Errorf("got %v, %v after a round trip, want %v", again, err, back)
		}
	})
}

// TestNoSecretInPrints prints everything that holds a key in every way that code
// here is likely to.
func TestNoSecretInPrints(t *testing.T) {
	t.Parallel()
	const key = "c2VjcmV0LXNlY3JldA=="
	auth := Authentication{Type: AuthSAS, SymmetricKey: SymmetricKey{Primary: key, Secondary: key}}
	withKey := ConnectionString{HostName: "h", PolicyName: "p", Key: key}
	withSignature := ConnectionString{HostName: "h", Signature: "SharedAccessSignature sig=" + key}
	byKey, err := SASCredential(withKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	bySignature, err := SASCredential(withSignature, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{
		withKey, &withKey, withSignature, byKey, bySignature, auth, auth.SymmetricKey,
		Device{DeviceID: "d", Authentication: auth},
		Module{DeviceID: "d", Authentication: auth},
		BulkEntry{ID: "d", Authentication: &auth},
	} {
		var b strings.Builder
		_, _ = fmt.Fprintf(&b, "%v %+v %#v %s", v, v, v, v)
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		if leaks(b.String()) || strings.Contains(b.String(), fmt.Sprintf("%d", []byte("secret-secret"))) {
			t.Errorf("%T shows its secret: %s", v, b.String())
		}
	}
	if data, _ := json.Marshal(withKey); leaks(string(data)) {
		t.Errorf("got %s, want no secret", data)
	}
}

// TestToken checks a token against one made here from HMAC alone (FACTS §9.1).
func TestToken(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef0123456789abcdef")
	now := time.Unix(1_700_000_000, 0)
	cred, err := SASCredential(ConnectionString{
		HostName: "My-Hub.example:8443", PolicyName: "a b&c", Key: base64.StdEncoding.EncodeToString(key),
	}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte("my-hub.example\n1700003600"))
	want := "SharedAccessSignature sr=my-hub.example&sig=" + url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil))) + "&se=1700003600&skn=a+b%26c"
	sent := sentTokens(t, cred)
	if got := sent(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	now = now.Add(49 * time.Minute)
	if got := sent(); got != want {
		t.Errorf("after 49 minutes: got %s, want the same token", got)
	}
	now = now.Add(2 * time.Minute)
	if got := sent(); got == want || !strings.Contains(got, "&se=1700006660&") {
		t.Errorf("after 51 minutes: got %s, want a new token", got)
	}
	now = now.Add(-3 * time.Hour)
	if got := sent(); !strings.Contains(got, fmt.Sprintf("&se=%d&", now.Add(time.Hour).Unix())) {
		t.Errorf("after the clock was set back: got %s, want a token for the new time", got)
	}
}

// sentTokens returns a function that makes a call and returns the Authorization
// header that it bore.
func sentTokens(t *testing.T, cred Credential) func() string {
	t.Helper()
	var header string
	c, err := New("hub.example", cred, &Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
		header = r.Header.Get("Authorization")
		return respond(r, answer{status: 200, body: `{"deviceId":"d"}`}), nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	return func() string {
		t.Helper()
		if _, err := c.Twin(context.Background(), "d", ""); err != nil {
			t.Fatal(err)
		}
		return header
	}
}

func TestGivenSignature(t *testing.T) {
	t.Parallel()
	const sig = "SharedAccessSignature sr=hub.example&sig=AAAA&se=1700000000"
	cred, err := SASCredential(ConnectionString{HostName: "hub.example", Signature: sig}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := sentTokens(t, cred)(); got != sig {
		t.Errorf("got %s, want %s", got, sig)
	}
}

type entra struct {
	scopes []string
	err    error
}

func (e *entra) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	e.scopes = o.Scopes
	return azcore.AccessToken{Token: "t0ken", ExpiresOn: time.Now().Add(time.Hour)}, e.err
}

func TestBearer(t *testing.T) {
	t.Parallel()
	e := &entra{}
	if got := sentTokens(t, TokenCredential(e))(); got != "Bearer t0ken" {
		t.Errorf("got %s, want Bearer t0ken", got)
	}
	if len(e.scopes) != 1 || e.scopes[0] != "https://iothubs.azure.net/.default" {
		t.Errorf("got scopes %v, want the one of hubs", e.scopes)
	}
}

func TestTokenFailureIsFinal(t *testing.T) {
	t.Parallel()
	c, err := New("hub.example", TokenCredential(&entra{err: errors.New("chain:\n\tnone of them")}), &Options{
		Transport: transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("must not be sent") }),
		Sleep:     func(context.Context, time.Duration) error { return errors.New("must not be retried") },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Twin(context.Background(), "d", "")
	want := "read twin d: get a token from Entra ID: chain: none of them; sign in with az login, set the AZURE_* variables or IOTHUB_CONNECTION_STRING"
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}
