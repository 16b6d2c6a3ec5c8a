package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
)

// openJournal opens the record of a plan's execution, which is named after the
// plan's content. Only with resume is an earlier record taken into account.
func (g *global) openJournal(planFile string, resume bool, changes plan.Counts) (*apply.Journal, func(), error) {
	if !changes.Any() {
		return nil, func() {}, nil
	}
	id, err := applyID(planFile)
	if err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(g.dir(), ".twinset", "journal")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	name := filepath.Join(dir, id+".ndjson")
	var earlier io.Reader
	if resume {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("--resume: there is no record of an earlier apply of %s: %w", planFile, err)
		}
		earlier = bytes.NewReader(text)
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	j, err := apply.NewJournal(earlier, f)
	return j, func() { _ = f.Close() }, err
}

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
