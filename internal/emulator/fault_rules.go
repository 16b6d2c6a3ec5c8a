package emulator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultRule makes requests fail that would not. Parse one with ParseFault.
type FaultRule struct {
	text   string
	method string // empty for every method
	path   *regexp.Regexp
	status int           // of the answer, which the request gets instead of being carried out
	drop   bool          // the connection closes instead
	lose   bool          // it is carried out, but the connection closes before the answer
	delay  time.Duration // it is carried out after a while
	times  int           // how often; negative for always
	share  float64       // of the requests that it is for, in (0, 1]
}

const faultForm = `write "METHOD PATH WHAT [xN] [P%]", such as "PATCH /twins/* 429 x3"; METHOD may be *, in PATH * stands for one segment and ** for the rest, WHAT is a status, drop, lose or delay=2s`

// ParseFault reads a rule such as "PATCH /twins/* 429 x3": method, path, what happens, and how often (default always), as
// a count, as a share of the requests such as 5%, or both.
// The path has no query; * in it stands for one segment, ** for any number of them. What happens is a status with the
// service's own error in the body, "drop" (no answer), "lose" (carried out, no answer) or "delay=2s".
func ParseFault(s string) (*FaultRule, error) {
	words := strings.Fields(s)
	wrong := func(format string, args ...any) (*FaultRule, error) {
		return nil, fmt.Errorf("fault %q: %s; %s", s, fmt.Sprintf(format, args...), faultForm)
	}
	if len(words) < 3 || len(words) > 5 {
		return wrong("it has %d words", len(words))
	}
	r := &FaultRule{text: s, times: -1, share: 1}
	if words[0] != "*" {
		r.method = words[0]
		if _, known := verbs[r.method]; !known {
			return wrong("the method %s is not in use", words[0])
		}
	}
	if !strings.HasPrefix(words[1], "/") {
		return wrong("the path %s does not begin with /", words[1])
	}
	r.path = pathPattern(words[1])
	if err := r.parseEffect(words[2]); err != nil {
		return wrong("%v", err)
	}
	for _, word := range words[3:] {
		if err := r.parseFrequency(word); err != nil {
			return wrong("%v", err)
		}
	}
	return r, nil
}

var verbs = map[string]bool{
	http.MethodGet: true, http.MethodPut: true, http.MethodPatch: true, http.MethodPost: true, http.MethodDelete: true,
}

func pathPattern(p string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(p)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/]*`)
	return regexp.MustCompile("^" + quoted + "$")
}

func (r *FaultRule) parseEffect(s string) error {
	delay, isDelay := strings.CutPrefix(s, "delay=")
	switch {
	case s == "drop":
		r.drop = true
	case s == "lose":
		r.lose = true
	case isDelay:
		d, err := time.ParseDuration(delay)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is no time to wait, such as 2s", delay)
		}
		r.delay = d
	default:
		status, err := strconv.Atoi(s)
		if err != nil || causedFaults[status] == nil {
			return fmt.Errorf("%q does not say what happens", s)
		}
		r.status = status
	}
	return nil
}

func (r *FaultRule) parseFrequency(s string) error {
	if text, isShare := strings.CutSuffix(s, "%"); isShare {
		percent, err := strconv.ParseFloat(text, 64)
		if err != nil || !(percent > 0 && percent <= 100) { // also refuses NaN
			return fmt.Errorf("%q is no share of the requests, such as 5%%", s)
		}
		r.share = percent / 100
		return nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(s, "x"))
	if err != nil || n < 1 || !strings.HasPrefix(s, "x") {
		return fmt.Errorf("%q is not how often, such as x3", s)
	}
	r.times = n
	return nil
}

// causedFaults are the answers that rules can ask for, with the codes of FACTS §0.8.
var causedFaults = map[int]func() *fault{
	400: func() *fault { return badRequest() },
	401: func() *fault { return unauthorized() },
	403: func() *fault {
		return made(403, 403002, "IotHubQuotaExceeded", "Total number of messages on IotHub exceeded the allocated quota")
	},
	404: func() *fault { return notFound("") },
	408: func() *fault { return made(408, 408000, "RequestTimeout", "Request timed out") }, // unverified
	409: func() *fault { return made(409, 409002, "LinkCreationConflict", "Conflict") },
	412: func() *fault { return preconditionFailed("Precondition failed") },
	413: func() *fault { return tooLarge(413001, "MessageTooLarge", "Message too large") },
	429: func() *fault { return throttled("CRUD") },
	500: func() *fault { return made(500, 500001, "ServerError", "An internal error occurred") },
	502: func() *fault { return &fault{status: 502, bare: true} }, // of something in between
	503: func() *fault { return made(503, 503001, "ServiceUnavailable", "Service unavailable") },
	504: func() *fault { return &fault{status: 504, bare: true} },
}

func made(status, code int, name, text string) *fault {
	return &fault{status: status, code: code, name: name, text: text}
}

// faults are the rules that are in force.
type faults struct {
	mu   sync.Mutex
	list []*FaultRule
	rand *rand.Rand // decides which requests a share hits
}

func newFaults(list []*FaultRule, seed uint64) *faults {
	return &faults{list: list, rand: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // not for secrets
}

// next is the first rule that is for a request. Each time it is used counts.
func (f *faults) next(method, path string) *FaultRule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.list {
		if r.times == 0 || r.method != "" && r.method != method || !r.path.MatchString(path) {
			continue
		}
		if r.share < 1 && f.rand.Float64() >= r.share {
			continue
		}
		if r.times > 0 {
			r.times--
		}
		return r
	}
	return nil
}

// disturb does what a rule says before a request is carried out.
func (h *Hub) disturb(ctx context.Context, r *FaultRule) *fault {
	switch {
	case r == nil:
		return nil
	case r.drop:
		panic(http.ErrAbortHandler) // net/http closes the connection without a word
	case r.delay > 0:
		over, stop := h.timeout(r.delay)
		select {
		case <-over:
		case <-ctx.Done():
			stop()
		}
		return nil
	case r.status > 0:
		return causedFaults[r.status]()
	}
	return nil
}
