package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
)

// table is the rows of a file.
type table struct {
	dir    *directory
	path   string
	format rowFormat
	keyed  bool
}

// rows reads the table from its beginning. Rows that repeat a key are an error,
// which comes last. A table without rows is an error too: an empty inventory
// would silently be an empty fleet.
func (t table) rows(take func(cells) bool) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		seen, count := newKeySet(), 0
		for r, err := range t.read(take) {
			if err == nil && t.keyed {
				seen.add(r.key)
			}
			if !yield(r, err) || err != nil {
				return
			}
			count++
		}
		if count == 0 {
			yield(row{}, fmt.Errorf("the file %q has no data row, which would be an empty fleet", t.path))
			return
		}
		if err := t.repeats(seen.repeated()); err != nil {
			yield(row{}, err)
		}
	}
}

// repeats reads the table a second time if there may be rows that repeat a key,
// and says which.
func (t table) repeats(suspect func(key string) bool) error {
	if suspect == nil {
		return nil
	}
	lines := map[string]int{}
	var first error
	more := 0
	for r, err := range t.read(nil) {
		switch {
		case err != nil:
			return err
		case !suspect(r.key):
			continue
		}
		line, again := lines[r.key]
		switch {
		case !again:
			lines[r.key] = r.line
		case first == nil:
			first = fmt.Errorf("the key %q is in line %d of %s and again in line %d", r.key, line, t.path, r.line)
		default:
			more++
		}
	}
	if more > 0 {
		return fmt.Errorf("%w (rows that repeat a key: %d)", first, more+1)
	}
	return first
}

// read opens the file and returns its rows as they are.
func (t table) read(take func(cells) bool) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		f, err := t.dir.open(t.path)
		if err != nil {
			yield(row{}, err)
			return
		}
		defer func() { _ = f.Close() }()
		for r, err := range t.format.rows(&rowLimit{r: f}, take) {
			if err != nil {
				yield(row{}, t.explain(err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// open opens a file of the project as file does, but to be read bit by bit.
func (d *directory) open(name string) (io.ReadCloser, error) {
	name, err := d.local(name)
	if err != nil {
		return nil, err
	}
	root, err := d.root()
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	f, err := openRegular(root, name)
	if err != nil {
		return nil, d.explain(name, err)
	}
	return f, nil
}

// lineError is a mistake in a line of a table.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

func (t table) explain(err error) error {
	var at *lineError
	var p *fs.PathError
	switch {
	case errors.As(err, &at):
		return fmt.Errorf("line %d of %s: %w", at.line, t.path, at.err)
	case errors.As(err, &p):
		return fileError(t.path, err)
	default:
		return fmt.Errorf("%s: %w", t.path, err)
	}
}

// rowLimit ends a file at a line that is too long.
type rowLimit struct {
	r    io.Reader
	line int // bytes since the last line break
}

var errLongRow = fmt.Errorf("a line is longer than %d MiB", maxRow>>20)

func (l *rowLimit) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for _, c := range p[:n] {
		l.line++
		if c == '\n' {
			l.line = 0
		}
		if l.line > maxRow {
			return 0, errLongRow
		}
	}
	return n, err
}
