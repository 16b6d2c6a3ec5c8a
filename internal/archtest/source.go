package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// source is what the checks want to know of one Go file.
type source struct {
	path      string // slash separated, relative to the module
	pkg       string // its directory
	name      string // in the package clause
	test      bool
	generated bool
	doc       string
	lines     int
	imports   []string
}

// readSources parses the head of every Go file of the module: not below testdata
// and hidden directories, nor in modules of their own.
func readSources(fsys fs.FS) ([]source, error) {
	var sources []source
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipDir(fsys, p):
			return fs.SkipDir
		case d.IsDir() || path.Ext(p) != ".go":
			return nil
		}
		s, err := readSource(fsys, p)
		if err != nil {
			return err
		}
		sources = append(sources, s)
		return nil
	})
	return sources, err
}

func skipDir(fsys fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

func readSource(fsys fs.FS, p string) (source, error) {
	text, err := fs.ReadFile(fsys, p)
	if err != nil {
		return source{}, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return source{}, fmt.Errorf("parse %s: %w", p, err)
	}
	s := source{
		path:      p,
		pkg:       path.Dir(p),
		name:      file.Name.Name,
		test:      strings.HasSuffix(p, "_test.go"),
		generated: ast.IsGenerated(file),
		doc:       file.Doc.Text(),
		lines:     bytes.Count(text, []byte("\n")),
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, fmt.Errorf("read imports of %s: %w", p, err)
		}
		s.imports = append(s.imports, imported)
	}
	return s, nil
}
