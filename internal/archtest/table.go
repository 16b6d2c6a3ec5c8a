package archtest

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// everyPackage is the row whose test column holds for all packages.
const everyPackage = "*"

// row says what one package may import.
type row struct {
	imports []string // packages of ours, relative to the module, and third-party modules
	bans    []string // standard library paths
	tests   []string // what its tests may import besides
	why     string
}

// table maps packages, relative to the module, to their rows.
type table map[string]row

// readTable parses arch.txt; the file explains its format.
func readTable(r io.Reader) (table, error) {
	t := table{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := t.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return t, lines.Err()
}

func (t table) add(line string) error {
	columns := strings.Split(line, "|")
	if len(columns) != 4 {
		return fmt.Errorf("got %d columns, want 4: package | imports | in tests | why", len(columns))
	}
	pkg := strings.TrimSpace(columns[0])
	if _, ok := t[pkg]; ok {
		return fmt.Errorf("package %s has two rows", pkg)
	}
	r := row{tests: strings.Fields(columns[2]), why: strings.TrimSpace(columns[3])}
	if r.why == "" {
		return fmt.Errorf("package %s has no reason", pkg)
	}
	for path := range strings.FieldsSeq(columns[1]) {
		if banned, ok := strings.CutPrefix(path, "!"); ok {
			r.bans = append(r.bans, banned)
		} else {
			r.imports = append(r.imports, path)
		}
	}
	t[pkg] = r
	return nil
}

// allows says whether a package may import path, which is relative to the module
// when ours is set.
func (t table) allows(pkg, path string, ours, test bool) bool {
	r := t[pkg]
	switch {
	case ours:
		return path == pkg || slices.Contains(r.imports, path) || test && slices.Contains(r.tests, path)
	case isStandard(path):
		return test || !covers(r.bans, path)
	default:
		return covers(r.imports, path) || test && (covers(r.tests, path) || covers(t[everyPackage].tests, path))
	}
}

// homes lists the packages that may import path outside tests.
func (t table) homes(path string) []string {
	var homes []string
	for pkg, r := range t {
		if covers(r.imports, path) {
			homes = append(homes, pkg)
		}
	}
	slices.Sort(homes)
	return homes
}

// isStandard: the first element of any other path is a domain.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// covers says whether path is one of the roots or lies below one.
func covers(roots []string, path string) bool {
	for _, root := range roots {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}
