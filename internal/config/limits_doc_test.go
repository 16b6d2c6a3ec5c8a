package config

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/twinset/twinset/internal/config/bounded"
)

// The page about files tells the limits that the code has.
func TestLimitsPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/language/files.md")
	if err != nil {
		t.Fatal(err)
	}
	_, limits, _ := strings.Cut(string(page), "\n## Limits\n")
	for _, want := range []string{
		fmt.Sprintf("| configuration file | %d MB,", bounded.MaxFile>>20),
		fmt.Sprintf("reads as text | %d MB;", maxData>>20),
		fmt.Sprintf("| nesting of values | %d levels |", bounded.MaxDepth),
		fmt.Sprintf("| name or key | %d bytes |", bounded.MaxName),
		fmt.Sprintf("| %d MB, %d members |", maxMadeText>>20, maxMadeValues),
		fmt.Sprintf("| %d of a project, %d of a kind in a file |", maxFindings, bounded.MaxErrors),
	} {
		if !strings.Contains(limits, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
