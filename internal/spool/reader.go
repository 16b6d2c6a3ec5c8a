package spool

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// runReader reads one run and trusts none of its bytes: lengths are checked
// before memory is taken for them, and the end of the run must bring the number
// of records and the checksum that were written.
type runReader struct {
	rec   Record // the current record, after next said true
	index int    // of the run among those being merged

	path string
	want run
	left int64 // bytes of the run not yet consumed
	read int   // records
	sum  *checksumReader
	in   *bufio.Reader
	buf  []byte
}

func newRunReader(in io.ReaderAt, path string, r run, index, bufferSize int) *runReader {
	sum := &checksumReader{r: io.NewSectionReader(in, r.offset, r.size)}
	return &runReader{
		index: index,
		path:  path,
		want:  r,
		left:  r.size,
		sum:   sum,
		in:    bufio.NewReaderSize(sum, bufferSize),
	}
}

// next moves to the next record; false means the run ended as it should.
func (r *runReader) next() (bool, error) {
	if r.read == r.want.records {
		return false, r.end()
	}
	keyLen, err := r.length()
	if err != nil {
		return false, err
	}
	valueLen, err := r.length()
	if err != nil {
		return false, err
	}
	// Each length alone is at most left, so the sum cannot overflow.
	size := keyLen + valueLen
	if size > r.left {
		return false, r.damaged("a record is longer than the run")
	}
	r.buf = slices.Grow(r.buf[:0], int(size))[:size]
	if _, err := io.ReadFull(r.in, r.buf); err != nil {
		return false, r.readError(err)
	}
	r.left -= size
	r.read++
	r.rec = Record{Key: r.buf[:keyLen:keyLen], Value: r.buf[keyLen:]}
	return true, nil
}

// length reads one of the two lengths of a record.
func (r *runReader) length() (int64, error) {
	// Fewer bytes than asked for are normal near the end of the run.
	head, err := r.in.Peek(binary.MaxVarintLen64)
	n, width := binary.Uvarint(head)
	switch {
	case width == 0 && err != nil:
		return 0, r.readError(err)
	case width <= 0:
		return 0, r.damaged("a length is not a number")
	}
	r.left -= int64(width)
	if n > uint64(r.left) {
		return 0, r.damaged("a record is longer than the run")
	}
	_, err = r.in.Discard(width)
	return int64(n), err
}

func (r *runReader) end() error {
	switch {
	case r.left != 0:
		return r.damaged("its records are shorter than written")
	case r.sum.sum != r.want.sum:
		return r.damaged("its checksum does not match")
	}
	return nil
}

func (r *runReader) readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.damaged("it is truncated")
	}
	return err
}

func (r *runReader) damaged(why string) error {
	return fmt.Errorf("run at byte %d of %s is damaged: %s", r.want.offset, r.path, why)
}

// checksumReader sums what it passes on.
type checksumReader struct {
	r   io.Reader
	sum uint32
}

func (c *checksumReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum = crc32.Update(c.sum, castagnoli, p[:n])
	return n, err
}
