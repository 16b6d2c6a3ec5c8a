package config

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/inorder"
)

// Diagnostics is what is wrong with a configuration, or worth a warning. Only
// this package knows the language behind it.
type Diagnostics = hcl.Diagnostics

// Sources are the files that diagnostics refer to, by name.
type Sources = map[string]*hcl.File

// FileOf is the source of one file that belongs to no project, for
// WriteDiagnostics.
func FileOf(name string, src []byte) Sources {
	return Sources{name: {Bytes: src}}
}

// configFile is a configuration file that could be parsed.
type configFile struct {
	*hcl.File
	override bool
}

// readFiles parses every configuration file of a directory, on all cores. Syntax errors
// are reported; what could be read is returned.
func (l *loader) readFiles(m *folder) []configFile {
	names, err := m.dir.list()
	if err != nil {
		l.add(errorNowhere("Cannot read the project", fmt.Sprintf("%s cannot be read: %s.", capital(m.title()), err)))
		return nil
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !IsConfigFile(name) })
	sources := func(yield func(source, error) bool) {
		for _, name := range names {
			src, err := m.dir.file(name)
			if !yield(source{name: m.name(name), override: isOverride(name), src: src, err: err}, nil) {
				return
			}
		}
	}
	parse := func(_ context.Context, s source) (parsedFile, error) { return l.parsed(s), nil }
	var files []configFile
	for f := range inorder.Map(context.Background(), inorder.Cores(), inorder.Given(sources), parse) { //nolint:errcheck // what is wrong with a file is a part of what is parsed
		if file := l.keep(f); file != nil {
			files = append(files, configFile{file, f.override})
		}
	}
	return files
}

// readFile reads and parses one file by the given way of reading.
func (l *loader) readFile(name string, read func(string) ([]byte, error)) *hcl.File {
	src, err := read(name)
	return l.keep(l.parsed(source{name: name, src: src, err: err}))
}

// source is the text of a file, or why there is none.
type source struct {
	name     string
	override bool
	src      []byte
	err      error
}

// parsedFile is a source with what it means.
type parsedFile struct {
	source
	file  *hcl.File
	diags hcl.Diagnostics
}

// parsed changes nothing of the loader: several files are parsed at once.
func (l *loader) parsed(s source) parsedFile {
	out := parsedFile{source: s}
	if s.err == nil {
		out.file, out.diags = l.parse(s.name, s.src)
	}
	return out
}

// keep notes a file and reports what is wrong with it.
func (l *loader) keep(f parsedFile) *hcl.File {
	if f.err != nil {
		l.add(cannotRead(f.name, f.err))
		return nil
	}
	l.files[f.name] = &hcl.File{Bytes: f.src}
	if f.file != nil {
		l.files[f.name] = f.file
	}
	l.report(f.diags)
	return f.file
}
