package hubtest_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/twinset/twinset/internal/emulator"
)

// operations notes which operations the facts ask for.
type operations struct {
	mu    sync.Mutex
	seen  map[string]bool // METHOD /path
	facts int
}

func (o *operations) observe(e emulator.Exchange) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen[e.Method+" "+e.Path] = true
}

func (o *operations) ran() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.facts++
}

// unasked are the operations that the documentation calls emulated and that no fact is about. The emulator's own are
// not the service's.
func (o *operations) unasked(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z]+ /[^`$]*)` \\| [A-Z]").FindAllSubmatch(page, -1) {
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(string(row[1])), `\{\}`, "[^/]+") + "/?$")
		left[string(row[1])] = true
		for asked := range o.seen {
			if pattern.MatchString(asked) {
				delete(left, string(row[1]))
				break
			}
		}
	}
	return slices.Sorted(maps.Keys(left))
}
