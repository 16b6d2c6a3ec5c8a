package hub

import (
	"errors"
	"strings"
)

// ETag is the version of an identity or twin, held without quotes as response
// bodies show it. It is opaque.
type ETag string

// Any matches whatever version there is, but not absence: an update or delete of
// a missing object stays a 404 (FACTS §1.3).
const Any ETag = "*"

// header is the quoted form, which every kind of object accepts, the star too:
// twins ignore an unquoted ETag (FACTS §1.3, §4.3, §12).
func (e ETag) header() string { return `"` + strings.Trim(string(e), `"`) + `"` }

// check refuses what cannot stand in a header, before a transport trips over it
// on every try.
func (e ETag) check() error {
	for _, r := range e {
		if r < ' ' || r > '~' {
			return errors.New("the ETag has characters that no ETag has")
		}
	}
	return nil
}
