package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said collects the summaries that source code can give: the arguments and
// results that are named summary, and the fields of that name.
type said struct {
	dir       string
	positions map[string]int  // of the parameter named summary, by directory and name of the function
	literal   map[string]bool // summaries
	prefix    map[string]bool // beginnings of summaries whose end is computed
}

func parseSaid(t *testing.T, dirs ...string) *said {
	t.Helper()
	s := &said{positions: map[string]int{}, literal: map[string]bool{}, prefix: map[string]bool{}}
	for _, dir := range dirs {
		var files []*ast.File
		s.dir = dir
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") || filepath.Base(name) == "catalog.go" {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		for _, f := range files {
			ast.Inspect(f, s.declaration)
		}
		for _, f := range files {
			ast.Inspect(f, s.use)
		}
	}
	return s
}

// declaration notes functions that take a summary, or return one.
func (s *said) declaration(n ast.Node) bool {
	d, ok := n.(*ast.FuncDecl)
	if !ok {
		return true
	}
	if i := named(d.Type.Params, "summary"); i >= 0 {
		s.positions[s.dir+d.Name.Name] = i
	}
	if i := named(d.Type.Results, "summary"); i >= 0 {
		ast.Inspect(d.Body, func(n ast.Node) bool {
			if r, ok := n.(*ast.ReturnStmt); ok && i < len(r.Results) {
				s.add(r.Results[i])
			}
			return true
		})
	}
	return true
}

func named(fields *ast.FieldList, name string) int {
	if fields == nil {
		return -1
	}
	i := 0
	for _, f := range fields.List {
		for _, n := range f.Names {
			if n.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

func (s *said) use(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Summary" {
			s.add(n.Value)
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == "Summary" && i < len(n.Rhs) {
				s.add(n.Rhs[i])
			}
		}
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if i, ok := s.positions[s.dir+name]; ok && i < len(n.Args) {
			s.add(n.Args[i])
		}
		if name == "duplicate" {
			s.text("Duplicate ", n.Args[0])
		}
	}
	return true
}

func (s *said) add(e ast.Expr) { s.text("", e) }

func (s *said) text(before string, e ast.Expr) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && text != "" {
			s.literal[before+text] = true
		}
	case *ast.BinaryExpr:
		left := e
		for {
			inner, ok := left.X.(*ast.BinaryExpr)
			if !ok {
				break
			}
			left = inner
		}
		if lit, ok := left.X.(*ast.BasicLit); ok {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				s.prefix[before+text] = true
			}
		}
	}
}

// sayers are the packages whose diagnostics people see under validate, test and
// convert.
var sayers = []string{".", "bounded", "yamlbody", "testfile", "convert", "../../schema"}

func TestCatalogIsComplete(t *testing.T) {
	t.Parallel()
	s := parseSaid(t, sayers...)
	if len(s.literal) < 50 {
		t.Fatalf("got %d summaries from the sources, want many", len(s.literal))
	}
	for _, summary := range sortedNames(s.literal) {
		if _, ok := catalogEntry(summary); !ok {
			t.Errorf("%q has no entry in the catalog: say there what it means and how it is mended", summary)
		}
	}
	known := catalogSummaries()
	for _, prefix := range sortedNames(s.prefix) {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, prefix) }) {
			t.Errorf("no entry of the catalog begins with %q", prefix)
		}
	}
}

func catalogSummaries() []string {
	var list []string
	for _, c := range catalog() {
		for _, e := range c.Entries {
			list = append(list, e.Summary)
		}
	}
	return list
}

var shown = regexp.MustCompile(`(?m)^(?:Error|Warning): (.+)$`)

// Every kind of diagnostic has a golden, and every golden a kind.
func TestCatalogHasGoldens(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, pattern := range []string{"testdata/parity/*.txtar", "testdata/nowhere/*.txt", "testfile/testdata/*.txtar", "convert/testdata/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range shown.FindAllStringSubmatch(string(b), -1) {
				seen[m[1]] = true
			}
		}
	}
	known := catalogSummaries()
	for _, summary := range known {
		if _, never := unreachable[summary]; !seen[summary] && !never {
			t.Errorf("%q is in no golden: add a case to testdata/parity, testfile/testdata or convert/testdata", summary)
		}
	}
	for _, summary := range sortedNames(seen) {
		if !slices.Contains(known, summary) {
			t.Errorf("%q is in a golden and not in the catalog", summary)
		}
	}
}

// unreachable are kinds that no golden shows. No file can bring them about,
// because they guard against other ways to the same code, or only one that is too
// large for a golden.
var unreachable = map[string]string{
	"File too large":          "64 MB: see TestHostile",
	"Configuration too large": "12 million tokens: see TestHostile",
	"Expression too long":     "thousands of operators: see TestHostile",
	"Too many mistakes":       "more than a thousand of them: see TestTooManyMistakes",
	"Name too long":           "thousands of bytes: see TestHostile",

	"Conversion failed": "the output was wrong: FuzzConvert looks for such files",
	"Unreadable file":   "the parser gave a body of another syntax",

	"Invalid UTF-8":  "files that are not UTF-8 are refused, and functions return text that is",
	"Invalid object": "what cannot be written as a document was refused by validation before",
}

// Where there is no project there is no file to point at.
func TestNowhere(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"no-files": t.TempDir(), "no-directory": filepath.Join(t.TempDir(), "fleet")} {
		c, _ := Load(dir, Options{})
		got := strings.ReplaceAll(diagnosticText(t, c.Files(), c.Check()), dir, "DIR")
		golden := filepath.Join("testdata", "nowhere", name+".txt")
		if *update {
			writeFile(t, golden, []byte(got))
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

const (
	guide     = "../../docs/diagnostics.md"
	listStart = "<!-- The list below is written from the catalog in internal/config: make update -->\n"
)

// The list in the guide is the catalog.
func TestGuideListsCatalog(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, got, ok := strings.Cut(string(text), listStart)
	if !ok {
		t.Fatalf("%s has no list", guide)
	}
	want := catalogText()
	if *update {
		writeFile(t, guide, []byte(before+listStart+want))
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the list in the guide is not the catalog; run make update (-want +got):\n%s", diff)
	}
}

func catalogText() string {
	var b strings.Builder
	for _, c := range catalog() {
		b.WriteString("\n## " + c.Title + "\n")
		for _, e := range c.Entries {
			b.WriteString("\n### " + e.Summary + "\n\n" + e.Means + " " + e.Mend + "\n")
		}
	}
	return b.String()
}

// Every entry has an anchor of its own, and says what is wrong and what to do
// in sentences.
func TestCatalogEntries(t *testing.T) {
	t.Parallel()
	ids := map[string]string{}
	for _, c := range catalog() {
		for _, e := range c.Entries {
			if other, again := ids[ruleID(e.Summary)]; again {
				t.Errorf("%q and %q share the id %s", other, e.Summary, ruleID(e.Summary))
			}
			ids[ruleID(e.Summary)] = e.Summary
			if !strings.HasSuffix(e.Means, ".") || !strings.HasSuffix(e.Mend, ".") || strings.HasSuffix(e.Summary, ".") {
				t.Errorf("%q: the meaning and the remedy are sentences, the summary is none", e.Summary)
			}
		}
	}
}
