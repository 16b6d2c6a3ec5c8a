package remote

import (
	"strings"

	"github.com/twinset/twinset/internal/hub"
)

// withoutThumbprints hides thumbprints that were sent in the text of an error: the
// hub repeats values that it refuses (FACTS §0.9), and they may be known by
// reference only. The client hides keys itself.
func withoutThumbprints(err error, sent ...hub.Authentication) error {
	if err == nil {
		return nil
	}
	var pairs []string
	for _, a := range sent {
		for _, value := range []string{a.X509Thumbprint.Primary, a.X509Thumbprint.Secondary} {
			if value != "" && strings.Contains(err.Error(), value) {
				pairs = append(pairs, value, "(hidden)")
			}
		}
	}
	if pairs == nil {
		return err
	}
	return redacted{cause: err, text: strings.NewReplacer(pairs...).Replace(err.Error())}
}

// redacted is an error with another text.
type redacted struct {
	cause error
	text  string
}

func (r redacted) Error() string { return r.text }

func (r redacted) Unwrap() error { return r.cause }
