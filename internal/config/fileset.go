package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// maxVisited is how many files and directories one look for files may come
// across. It is more than any repository has, and a few seconds.
const maxVisited = 1_000_000

// matching lists the regular files below a directory whose path from there
// matches, in order of their names. Links to directories are not followed.
func (d *directory) matching(below string, match *regexp.Regexp) ([]string, error) {
	below, err := d.local(below)
	if err != nil {
		return nil, err
	}
	root, err := d.root()
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	start := filepath.ToSlash(below)
	if info, err := root.Stat(below); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("there is no directory %q in %s", start, d.title())
	}
	var names []string
	visited := 0
	err = fs.WalkDir(root.FS(), start, func(p string, e fs.DirEntry, err error) error {
		if visited++; visited > maxVisited {
			return fmt.Errorf("there are more than %d files below %q", maxVisited, start)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p, start), "/")
		if start == "." {
			name = p
		}
		switch {
		case err != nil:
			return d.explain(p, err)
		case e.IsDir() || !match.MatchString(name):
			return nil
		}
		info, err := root.Stat(filepath.FromSlash(p))
		switch {
		case errors.Is(err, fs.ErrNotExist): // a link that leads nowhere
			return nil
		case err != nil:
			return d.explain(p, err)
		case info.Mode().IsRegular():
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// globPattern translates a pattern of paths: * and ? stand for what holds no
// slash, ** for any number of directories, [a-z] for one of these characters and
// {a,b} for one of these words.
func globPattern(glob string) (*regexp.Regexp, error) {
	if len(glob) > maxPattern {
		return nil, fmt.Errorf("a pattern may have %d bytes", maxPattern)
	}
	if path.IsAbs(glob) || strings.HasPrefix(glob, "../") || strings.Contains(glob, "/../") || strings.HasSuffix(glob, "/..") || glob == ".." {
		return nil, fmt.Errorf("the pattern %q leads out of the directory", glob)
	}
	var b strings.Builder
	b.WriteString(`\A`)
	words := 0
	for rest := glob; rest != ""; {
		text, n := globPart(rest, &words, b.Len() == len(`\A`) || glob[len(glob)-len(rest)-1] == '/')
		if n == 0 {
			return nil, fmt.Errorf("the pattern %q is not complete at %q", glob, rest)
		}
		b.WriteString(text)
		rest = rest[n:]
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	if err != nil || words != 0 {
		return nil, fmt.Errorf("the pattern %q is not complete: brackets and braces must be closed", glob)
	}
	return re, nil
}

// globPart translates the first part of a pattern, and tells how long it is; 0
// means that it is not complete. words counts open braces, first is set at the
// beginning of a name.
func globPart(glob string, words *int, first bool) (text string, n int) {
	switch c := glob[0]; {
	case first && strings.HasPrefix(glob, "**/"):
		return `(?:[^/]+/)*`, 3
	case first && glob == "**":
		return `.*`, 2
	case c == '*':
		return `[^/]*`, 1
	case c == '?':
		return `[^/]`, 1
	case c == '[':
		return globClass(glob)
	case c == '{':
		*words++
		return `(?:`, 1
	case c == '}' && *words > 0:
		*words--
		return `)`, 1
	case c == ',' && *words > 0:
		return `|`, 1
	case c == '\\' && len(glob) > 1:
		return regexp.QuoteMeta(glob[1:2]), 2
	default:
		end := max(strings.IndexAny(glob[1:], `*?[{},\`)+1, 0)
		if end == 0 {
			end = len(glob)
		}
		if slash := strings.IndexByte(glob, '/'); slash >= 0 {
			end = min(end, slash+1)
		}
		return regexp.QuoteMeta(glob[:end]), end
	}
}

// globClass translates [abc], [a-z] and [!a].
func globClass(glob string) (text string, n int) {
	end := strings.IndexByte(glob[1:], ']') + 1
	if end < 2 {
		return "", 0
	}
	inside, not := glob[1:end], ""
	if inside[0] == '!' || inside[0] == '^' {
		inside, not = inside[1:], "^/"
	}
	if inside == "" || strings.ContainsAny(inside, `[/\`) {
		return "", 0
	}
	return "[" + not + strings.ReplaceAll(inside, "^", `\^`) + "]", end + 1
}
