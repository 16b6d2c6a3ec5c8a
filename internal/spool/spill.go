package spool

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

const writeBuffer = 256 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// run is a sorted stretch of a spill file. What it should contain is kept in
// memory: the file is read by nobody else and does not outlive the process.
type run struct {
	offset  int64
	size    int64
	records int
	sum     uint32 // CRC-32C of the stretch
}

// spillFile holds many runs one behind the other, so that the number of runs
// costs no file descriptors.
type spillFile struct {
	file *os.File
	dir  string // private, holds the file's name; empty once both are gone
	w    *bufio.Writer
	end  int64
	cur  run // being written
}

// flush writes the buffer as a sorted run and empties it.
func (s *Sorter) flush() error {
	if len(s.buf.refs) == 0 {
		return nil
	}
	r, err := s.writeBuffer()
	if err != nil {
		s.err = err
		return err
	}
	s.runs = append(s.runs, r)
	s.buf.reset()
	return nil
}

func (s *Sorter) writeBuffer() (run, error) {
	if s.spill == nil {
		var err error
		if s.spill, err = s.newSpill(); err != nil {
			return run{}, err
		}
	}
	s.buf.sort()
	for _, r := range s.buf.refs {
		if err := s.spill.append(s.buf.encoded(r)); err != nil {
			return run{}, s.spillError(err)
		}
	}
	r, err := s.spill.endRun()
	if err != nil {
		return run{}, s.spillError(err)
	}
	return r, nil
}

// newSpill creates the next spill file in a private directory, and takes both
// names away at once where the system allows it for a file in use: then nothing is
// left behind whatever ends the process. Where it does not (Windows), they are
// removed with the file.
func (s *Sorter) newSpill() (*spillFile, error) {
	dir, err := os.MkdirTemp(s.dir, "twinset-spool-")
	if err != nil {
		return nil, s.spillError(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "runs"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, s.spillError(errors.Join(err, os.Remove(dir)))
	}
	spill := &spillFile{file: f, w: bufio.NewWriterSize(f, writeBuffer), dir: dir}
	if err := os.RemoveAll(dir); err == nil {
		spill.dir = ""
	}
	return spill, nil
}

// spillError names the directory, because the usual reason is that it is full.
func (s *Sorter) spillError(err error) error {
	return fmt.Errorf("sort on disk in %s: %w", s.dir, err)
}

func (f *spillFile) append(encoded []byte) error {
	f.cur.size += int64(len(encoded))
	f.cur.records++
	f.cur.sum = crc32.Update(f.cur.sum, castagnoli, encoded)
	_, err := f.w.Write(encoded)
	return err
}

// endRun makes the run readable and returns it.
func (f *spillFile) endRun() (run, error) {
	if err := f.w.Flush(); err != nil {
		return run{}, err
	}
	r := f.cur
	r.offset = f.end
	f.end += r.size
	f.cur = run{}
	return r, nil
}

// remove closes the file, which frees its space, and removes what still has a name.
func (f *spillFile) remove() error {
	err := f.file.Close()
	if f.dir != "" {
		err = errors.Join(err, os.RemoveAll(f.dir))
	}
	return err
}
