package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/schema"
)

// openJournal opens the record of a plan's execution, which is named after the
// plan's content, and begins a run in it. Only with resume is an earlier record
// taken into account.
func (g *global) openJournal(e execution, resume bool) (*apply.Journal, func(), error) {
	if !e.summary.Counts.Any() {
		return nil, func() {}, nil
	}
	id, err := applyID(e.file)
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(g.journals(), 0o755); err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	f, err := os.OpenFile(g.journalFile(id), os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	size, err := endLine(f)
	switch {
	case err != nil:
		err = fmt.Errorf("open journal: %w", err)
	case resume && size == 0:
		err = errors.Join(fmt.Errorf("--resume: there is no record of an earlier apply of %s", e.file), os.Remove(f.Name()))
	}
	var j *apply.Journal
	if err == nil {
		var earlier io.Reader
		if resume {
			earlier = io.NewSectionReader(f, 0, size)
		}
		j, err = apply.NewJournal(earlier, f)
	}
	if err == nil {
		h := e.header
		err = j.Begin(apply.Begun{Apply: id, Project: h.Project, Environment: h.Environment, Owner: h.Owner, Hub: h.Hub, At: g.env.Now().UTC().Format(schema.ActivityTime)})
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return j, func() { _ = f.Close() }, nil
}

// endLine ends a last line that was cut off by a crash: what is appended must not
// become part of it. It returns the size of the file.
func endLine(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return 0, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return info.Size(), err
	}
	_, err = f.WriteString("\n")
	return info.Size() + 1, err
}

// journals is where the records of applies are.
func (g *global) journals() string { return filepath.Join(g.dir(), ".twinset", "journal") }

func (g *global) journalFile(id string) string { return filepath.Join(g.journals(), id+".ndjson") }

// applyID names the execution of a plan, after the plan's content: its journal and
// its backups are found by it.
func applyID(planFile string) (string, error) {
	f, err := os.Open(planFile)
	if err != nil {
		return "", fmt.Errorf("open plan: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read plan: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}
