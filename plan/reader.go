package plan

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
)

// ErrDamaged is behind every error about a plan file that is not as it was
// written.
var ErrDamaged = errors.New("the plan file is damaged; make a new plan")

// maxLine bounds a line of a plan file. The largest change holds both sections of
// a twin before and after, some 100 KB.
const maxLine = 16 << 20

// Reader reads a plan file line by line.
type Reader struct {
	r       *bufio.Reader
	last    []byte    // the line that was read last
	sum     hash.Hash // of the lines before it
	header  Header
	summary *Summary
	created string
	changes int
}

// NewReader reads the header. Use [Verify] on the whole file before anything is
// executed from it.
func NewReader(r io.Reader) (*Reader, error) {
	pr := &Reader{r: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	line, err := pr.line()
	if err != nil {
		return nil, errors.New("this is not a plan file: it has no first line")
	}
	if err := json.Unmarshal(line, &pr.header); err != nil || pr.header.Format == 0 {
		return nil, errors.New("this is not a plan file: its first line is not the header of one")
	}
	if pr.header.Format != FormatVersion {
		return nil, fmt.Errorf("the plan file has format %d, written by twinset %s; this program reads format %d", pr.header.Format, pr.header.Tool, FormatVersion)
	}
	return pr, nil
}

// Trust leaves out the digest of a file that was verified before.
func (r *Reader) Trust() { r.sum = nil }

// Header is the first line.
func (r *Reader) Header() Header { return r.header }

// Summary is known when Changes has ended.
func (r *Reader) Summary() Summary {
	if r.summary == nil {
		return Summary{}
	}
	return *r.summary
}

// Created is the time of the plan in RFC 3339, known when Changes has ended.
func (r *Reader) Created() string { return r.created }

// Changes yields the changes in order, and an error when the file was truncated
// or edited: that is known only at its end.
func (r *Reader) Changes() iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for {
			c, more, err := r.next()
			if err != nil {
				yield(Change{}, err)
				return
			}
			if !more || !yield(c, nil) {
				return
			}
		}
	}
}

func (r *Reader) next() (Change, bool, error) {
	line, err := r.change()
	if line == nil || err != nil {
		return Change{}, false, err
	}
	c, err := decodeChange(line)
	if err != nil {
		return Change{}, false, fmt.Errorf("%w (change %d cannot be read)", ErrDamaged, r.changes)
	}
	return c, true, nil
}

// change is the next change's line, or nil when the file has ended as it should.
func (r *Reader) change() ([]byte, error) {
	for {
		line, err := r.line()
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w (it ends after %d changes without its last line)", ErrDamaged, r.changes)
		case r.summary != nil:
			return nil, r.end(line)
		case !bytes.HasPrefix(line, []byte(`{"summary":`)):
			r.changes++
			return line, nil
		}
		var s summaryLine
		if err := json.Unmarshal(line, &s); err != nil || s.Summary == nil {
			return nil, fmt.Errorf("%w (its summary cannot be read)", ErrDamaged)
		}
		r.summary = s.Summary
	}
}

// end checks the trailer against what was read.
func (r *Reader) end(line []byte) error {
	var t trailerLine
	if err := json.Unmarshal(line, &t); err != nil || t.Trailer == nil {
		return fmt.Errorf("%w (its last line cannot be read)", ErrDamaged)
	}
	if t.Trailer.Changes != r.changes || r.sum != nil && t.Trailer.SHA256 != hex.EncodeToString(r.sum.Sum(nil)) {
		return fmt.Errorf("%w (its digest does not match: it was edited after it was written)", ErrDamaged)
	}
	if _, err := r.r.ReadByte(); err != io.EOF {
		return fmt.Errorf("%w (there is text after its last line)", ErrDamaged)
	}
	r.created = t.Trailer.Created
	return nil
}

// line reads one line with its newline. It is good until the next one, which adds
// it to the digest: of the last line, that is the digest of all before it.
func (r *Reader) line() ([]byte, error) {
	if r.sum != nil {
		r.sum.Write(r.last)
	}
	r.last = r.last[:0]
	for {
		part, err := r.r.ReadSlice('\n')
		r.last = append(r.last, part...)
		if err == nil {
			return r.last, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) || len(r.last) > maxLine {
			return nil, io.ErrUnexpectedEOF
		}
	}
}

// Verify reads a whole plan file and tells whether it is as it was written. What
// its changes say is not looked at: the digest covers it.
func Verify(r io.Reader) (Header, Summary, error) {
	pr, err := NewReader(r)
	if err != nil {
		return Header{}, Summary{}, err
	}
	for {
		if line, err := pr.change(); err != nil {
			return Header{}, Summary{}, err
		} else if line == nil {
			return pr.header, *pr.summary, nil
		}
	}
}
