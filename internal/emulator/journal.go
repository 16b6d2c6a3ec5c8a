package emulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The journal holds what happened since the snapshot, so that an acknowledged write survives the death of the process:
// a line is handed to the operating system before the write is answered. (It is not synced: a power cut may take the
// last writes along.) A line says what a record is now, or that it is gone, so that replaying lines that the snapshot
// already holds changes nothing. That is what makes replacing the snapshot safe: a new journal is begun, the snapshot
// is written, the old journals are removed; after a crash in between all of them are replayed in order.
const (
	journalPrefix = "journal-"
	journalSuffix = ".ndjson"
	// compactAt is the size in bytes from which a journal is worth a new snapshot.
	compactAt = 16 << 20
)

// journalEntry is a line: exactly one member is set.
type journalEntry struct {
	Policies []policy     `json:"policies,omitempty"` // of a hub without a snapshot
	Put      *savedRecord `json:"put,omitempty"`
	Remove   *removal     `json:"remove,omitempty"`

	Configuration       *savedConfiguration `json:"configuration,omitempty"`
	RemoveConfiguration string              `json:"removeConfiguration,omitempty"`

	Job            *savedJob      `json:"job,omitempty"`
	Transfer       *savedTransfer `json:"transfer,omitempty"`
	RemoveJob      string         `json:"removeJob,omitempty"`
	RemoveTransfer string         `json:"removeTransfer,omitempty"`
}

type removal struct {
	DeviceID string `json:"deviceId"`
	ModuleID string `json:"moduleId,omitempty"`
}

// journal writes entries to a file that is made with the first one. The zero journal, of a hub in memory, drops them.
type journal struct {
	dir      string
	number   int // of the next file
	policies []policy
	file     *os.File
	size     int64
	err      error // sticky: what was answered after it might be lost
}

// put and remove are told by the store, under the hub's lock.
func (j *journal) put(r *record) {
	if j.dir == "" {
		return
	}
	s := r.saved()
	j.write(journalEntry{Put: &s})
}

func (j *journal) remove(r *record) {
	if j.dir != "" {
		j.write(journalEntry{Remove: &removal{r.deviceID, r.moduleID}})
	}
}

func (j *journal) write(e journalEntry) {
	if j.file == nil && j.err == nil {
		j.open()
	}
	if j.err != nil {
		return
	}
	n, err := j.file.Write(append(encode(e), '\n'))
	j.size += int64(n)
	if err != nil {
		j.err = fmt.Errorf("write journal: %w", err)
	}
}

func (j *journal) open() {
	name := filepath.Join(j.dir, journalPrefix+fmt.Sprintf("%08d", j.number)+journalSuffix)
	j.number++
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		j.err = fmt.Errorf("make journal: %w", err)
		return
	}
	j.file = f
	if len(j.policies) > 0 {
		j.write(journalEntry{Policies: j.policies})
	}
}

// rotate ends the file; the next entry begins another.
func (j *journal) rotate() {
	if j.file != nil {
		_ = j.file.Close() // a snapshot is about to hold all of it
	}
	j.file, j.size = nil, 0
}

// journals lists the files of a data directory, oldest first.
func journals(dir string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, journalPrefix+"*"+journalSuffix))
	slices.Sort(names)
	return names, err
}

// nextJournal is the number behind those of the given files.
func nextJournal(names []string) int {
	if len(names) == 0 {
		return 1
	}
	last := filepath.Base(names[len(names)-1])
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(last, journalPrefix), journalSuffix))
	if err != nil {
		return 1
	}
	return n + 1
}

// replay brings a restored snapshot, or an empty hub, up to date.
func (s *saved) replay(names []string) error {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		err = s.replayFile(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("read journal %s: %w (the file is left as it is)", name, err)
		}
	}
	return nil
}

// replayFile leaves out an unfinished last line: whoever sent that write got no answer.
func (s *saved) replayFile(r io.Reader) error {
	lines := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.replayLine(line)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

func (s *saved) replayLine(line []byte) error {
	var e journalEntry
	in := json.NewDecoder(bytes.NewReader(line))
	in.DisallowUnknownFields()
	if err := in.Decode(&e); err != nil {
		return err
	}
	switch {
	case e.Policies != nil:
		s.policies = e.Policies
	case e.Put != nil:
		r, err := e.Put.restore()
		if err != nil {
			return err
		}
		s.store.put(r)
		s.store.newest = max(s.store.newest, r.generation)
	case e.Remove != nil:
		if r := s.store.find(e.Remove.DeviceID, e.Remove.ModuleID); r != nil {
			s.store.remove(r)
		}
	case e.Configuration != nil:
		return s.store.adopt(*e.Configuration)
	case e.RemoveConfiguration != "":
		s.store.removeConfiguration(e.RemoveConfiguration)
	case e.Job != nil || e.Transfer != nil:
		s.store.adoptJobs(savedJobLine{e.Job, e.Transfer})
	case e.RemoveJob != "":
		s.store.removeJob(e.RemoveJob)
	case e.RemoveTransfer != "":
		s.store.removeTransfer(e.RemoveTransfer)
	default:
		return errors.New("an entry without content")
	}
	return nil
}

// removeFiles removes journals that a snapshot has replaced.
func removeFiles(names []string) error {
	var errs []error
	for _, name := range names {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
