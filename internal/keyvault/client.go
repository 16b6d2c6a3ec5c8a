// Package keyvault reads secrets of Azure Key Vaults.
//
// It must not know what a secret is for, and never puts a value into an error.
package keyvault

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"github.com/twinset/twinset/internal/entra"
	"github.com/twinset/twinset/schema"
)

// kept bounds how many values a client remembers. A plan and its apply ask for
// the same ones, and devices that share a key name it once each; a vault answers
// 4,000 reads in ten seconds at the most (Key Vault service limits).
const kept = 10_000

// Client reads secrets. What it has read it remembers, so that one command sees
// one value of a secret. It is safe for concurrent use.
type Client struct {
	credential func() (azcore.TokenCredential, error)
	transport  policy.Transporter // nil for the SDK's own

	mu     sync.Mutex
	vaults map[string]*azsecrets.Client
	values map[schema.VaultSecret]string
}

// New makes a client. How to sign in is chosen from the environment when the
// first secret is read.
func New(getenv func(string) string) *Client {
	return newClient(func() (azcore.TokenCredential, error) { return entra.Credential(getenv) }, nil)
}

func newClient(credential func() (azcore.TokenCredential, error), transport policy.Transporter) *Client {
	return &Client{
		credential: credential, transport: transport,
		vaults: map[string]*azsecrets.Client{}, values: map[schema.VaultSecret]string{},
	}
}

// Secret returns a secret's value.
func (c *Client) Secret(ctx context.Context, s schema.VaultSecret) (string, error) {
	vault, value, err := c.known(s)
	if err != nil || value != "" {
		return value, err
	}
	answer, err := vault.GetSecret(ctx, s.Name, s.Version, nil)
	if err != nil {
		return "", explain(err, s)
	}
	if answer.Value == nil || *answer.Value == "" {
		return "", fmt.Errorf("vault %s: the secret %s is empty", s.Host, s.Name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.values) < kept {
		c.values[s] = *answer.Value
	}
	return *answer.Value, nil
}

// known returns the value if it was read before, else the vault to ask.
func (c *Client) known(s schema.VaultSecret) (*azsecrets.Client, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if value, ok := c.values[s]; ok {
		return nil, value, nil
	}
	if v, ok := c.vaults[s.Host]; ok {
		return v, "", nil
	}
	credential, err := c.credential()
	if err != nil {
		return nil, "", err
	}
	v, err := azsecrets.NewClient("https://"+s.Host, credential, &azsecrets.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: c.transport}})
	if err != nil {
		return nil, "", err
	}
	c.vaults[s.Host] = v
	return v, "", nil
}

// explain says in one line what a vault answered, and what helps. The SDK's own
// text is a page long.
func explain(err error, s schema.VaultSecret) error {
	var answer *azcore.ResponseError
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return fmt.Errorf("no such host %s; check the name of the vault", s.Host)
	}
	if !errors.As(err, &answer) {
		return fmt.Errorf("ask the vault %s: %s; sign in with az login or set the AZURE_* variables, and check that the vault's network lets you in", s.Host, strings.Join(strings.Fields(err.Error()), " "))
	}
	switch answer.StatusCode {
	case http.StatusNotFound:
		return fmt.Errorf("vault %s holds no such secret, or not that version", s.Host)
	case http.StatusUnauthorized:
		return fmt.Errorf("vault %s does not accept the signed-in identity: is it of the vault's tenant?", s.Host)
	case http.StatusForbidden:
		return fmt.Errorf("vault %s: %s: the signed-in identity needs the role Key Vault Secrets User or the permission to get secrets, the secret must be enabled, and the vault's firewall must let you in", s.Host, answer.ErrorCode)
	default:
		return fmt.Errorf("vault %s answered %d %s", s.Host, answer.StatusCode, answer.ErrorCode)
	}
}
