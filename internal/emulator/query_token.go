package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// cursor is where a page ended.
type cursor struct {
	key  string // of the last row, empty when there was none yet; rows that come and go do not shift the next page
	left int    // rows that TOP leaves, 0 without TOP
	idle int    // empty pages since the last row: each has a token of its own, or clients would see a circle
}

var errContinuation = errors.New("continuation of another query")

// makeContinuation also names the query and the page size, since a request must repeat both (FACTS §5). What the
// service's tokens hold is unverified.
func makeContinuation(query string, size int, at cursor) string {
	return base64.RawURLEncoding.EncodeToString([]byte(queryDigest(query, size) + strconv.Itoa(at.left) + ":" + strconv.Itoa(at.idle) + ":" + at.key))
}

// readContinuation returns what makeContinuation was given, if it was for this query and page size.
func readContinuation(token, query string, size, top int) (cursor, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return cursor{}, err
	}
	rest, found := strings.CutPrefix(string(raw), queryDigest(query, size))
	left, rest, _ := strings.Cut(rest, ":")
	idle, key, complete := strings.Cut(rest, ":")
	n, err := strconv.Atoi(left)
	pages, errIdle := strconv.Atoi(idle)
	if !found || !complete || err != nil || errIdle != nil || n < min(1, top) || n > top {
		return cursor{}, errContinuation
	}
	return cursor{key, n, pages}, nil
}

func queryDigest(query string, size int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(size) + " " + query))
	return hex.EncodeToString(sum[:12])
}
