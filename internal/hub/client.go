package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// apiVersion is the one that all service SDKs pin (FACTS §12).
const apiVersion = "2021-04-12"

// Options of a Client. The zero value talks to real hubs.
type Options struct {
	// Transport sends requests, for example straight into an http.Handler; nil is
	// HTTPS with connection reuse and the proxy of the environment.
	Transport policy.Transporter
	// CAFile holds certificates in PEM form that are trusted besides the system's;
	// for a hub on this machine, instead of them.
	// It is of no use with a Transport.
	CAFile string
	// RetryBudget is the time that one call may spend on tries and the delays
	// between them: no try begins later. 0 means 20 minutes, a negative value one try.
	RetryBudget time.Duration
	// UserAgent names the program; "" means "twinset".
	UserAgent string
	// Logger gets one debug record of each try, without headers and bodies. Nil
	// logs nothing.
	Logger *slog.Logger
	// Rates are the limits of the hub by class. Calls of a class are held back to stay
	// within its limit, in order of arrival. A class without one goes as fast as its
	// calls come, until the hub answers 429; then, as with every class, the pace follows
	// what the hub takes.
	Rates map[Class]Rate
	// Observe is called after each try, from the goroutine of the call: calls that
	// run at the same time call it at the same time.
	Observe func(Event)

	// Now, Sleep and Jitter replace the clock, the delays between tries and their
	// randomness (a number in [0, 1)). Nil means the real ones.
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Jitter func() float64
}

// Client talks to the service endpoint of one hub.
type Client struct {
	host     string
	cred     Credential
	now      func() time.Time
	pipeline runtime.Pipeline
}

// New makes a client for a host or host:port. Nothing is sent until a call needs
// it.
func New(host string, cred Credential, o *Options) (*Client, error) {
	if err := checkHost(host); err != nil {
		return nil, fmt.Errorf("use hub: host name: %w", err)
	}
	if cred == nil {
		return nil, errors.New("use hub " + host + ": no credential given")
	}
	set, err := o.withDefaults(host)
	if err != nil {
		return nil, fmt.Errorf("use hub %s: %w", host, err)
	}
	return &Client{host: host, cred: cred, now: set.Now, pipeline: newPipeline(cred, set)}, nil
}

// Host is the host or host:port that the client was made for.
func (c *Client) Host() string { return c.host }

// withDefaults fills what is not set, for a hub's host. o may be nil.
func (o *Options) withDefaults(host string) (Options, error) {
	var set Options
	if o != nil {
		set = *o
	}
	if set.Transport == nil {
		t, err := newTransport(host, set.CAFile)
		if err != nil {
			return set, err
		}
		set.Transport = t
	}
	if set.RetryBudget == 0 {
		set.RetryBudget = defaultRetryBudget
	}
	if set.UserAgent == "" {
		set.UserAgent = "twinset"
	}
	if set.Logger == nil {
		set.Logger = slog.New(slog.DiscardHandler)
	}
	if set.Now == nil {
		set.Now = time.Now
	}
	if set.Sleep == nil {
		set.Sleep = sleep
	}
	if set.Jitter == nil {
		set.Jitter = rand.Float64
	}
	return set, nil
}

// newPipeline puts our retry policy where it wraps authorization, so that every
// try is signed anew; azcore's own makes a single try.
func newPipeline(cred Credential, o Options) runtime.Pipeline {
	retry := &retryPolicy{budget: o.RetryBudget, now: o.Now, sleep: o.Sleep, jitter: o.Jitter, observe: o.Observe, log: o.Logger, pace: newPacer(o.Rates, o.Sleep)}
	return runtime.NewPipeline("twinset", "", runtime.PipelineOptions{
		PerRetry: []policy.Policy{retry, runtime.NewRequestIDPolicy(), userAgent(o.UserAgent), cred.authorize()},
	}, &policy.ClientOptions{
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{Disabled: true},
		Transport: reader{o.Transport},
	})
}

type userAgent string

func (u userAgent) Do(req *policy.Request) (*http.Response, error) {
	req.Raw().Header.Set("User-Agent", string(u))
	return req.Next()
}
