package hubtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// apiVersion is the version that the facts were recorded with (FACTS §12).
const apiVersion = "2021-04-12"

// Patience with a throttling hub.
const (
	throttleWait = 10 * time.Second
	maxTries     = 12
)

// Client sends requests to one hub.
type Client struct {
	host   string // host[:port]
	policy string
	key    []byte
	http   *http.Client
	o      Options
	jobs   sync.Mutex // see Session.alone
}

// Options say what a Client runs against and with.
type Options struct {
	Transport http.RoundTripper
	Live      bool // a real hub, which throttles and whose query index lags
	Now       func() time.Time
	Wait      func(time.Duration) // only called for a real hub
	DialMQTT  func() (net.Conn, error)
	Container string // URI of a blob container with a SAS in it, for imports and exports; empty for none
}

// NewClient reads the connection string of a policy with all rights.
func NewClient(connectionString string, o Options) (*Client, error) {
	c := &Client{http: &http.Client{Transport: o.Transport, Timeout: time.Minute}, o: o}
	for part := range strings.SplitSeq(connectionString, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "HostName":
			c.host = value
		case "SharedAccessKeyName":
			c.policy = value
		case "SharedAccessKey":
			key, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				return nil, errors.New("SharedAccessKey is not base64")
			}
			c.key = key
		}
	}
	if c.host == "" || c.policy == "" || len(c.key) == 0 {
		return nil, errors.New("connection string lacks HostName, SharedAccessKeyName or SharedAccessKey")
	}
	return c, nil
}

// token signs for a resource in its literal, percent-encoded form (FACTS §9.1).
func (c *Client) token(encodedResource string, expiry time.Time) (signature string, seconds string) {
	seconds = fmt.Sprint(expiry.Unix())
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(encodedResource + "\n" + seconds))
	return url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil))), seconds
}

// deviceToken signs with the key of a device or module (FACTS §9.1).
func deviceToken(encodedResource, key string, expiry time.Time) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return "", errors.New("the key is not base64")
	}
	signature, seconds := (&Client{key: raw}).token(encodedResource, expiry)
	return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%s", encodedResource, signature, seconds), nil
}

func (c *Client) authorization() string {
	resource := url.QueryEscape(c.host)
	signature, expiry := c.token(resource, c.o.Now().Add(time.Hour))
	return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%s&skn=%s", resource, signature, expiry, c.policy)
}

// request is one call; zero fields are the usual ones.
type request struct {
	method  string
	path    string // escaped, without query
	query   string // default is the api-version
	body    string
	header  map[string]string
	noToken bool
}

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request; a real hub that throttles is asked again after the time it names (FACTS §0.9).
func (c *Client) do(r request) (answer, error) {
	for tries := 1; ; tries++ {
		a, err := c.once(r)
		if err != nil || a.status != http.StatusTooManyRequests || !c.o.Live || tries == maxTries {
			return a, err
		}
		c.o.Wait(throttleWait)
	}
}

func (c *Client) once(r request) (answer, error) {
	if r.query == "" {
		r.query = "api-version=" + apiVersion
	}
	req, err := http.NewRequest(r.method, "https://"+c.host+r.path+"?"+r.query, bytes.NewReader([]byte(r.body)))
	if err != nil {
		return answer{}, err
	}
	if !r.noToken {
		req.Header.Set("Authorization", c.authorization())
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, body}, errors.Join(err, res.Body.Close())
}
