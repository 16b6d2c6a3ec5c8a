package archtest

import (
	"os"
	"strings"
	"testing"
)

const module = "github.com/twinset/twinset"

// TestArchitecture holds this module to arch.txt.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	f, err := os.Open("arch.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rules, err := readTable(f)
	if err != nil {
		t.Fatalf("arch.txt: %v", err)
	}
	root := os.DirFS("../..")
	mod, err := os.ReadFile("../../go.mod")
	if err != nil || !strings.HasPrefix(string(mod), "module "+module+"\n") {
		t.Fatalf("this test checks %s, but go.mod says otherwise (error %v)", module, err)
	}
	sources, err := readSources(root)
	if err != nil {
		t.Fatal(err)
	}
	// A file over the limit is listed here with the reason why it cannot be split.
	longFiles := map[string]string{}

	for _, check := range []struct {
		name     string
		problems []string
	}{
		{"imports", checkImports(module, rules, sources)},
		{"every package has a row", checkListed(rules, sources)},
		{"package docs", checkDocs(sources)},
		{"file sizes", checkSizes(sources, longFiles)},
	} {
		t.Run(check.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range check.problems {
				t.Error(p)
			}
		})
	}
}
