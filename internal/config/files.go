package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config/bounded"
	"github.com/twinset/twinset/internal/config/yamlbody"
)

// IsConfigFile tells whether a file of this name belongs to the configuration.
func IsConfigFile(name string) bool {
	return !strings.HasPrefix(name, ".") && hasSuffix(name, ".twin.hcl", ".twin.yaml", ".twin.yml", ".twin.json")
}

// isAutoVars tells whether a file of variables is read without being named.
func isAutoVars(name string) bool {
	return !strings.HasPrefix(name, ".") && hasSuffix(name, ".auto.vars.hcl", ".auto.vars.yaml", ".auto.vars.yml", ".auto.vars.json")
}

func hasSuffix(name string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) && len(name) > len(s) })
}

// parse reads the syntax that the file's name tells.
func parse(name string, src []byte) (*hcl.File, hcl.Diagnostics) {
	switch filepath.Ext(name) {
	case ".yaml", ".yml":
		return yamlbody.Parse(src, name)
	case ".json":
		return yamlbody.ParseJSON(src, name)
	default:
		return bounded.ParseConfig(src, name, hcl.InitialPos)
	}
}

// parse reads a large file block by block, unless it overrides others.
func (l *loader) parse(name string, src []byte) (*hcl.File, hcl.Diagnostics) {
	if len(src) < l.options.splitAbove || isOverride(name) {
		return parse(name, src)
	}
	switch filepath.Ext(name) {
	case ".hcl":
		if d := bounded.Check(src, name); d != nil {
			return &hcl.File{Body: hcl.EmptyBody(), Bytes: src}, hcl.Diagnostics{d}
		}
		if f, diags, ok := parseLarge(name, src); ok {
			return f, diags
		}
	case ".yaml", ".yml":
		if f, ok := parseLargeYAML(name, src); ok {
			return f, nil
		}
	}
	return parse(name, src)
}

// directory reads files of the project, or of a directory that it includes, and
// none outside of it. Each file is read once, so that one evaluation sees one
// content.
type directory struct {
	path string
	sub  string // an included directory, below path; empty for the project's own
	name string // path of an included directory from the project's own, with slashes
	read map[string][]byte
}

func newDirectory(path string) *directory {
	return &directory{path: path, read: map[string][]byte{}}
}

// root opens the directory. What it reads cannot leave it, and an included one
// cannot be outside of path.
func (d *directory) root() (*os.Root, error) {
	root, err := os.OpenRoot(d.path)
	if err != nil || d.sub == "" {
		return root, err
	}
	defer func() { _ = root.Close() }()
	return root.OpenRoot(d.sub)
}

// title is how messages call the directory.
func (d *directory) title() string {
	if d.sub == "" {
		return "the project's directory"
	}
	return fmt.Sprintf("the directory %q", d.name)
}

// local cleans a path that must not lead out of the directory.
func (d *directory) local(name string) (string, error) {
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("the path %q leads out of %s", name, d.title())
	}
	return filepath.Clean(name), nil
}

// list names the files of the directory, sorted.
func (d *directory) list() ([]string, error) {
	root, err := d.root()
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() || IsConfigFile(e.Name()) || isAutoVars(e.Name()) { // reading says what is wrong
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// file reads a file by its path in the directory. Symbolic links must not leave
// it.
func (d *directory) file(name string) ([]byte, error) {
	name, err := d.local(name)
	if err != nil {
		return nil, err
	}
	if b, ok := d.read[name]; ok {
		return b, nil
	}
	root, err := d.root()
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	b, err := readRegular(root, name)
	if err != nil {
		return nil, d.explain(name, err)
	}
	d.read[name] = b
	return b, nil
}

// explain words an error of a file in the directory.
func (d *directory) explain(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return missingFile(fmt.Sprintf("there is no file %q in %s", name, d.title()))
	}
	return fileError(name, err)
}

// fileError words an error without the directory, which differs by machine.
func fileError(name string, err error) error {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missingFile(fmt.Sprintf("there is no file %q in the project's directory", name))
	case errors.As(err, &p):
		return fmt.Errorf("read %s: %w", name, p.Err)
	default:
		return fmt.Errorf("read %s: %w", name, err)
	}
}

func (d *directory) exists(name string) (bool, error) {
	if _, err := d.file(name); err == nil {
		return true, nil
	}
	name, err := d.local(name)
	if err != nil {
		return false, err
	}
	root, err := d.root()
	if err != nil {
		return false, err
	}
	defer func() { _ = root.Close() }()
	info, err := root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, d.explain(name, err)
	}
	return info.Mode().IsRegular(), nil
}

// given reads a file that the user named on the command line. It may be outside
// of the project; a relative path starts at the project's directory.
func (d *directory) given(name string) ([]byte, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.path, path)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missingFile(fmt.Sprintf("there is no file %q", name))
	}
	if err != nil {
		return nil, fileError(name, err)
	}
	return b, nil
}

// text reads a file that must be UTF-8.
func (d *directory) text(name string) (string, error) {
	b, err := d.file(name)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", fmt.Errorf("the file %q is not UTF-8 text", name)
	}
	return string(b), nil
}
