package hubtest_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/internal/hubtest"
)

var update = flag.Bool("update", false, "rewrite docs/emulator-facts.md")

const pageHead = `# Facts about the service

What the embedded hub and the tests hold to be so about IoT Hub, numbered. Each is checked against the embedded hub by
%[1]sgo test ./internal/hubtest/%[1]s, and against a real one with %[1]s-hub%[1]s ([how](emulator.md#checking-it-against-a-real-hub)). "FACTS" is the section of
the collection that the statement comes from. "Choice" is a statement that nobody could verify on the service: there
the embedded hub does what seemed most careful, and a real hub may differ.

%[2]d facts, %[3]d of them choices.

| number | statement | FACTS | |
|---|---|---|---|
`

// The page of facts is made from the facts.
func TestFactsAreDocumented(t *testing.T) {
	t.Parallel()
	const page = "../../docs/emulator-facts.md"
	want := factsPage()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s (-facts +page); go test ./internal/hubtest -run Documented -update rewrites it:\n%s", page, diff)
	}
}

func factsPage() string {
	var rows strings.Builder
	choices := 0
	all := hubtest.All()
	for _, f := range all {
		mark := ""
		if f.Unverified {
			choices++
			mark = "choice "
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s|\n", f.ID, strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;").Replace(f.Title), f.Source, mark)
	}
	return fmt.Sprintf(pageHead, "`", len(all), choices) + rows.String()
}
