package arm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/iothub/armiothub"

	"github.com/twinset/twinset/internal/entra"
)

// patience is how long an answer is waited for, with signing in and another try.
// What the size is good for is not worth more.
const patience = 15 * time.Second

// Hub is where a hub stands in Azure.
type Hub struct {
	Subscription  string // id
	ResourceGroup string
	Name          string // without domain
}

// Size is how large a hub is.
type Size struct {
	SKU   string // as Azure writes it, such as S1 or B2
	Units int
}

// Client asks for sizes. What it was told, or why it was not, it remembers: one
// command asks once. It is safe for concurrent use.
type Client struct {
	credential func() (azcore.TokenCredential, error)
	transport  policy.Transporter // nil for the SDK's own

	mu    sync.Mutex
	known map[Hub]result
}

type result struct {
	size Size
	err  error
}

// New makes a client. How to sign in is chosen from the environment when the first
// hub is asked about.
func New(getenv func(string) string) *Client {
	return newClient(func() (azcore.TokenCredential, error) { return entra.Credential(getenv) }, nil)
}

func newClient(credential func() (azcore.TokenCredential, error), transport policy.Transporter) *Client {
	return &Client{credential: credential, transport: transport, known: map[Hub]result{}}
}

// Size returns the size of a hub. An error is one line that says what to do.
func (c *Client) Size(ctx context.Context, h Hub) (Size, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, known := c.known[h]
	if known {
		return r.size, r.err
	}
	r.size, r.err = c.ask(ctx, h)
	if ctx.Err() == nil { // else it was the command that ended, not the question
		c.known[h] = r
	}
	return r.size, r.err
}

func (c *Client) ask(ctx context.Context, h Hub) (Size, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	credential, err := c.credential()
	if err != nil {
		return Size{}, err
	}
	// Registering a resource provider would be a write that nobody asked for.
	o := &azarm.ClientOptions{DisableRPRegistration: true, ClientOptions: policy.ClientOptions{Transport: c.transport, Retry: policy.RetryOptions{MaxRetries: 1}}}
	resources, err := armiothub.NewResourceClient(h.Subscription, credential, o)
	if err != nil {
		return Size{}, fmt.Errorf("ask the resource manager: %w", err)
	}
	answer, err := resources.Get(ctx, h.ResourceGroup, h.Name, nil)
	if err != nil {
		return Size{}, explain(err, h)
	}
	if answer.SKU == nil || answer.SKU.Name == nil || answer.SKU.Capacity == nil {
		return Size{}, fmt.Errorf("the resource manager does not tell the SKU of the hub %s", h.Name)
	}
	return Size{SKU: string(*answer.SKU.Name), Units: int(*answer.SKU.Capacity)}, nil
}

// explain says in one line what went wrong, and what helps. The SDK's own text is a
// page long.
func explain(err error, h Hub) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the resource manager did not answer within %s", patience)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("the resource manager cannot be reached: no address of %s", dns.Name)
	}
	answer, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		return fmt.Errorf("ask the resource manager: %s; sign in with az login or set the AZURE_* variables", strings.Join(strings.Fields(err.Error()), " "))
	}
	switch answer.StatusCode {
	case http.StatusNotFound:
		return fmt.Errorf("there is no hub %s in the resource group %s of the subscription %s (%s)", h.Name, h.ResourceGroup, h.Subscription, answer.ErrorCode)
	case http.StatusUnauthorized:
		return fmt.Errorf("the resource manager does not accept the signed-in identity: is the subscription %s of its tenant?", h.Subscription)
	case http.StatusForbidden:
		return fmt.Errorf("the signed-in identity may not read the hub %s: it needs the role Reader on it", h.Name)
	default:
		return fmt.Errorf("the resource manager answered %d %s", answer.StatusCode, answer.ErrorCode)
	}
}
