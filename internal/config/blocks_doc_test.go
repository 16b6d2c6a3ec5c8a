package config

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const blocksPage = "../../docs/language/blocks.md"

// blockTable is a table of the page with the mark before it that names its block.
var blockTable = regexp.MustCompile(`(?m)^<!-- block: ([a-z_.]+) -->\n((?:\|.*\n)*)`)

// The reference page of the blocks has a table for every block of the grammar,
// and each table says what the grammar says. With -update they are rewritten.
func TestBlocksPage(t *testing.T) {
	t.Parallel()
	rows := map[string]*blockDef{}
	collectRows(rows, "", fileDef)
	page, err := os.ReadFile(blocksPage)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	out := blockTable.ReplaceAllFunc(page, func(part []byte) []byte {
		m := blockTable.FindSubmatch(part)
		name := string(m[1])
		d, ok := rows[name]
		switch {
		case !ok:
			t.Errorf("the page has a table for %q, which is no block", name)
			return part
		case seen[name]:
			t.Errorf("the page has two tables for %q", name)
		}
		seen[name] = true
		return fmt.Appendf(nil, "<!-- block: %s -->\n%s", name, d.table())
	})
	for name := range rows {
		if !seen[name] {
			t.Errorf("the page has no table for the block %q: add <!-- block: %s --> and run the test with -update", name, name)
		}
	}
	switch {
	case bytes.Equal(page, out):
	case *update:
		if err := os.WriteFile(blocksPage, out, 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("tables of %s differ from the grammar; run the test with -update (-page +grammar):\n%s", blocksPage, cmp.Diff(string(page), string(out)))
	}
}

// collectRows names every supported block by its path. Blocks that stand in
// several places are listed once, by their type alone.
func collectRows(rows map[string]*blockDef, path string, d *blockDef) {
	for _, b := range d.Blocks {
		name := b.Type
		if path != "" && b != authDef && b != lifecycleDef && b != moduleDef && b != policyDef && b != manifestDef {
			name = path + "." + b.Type
		}
		if slices.Contains(manifestBlocks(), b) {
			name = manifestDef.Type + "." + b.Type
		}
		if rows[name] == b || b.Free {
			continue
		}
		rows[name] = b
		collectRows(rows, name, b)
	}
}

func (d *blockDef) table() string {
	var b strings.Builder
	b.WriteString("| Name | Type | Meaning |\n|---|---|---|\n")
	for _, a := range d.Args {
		kind, doc := a.Type, a.Doc
		if a.Required {
			kind += ", required"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", a.Name, kind, strings.ReplaceAll(doc, "|", `\|`))
	}
	for _, sub := range d.Blocks {
		header := sub.Type
		if sub.Label != "" {
			header += " " + strings.ToUpper(sub.Label)
		}
		fmt.Fprintf(&b, "| `%s` | block | %s |\n", header, sub.Doc)
	}
	return b.String()
}
