package emulator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Control makes the calls that only the emulator has, on a hub that another process serves.
type Control struct {
	base, host, policy string
	key                []byte
	client             *http.Client
}

// controlToken is the lifetime of the tokens that Control makes, one for each call.
const controlToken = 10 * time.Minute

// NewControl reads the CA file and the key of the endpoint. Close it.
func NewControl(e Endpoint) (*Control, error) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(e.ConnectionString, ";") {
		name, val, _ := strings.Cut(part, "=")
		parts[name] = val
	}
	key, err := base64.StdEncoding.DecodeString(parts["SharedAccessKey"])
	if err != nil || len(key) == 0 {
		return nil, errors.New("the endpoint's connection string has no key")
	}
	ca, err := os.ReadFile(e.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read CA: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("read CA %s: it is not PEM", e.CAFile)
	}
	return &Control{
		base: "https://" + e.HTTPS, host: parts["HostName"], policy: parts["SharedAccessKeyName"], key: key,
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}},
	}, nil
}

// Close gives the connections free.
func (c *Control) Close() { c.client.CloseIdleConnections() }

// Telemetry returns messages with a sequence number after the given one. When there are none it waits for one, for a
// minute at most.
func (c *Control) Telemetry(ctx context.Context, after int64, wait time.Duration) (TelemetryPage, error) {
	var page TelemetryPage
	path := fmt.Sprintf("/$emulator/telemetry?api-version=2021-04-12&after=%d&wait=%d", after, int(wait.Seconds()))
	if err := c.call(ctx, http.MethodGet, path, nil, &page); err != nil {
		return TelemetryPage{}, fmt.Errorf("read telemetry: %w", err)
	}
	return page, nil
}

// Send puts a message into the queue of a device and returns its message id.
func (c *Control) Send(ctx context.Context, deviceID string, in CommandInput) (messageID string, err error) {
	var sent struct{ MessageID string }
	path := "/$emulator/devices/" + url.PathEscape(deviceID) + "/messages?api-version=2021-04-12"
	if err := c.call(ctx, http.MethodPost, path, encode(in), &sent); err != nil {
		return "", fmt.Errorf("send to %s: %w", deviceID, err)
	}
	return sent.MessageID, nil
}

func (c *Control) call(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", c.token())
	res, err := c.client.Do(req)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		var e envelope1
		_ = json.Unmarshal(answer, &e) // an answer of another form has no message
		return fmt.Errorf("status %d %s", res.StatusCode, e.Message)
	}
	return json.Unmarshal(answer, into)
}

// token is signed for the real time, which a served hub goes by.
func (c *Control) token() string {
	resource := url.QueryEscape(c.host)
	expiry := strconv.FormatInt(time.Now().Add(controlToken).Unix(), 10)
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(resource + "\n" + expiry))
	signature := url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return "SharedAccessSignature sr=" + resource + "&sig=" + signature + "&se=" + expiry + "&skn=" + c.policy
}
