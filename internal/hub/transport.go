package hub

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Sizes of answers that are read. A query page of a thousand twins at all their
// limits stays below the first.
const (
	maxBody      = 256 << 20
	maxErrorBody = 1 << 20
)

// newTransport is for many requests to one host.
func newTransport(host, caFile string) (policy.Transporter, error) {
	roots, err := rootCAs(host, caFile)
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 15 * time.Second,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
		ReadBufferSize:      32 << 10,
		WriteBufferSize:     32 << 10, // a bulk request has some 60 KB
	}
	return &http.Client{Transport: t, CheckRedirect: noRedirect}, nil
}

// noRedirect: hubs do not redirect, and a token must not travel to where somebody
// else points.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// rootCAs adds a file to the system's roots; nil stands for the system's alone.
// A hub on this machine is trusted by the file alone: no public authority signs
// for a loopback name, and reading a hundred roots takes longer than planning a
// small project.
func rootCAs(host, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !isLoopback(host) {
		if system, err := x509.SystemCertPool(); err == nil { // without system roots the file is all there is
			pool = system
		}
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("read CA file %s: it has no certificate in PEM form", file)
	}
	return pool, nil
}

func isLoopback(host string) bool {
	name := hostOnly(host)
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

// reader wraps a transport so that answers are read whole, within the time of the
// try and up to a size.
type reader struct{ next policy.Transporter }

func (r reader) Do(req *http.Request) (*http.Response, error) {
	resp, err := r.next.Do(req)
	if err != nil || resp == nil {
		return resp, err
	}
	if resp.Body == nil { // only from transports other than net/http's
		resp.Body = http.NoBody
	}
	data, err := readBody(resp, maxBody)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	resp.Body = newBody(data)
	return resp, nil
}

// errTooLarge is not worth another try.
var errTooLarge = errors.New("it is larger than any answer of a hub")

func readBody(resp *http.Response, limit int64) ([]byte, error) {
	defer func() { _ = resp.Body.Close() }() // everything needed was read
	if resp.StatusCode >= http.StatusBadRequest {
		return io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	}
	if resp.ContentLength > limit {
		return nil, errTooLarge
	}
	var buf bytes.Buffer
	if n := resp.ContentLength; n > 0 {
		buf.Grow(int(n) + bytes.MinRead) // MinRead more, or ReadFrom grows once again at the end
	}
	if _, err := buf.ReadFrom(io.LimitReader(resp.Body, limit+1)); err != nil {
		return nil, err
	}
	if int64(buf.Len()) > limit {
		return nil, errTooLarge
	}
	return buf.Bytes(), nil
}

// body is an answer held in memory. Its bytes can be had without a copy.
type body struct {
	bytes.Reader
	data []byte
}

func newBody(data []byte) *body {
	b := &body{data: data}
	b.Reset(data)
	return b
}

func (b *body) Close() error { return nil }

// bytesOf returns the body of an answer that came through the pipeline.
func bytesOf(resp *http.Response) ([]byte, error) {
	if b, ok := resp.Body.(*body); ok {
		return b.data, nil
	}
	// azcore holds the body of an error in a reader of its own.
	return io.ReadAll(resp.Body)
}
