package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// folder is a directory whose files are part of the configuration: the
// project's own, or one that is included.
type folder struct {
	dir    *directory
	scope  *scope // nil for the project's own
	parent *folder
	path   string // in the repository, with slashes
	info   fs.FileInfo
}

// name is the path of a file of the directory, from the project.
func (m *folder) name(file string) string { return path.Join(m.dir.name, file) }

// part is what a directory declares together with those that it includes.
type part struct {
	blocks []*hcl.Block
	large  []*largeFile
}

// labels lists the labels of the blocks of a type, sorted.
func (p *part) labels(blockType string) []string {
	names := map[string]bool{}
	for _, b := range p.blocks {
		if b.Type == blockType && len(b.Labels) > 0 {
			names[b.Labels[0]] = true
		}
	}
	for _, f := range p.large {
		for _, c := range f.devices {
			if blockType == deviceDef.Type {
				names[f.label(c)] = true
			}
		}
	}
	return sortedNames(names)
}

// gather decodes the files of a directory as far as their blocks, those of
// included directories first, and lays override files over all of it.
func (l *loader) gather(m *folder, files []configFile) part {
	var p, own part
	var over []*hcl.Block
	included := map[*folder]hcl.Range{}
	for _, f := range files {
		if large, ok := f.Body.(*largeBody); ok {
			large.file.scope = m.scope
			own.large = append(own.large, large.file)
		}
		content, diags := decode(f.Body, fileDef)
		l.report(diags)
		for _, b := range content.Blocks {
			b.Body = m.scope.body(b.Body)
			switch {
			case !l.allowed(m, f, b):
			case b.Type == includeDef.Type:
				sub := l.include(m, b, included)
				p.blocks, p.large = append(p.blocks, sub.blocks...), append(p.large, sub.large...)
			case f.override:
				over = append(over, b)
			default:
				own.blocks = append(own.blocks, b)
			}
		}
	}
	p.blocks, p.large = append(p.blocks, own.blocks...), append(p.large, own.large...)
	l.override(&p, over)
	return p
}

// allowed refuses blocks that make no sense where they stand.
func (l *loader) allowed(m *folder, f configFile, b *hcl.Block) bool {
	switch {
	case f.override && b.Type == includeDef.Type:
		l.add(errorAt(b.DefRange, "Include in an override file", "An override file changes what other files declare, and includes nothing. Write the include in another file."))
	case m.parent != nil && (b.Type == projectDef.Type || b.Type == environmentDef.Type):
		l.add(errorAt(b.DefRange, "Block of a project only", fmt.Sprintf("This directory is included. It shares profiles, locals, variables, devices, policies and outputs; a block of type %q belongs to the project that includes it.", b.Type)))
	default:
		return true
	}
	return false
}

// include reads another directory. It is read once, even if several directories
// include it; the same one must not do so twice.
func (l *loader) include(from *folder, b *hcl.Block, before map[*folder]hcl.Range) part {
	content, diags := decode(b.Body, includeDef)
	l.report(diags)
	a := content.Attributes["path"]
	text, ok := l.constants().required(a)
	if !ok {
		l.broken = true
		return part{}
	}
	refuse := func(format string, args ...any) part {
		l.broken = true
		l.add(errorAt(a.Expr.Range(), "Invalid include", fmt.Sprintf(format, args...)))
		return part{}
	}
	m, err := l.locate(from, text)
	if err != nil {
		return refuse("%s.", capital(err.Error()))
	}
	if chain := from.cycle(m); chain != "" {
		return refuse("The directory includes itself: %s.", chain)
	}
	if i := slices.IndexFunc(l.folders, m.same); i >= 0 {
		if first, again := before[l.folders[i]]; again {
			return refuse("The directory %q is already included at %s.", text, first)
		}
		before[l.folders[i]] = a.Expr.Range()
		return part{}
	}
	before[m] = a.Expr.Range()
	l.folders = append(l.folders, m)
	m.scope = &scope{dir: m.dir, functions: functions(m.dir)}
	errs := l.found.errors
	files := l.readFiles(m)
	switch {
	case l.found.errors > errs:
		l.broken = true
	case len(files) == 0:
		return refuse("The directory %q holds no file named *.twin.hcl, *.twin.yaml, *.twin.yml or *.twin.json.", text)
	}
	return l.gather(m, files)
}

func (m *folder) same(other *folder) bool { return os.SameFile(m.info, other.info) }

// cycle tells how including a directory leads back to it, if it does.
func (m *folder) cycle(next *folder) string {
	names := []string{next.title()}
	for at := m; at != nil; at = at.parent {
		names = append(names, at.title())
		if at.same(next) {
			slices.Reverse(names)
			return strings.Join(names, " includes ")
		}
	}
	return ""
}

func (m *folder) title() string {
	if m.parent == nil || m.dir.name == "." {
		return "the project's directory"
	}
	return m.dir.name
}

// locate finds the directory that an include names. It must be in the
// repository, symbolic links included.
func (l *loader) locate(from *folder, text string) (*folder, error) {
	if filepath.IsAbs(text) || path.IsAbs(text) || strings.Contains(text, `\`) || filepath.VolumeName(text) != "" {
		return nil, fmt.Errorf("the path %q must be relative to the directory of this file, with slashes", text)
	}
	if err := l.findRepository(); err != nil {
		return nil, err
	}
	home := l.folders[0].path
	if from.parent == nil {
		from = l.folders[0]
	}
	target := path.Join(from.path, text)
	outside := fmt.Errorf("the path %q leads out of %s", text, l.confines())
	if !filepath.IsLocal(filepath.FromSlash(target)) {
		return nil, outside
	}
	root, err := os.OpenRoot(l.repository)
	if err != nil {
		return nil, fmt.Errorf("open the repository: %w", err)
	}
	defer func() { _ = root.Close() }()
	info, err := root.Stat(filepath.FromSlash(target))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no directory %q", text)
	case err != nil && strings.Contains(err.Error(), "escapes"): // os exports no error for it
		return nil, outside
	case err != nil:
		return nil, fileError(text, err)
	case !info.IsDir():
		return nil, fmt.Errorf("the path %q is not a directory", text)
	}
	name, err := filepath.Rel(filepath.FromSlash(home), filepath.FromSlash(target))
	if err != nil {
		return nil, fmt.Errorf("the path %q: %w", text, err)
	}
	dir := newDirectory(l.repository)
	dir.sub, dir.name = filepath.FromSlash(target), filepath.ToSlash(name)
	return &folder{dir: dir, parent: from, path: target, info: info}, nil
}

// findRepository looks for the nearest directory above the project that holds
// .git, and finds the project's place in it.
func (l *loader) findRepository() error {
	if l.repository != "" {
		return nil
	}
	project, err := filepath.Abs(l.dir.path)
	if err == nil {
		project, err = filepath.EvalSymlinks(project)
	}
	if err != nil {
		return fmt.Errorf("find the repository: %w", err)
	}
	info, err := os.Stat(project)
	if err != nil {
		return fmt.Errorf("find the repository: %w", err)
	}
	l.repository = project
	for at := project; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			l.repository, l.isRepository = at, true
			break
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	rel, err := filepath.Rel(l.repository, project)
	if err != nil {
		return fmt.Errorf("find the repository: %w", err)
	}
	l.folders[0].path, l.folders[0].info = filepath.ToSlash(rel), info
	return nil
}

// confines names what an include must stay in.
func (l *loader) confines() string {
	if l.isRepository {
		return "the repository"
	}
	return "the project's directory; what is beside it can be included when both are in one repository (no directory above holds .git)"
}
