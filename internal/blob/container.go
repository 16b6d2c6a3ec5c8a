package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/twinset/twinset/internal/entra"
)

// Container is a blob container. It is safe for concurrent use.
type Container struct {
	url  string // without a SAS
	sas  string
	cred azcore.TokenCredential // nil: the SAS is enough
}

// Open makes a client of the container at a URL. An empty SAS means to sign in to
// Entra ID as the environment says. Nothing is sent before it is needed.
func Open(at, sas string, getenv func(string) string) (*Container, error) {
	c := &Container{url: strings.TrimRight(at, "/")}
	if sas == "" {
		cred, err := entra.Credential(getenv)
		if err != nil {
			return nil, fmt.Errorf("use container %s: %w", c.url, err)
		}
		c.cred = cred
		return c, nil
	}
	c.sas = strings.TrimPrefix(strings.TrimSpace(sas), "?")
	if q, err := url.ParseQuery(c.sas); err != nil || q.Get("sig") == "" {
		return nil, fmt.Errorf("use container %s: its SAS is none: it has no sig. Give what follows the ? of a container's SAS URL", c.url)
	}
	return c, nil
}

// URL is where the container is, without a SAS.
func (c *Container) URL() string { return c.url }

// SAS is the token that opens the container; empty when Entra ID does.
func (c *Container) SAS() string { return c.sas }

// Read opens a blob. A connection that breaks is taken up again where it was. What is
// no error of reading itself is one of this package's.
func (c *Container) Read(ctx context.Context, name string) (io.ReadCloser, error) {
	client, err := c.client(name)
	if err != nil {
		return nil, err
	}
	res, err := client.DownloadStream(ctx, nil)
	if err != nil {
		return nil, c.explain("read", name, err)
	}
	return &body{in: res.NewRetryReader(ctx, &blob.RetryReaderOptions{MaxRetries: 5}), of: c, name: name}, nil
}

// body words the errors of reading.
type body struct {
	in   io.ReadCloser
	of   *Container
	name string
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.of.explain("read", b.name, err)
	}
	return n, err
}

func (b *body) Close() error { return b.in.Close() }

// Delete removes a blob. One that is not there is no error.
func (c *Container) Delete(ctx context.Context, name string) error {
	client, err := c.client(name)
	if err != nil {
		return err
	}
	if _, err = client.Delete(ctx, nil); err == nil || isAbsent(err) {
		return nil
	}
	return c.explain("delete", name, err)
}

func (c *Container) client(name string) (*blockblob.Client, error) {
	at := c.url + "/" + url.PathEscape(name)
	o := &blockblob.ClientOptions{ClientOptions: azcore.ClientOptions{Telemetry: policy.TelemetryOptions{Disabled: true}}}
	if c.cred != nil {
		return blockblob.NewClient(at, c.cred, o)
	}
	client, err := blockblob.NewClientWithNoCredential(at+"?"+c.sas, o)
	if err != nil {
		return nil, c.explain("use", name, err)
	}
	return client, nil
}
