package hub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Credential authorizes requests. Get one from [SASCredential]
// or [TokenCredential].
type Credential interface {
	// authorize returns a policy that runs on every try.
	authorize() policy.Policy
	// refused says what to check when a call that needs a right was turned down.
	refused(needed right, now time.Time) string
}

// scope is the Entra ID audience of all hubs (FACTS §9.3).
const scope = "https://iothubs.azure.net/.default"

const signaturePrefix = "SharedAccessSignature "

// tokenLifetime is what the SDKs use (FACTS §9.1). A token is replaced while it
// is still good by more than the skew that the hub tolerates and the longest
// retry delay together.
const (
	tokenLifetime = time.Hour
	tokenReserve  = 10 * time.Minute
)

// SASCredential signs with the policy key of a connection string, or sends its
// signature as it stands. Now is the clock; nil means the system's.
func SASCredential(cs ConnectionString, now func() time.Time) (Credential, error) {
	if now == nil {
		now = time.Now
	}
	if err := cs.check(); err != nil {
		return nil, fmt.Errorf("use connection string: %w", err)
	}
	if cs.Signature != "" {
		return &fixedSignature{text: cs.Signature}, nil
	}
	key, err := cs.key()
	if err != nil {
		return nil, fmt.Errorf("use connection string: %w", err)
	}
	return &signer{resource: strings.ToLower(hostOnly(cs.HostName)), policyName: cs.PolicyName, key: key, now: now}, nil
}

// signer makes tokens with a policy key and keeps the latest.
type signer struct {
	resource   string
	policyName string
	key        []byte
	now        func() time.Time

	mu      sync.Mutex
	current string
	expiry  time.Time
}

func (s *signer) token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	left := s.expiry.Sub(now)
	if s.current == "" || left < tokenReserve || left > tokenLifetime { // more than a lifetime: the clock was set back
		s.expiry = now.Add(tokenLifetime)
		s.current = sign(s.resource, s.policyName, s.key, s.expiry)
	}
	return s.current
}

// sign makes a token for a resource (FACTS §9.1). What is signed is the resource
// as it stands in the token, encoded.
func sign(resource, policyName string, key []byte, expiry time.Time) string {
	sr, se := url.QueryEscape(resource), strconv.FormatInt(expiry.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(sr + "\n" + se))
	sig := url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return signaturePrefix + "sr=" + sr + "&sig=" + sig + "&se=" + se + "&skn=" + url.QueryEscape(policyName)
}

func (s *signer) authorize() policy.Policy { return headerPolicy(s.token) }

func (s *signer) refused(needed right, _ time.Time) string {
	return fmt.Sprintf("check that policy %s has %s and that its key is current", s.policyName, needed.policies())
}

// String keeps the key out of prints.
func (s *signer) String() string { return "policy " + s.policyName }

// GoString keeps the key out of %#v.
func (s *signer) GoString() string { return s.String() }

// fixedSignature is a token that somebody else made.
type fixedSignature struct{ text string }

func (f *fixedSignature) authorize() policy.Policy {
	return headerPolicy(func() string { return f.text })
}

func (f *fixedSignature) refused(needed right, now time.Time) string {
	if expiry, ok := f.expiry(); ok && !now.Before(expiry) {
		return "the shared access signature expired at " + expiry.UTC().Format(time.RFC3339) + "; make a new one"
	}
	return "check that the policy of the shared access signature has " + needed.policies()
}

func (f *fixedSignature) expiry() (time.Time, bool) {
	for field := range strings.SplitSeq(strings.TrimPrefix(f.text, signaturePrefix), "&") {
		if text, ok := strings.CutPrefix(field, "se="); ok {
			seconds, err := strconv.ParseInt(text, 10, 64)
			return time.Unix(seconds, 0), err == nil
		}
	}
	return time.Time{}, false
}

// String keeps the signature out of prints.
func (f *fixedSignature) String() string { return "shared access signature" }

// GoString keeps the signature out of %#v.
func (f *fixedSignature) GoString() string { return f.String() }

type headerPolicy func() string

func (p headerPolicy) Do(req *policy.Request) (*http.Response, error) {
	req.Raw().Header.Set("Authorization", p())
	return req.Next()
}

// TokenCredential authorizes with Entra ID tokens (FACTS §9.3).
func TokenCredential(c azcore.TokenCredential) Credential { return bearer{c} }

type bearer struct{ tokens azcore.TokenCredential }

func (b bearer) authorize() policy.Policy {
	return runtime.NewBearerTokenPolicy(b.tokens, []string{scope}, nil)
}

func (b bearer) refused(needed right, _ time.Time) string {
	return fmt.Sprintf("the signed-in identity needs %s on this hub; Owner and Contributor are not enough", needed.roles())
}
