package emulator

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine is more than any line of an import needs: identity and twin have limits (FACTS §4.6).
const maxLine = 4 << 20

// batchLines is how many lines are applied under one hold of the lock.
const batchLines = 100

// importModes are those of an import line (FACTS §7.3).
func importModeOf(name string) bulkMode {
	switch strings.ToLower(name) {
	case "", "createorupdate":
		return importCreateOrUpdate
	case "createorupdateifmatchetag":
		return importCreateOrUpdateIfMatch
	case "update":
		return importUpdate
	case "updateifmatchetag":
		return importUpdateIfMatch
	}
	return modeOf(name)
}

func importCreateOrUpdate(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	if h.store.find(e.ID, e.moduleID()) == nil {
		return bulkCreate(h, e, now)
	}
	return importUpdate(h, e, now)
}

func importCreateOrUpdateIfMatch(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	if h.store.find(e.ID, e.moduleID()) == nil {
		return bulkCreate(h, e, now)
	}
	return importUpdateIfMatch(h, e, now)
}

// importUpdate takes twin data along, which bulk updates do not (FACTS §7.3).
func importUpdate(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	warning, err := bulkUpdate(h, e, now)
	if err != nil || !e.hasTwin() {
		return warning, err
	}
	return bulkTwin(h, e, now)
}

// importUpdateIfMatch compares the two etags apart (FACTS §7.3), and both before it writes. That twin data without an
// etag of the twin is written anyway is unverified.
func importUpdateIfMatch(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	r, err := h.entryRecord(e)
	if err != nil {
		return "", err
	}
	if err := entryMatch(e.ETag).checkIdentity(r); err != nil {
		return "", err
	}
	if e.hasTwin() && e.TwinETag != "" {
		if err := entryMatch(e.TwinETag).checkTwin(r); err != nil {
			return "", err
		}
	}
	return importUpdate(h, e, now)
}

// importLine applies one line of an import, under the hub's lock; nil is success.
func (h *Hub) importLine(line []byte, now ticks) *bulkError {
	var e bulkEntry
	if err := json.Unmarshal(line, &e); err != nil {
		return e.failed(badRequestNamed(400012, "DeserializationError", "the line is not the JSON of a device"))
	}
	mode := importModeOf(e.ImportMode)
	switch {
	case mode == nil:
		return e.failed(invalid(fmt.Sprintf("importMode '%s' is not valid", e.ImportMode)))
	case e.Status == nil:
		return e.failed(invalid("status is missing")) // FACTS §7.3
	}
	warning, err := mode(h, &e, now)
	if err == nil && warning != "" {
		// Whether this stands in the log at all is unverified; a client that reads it should know.
		err = badRequestNamed(400004, "DeviceRegisteredWithoutTwin", warning)
	}
	return e.failed(err)
}

func (e *bulkEntry) failed(err *fault) *bulkError {
	if err == nil {
		return nil
	}
	return &bulkError{e.ID, e.moduleID(), err.code, err.message()}
}

// importAll reads lines, applies them, and lists the ones that failed in the output container. Failed lines do not make
// the job fail (FACTS §7.2).
func (h *Hub) importAll(ctx context.Context, t *transfer) error {
	in, err := openContainer(t.input)
	if err != nil {
		return err
	}
	defer in.close()
	out, err := openContainer(t.output)
	if err != nil {
		return err
	}
	defer out.close()
	log := &errorLog{blob: out.write(ctx, importErrorsBlob)}
	if err := h.importBlob(ctx, t, in, t.inputBlob, h.importLine, log); err != nil {
		return err
	}
	if t.configurations {
		if err := h.importBlob(ctx, t, in, t.configurationsBlob, h.importConfiguration, log); err != nil {
			return err
		}
	}
	return log.close()
}

// errorLog is importErrors.log. It is not made when there are no errors, and an older one stays (unverified).
type errorLog struct {
	blob *blobWriter
	used bool
}

func (l *errorLog) add(failed []*bulkError) error {
	for _, e := range failed {
		l.used = true
		if _, err := l.blob.Write(append(encode(e), '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (l *errorLog) close() error {
	if !l.used {
		return nil
	}
	return l.blob.Close()
}

func (h *Hub) importBlob(ctx context.Context, t *transfer, in *container, blob string, apply lineApplier, log *errorLog) error {
	content, size, err := in.read(ctx, blob)
	if err != nil {
		return err
	}
	lines := newLines(content)
	for {
		batch, err := lines.batch(batchLines)
		if len(batch) == 0 || err != nil {
			return errors.Join(err, content.Close())
		}
		if ctx.Err() != nil { // cancelled lines must not be applied
			return errors.Join(ctx.Err(), content.Close())
		}
		failed, err := h.applyLines(batch, apply)
		if err := errors.Join(err, log.add(failed)); err != nil {
			return errors.Join(err, content.Close())
		}
		h.advance(t, lines.read, size)
	}
}

// lineApplier applies a line under the hub's lock.
type lineApplier func(line []byte, now ticks) *bulkError

// applyLines returns the lines that failed. An error is one of keeping the others.
func (h *Hub) applyLines(batch []numberedLine, apply lineApplier) (failed []*bulkError, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, line := range batch {
		if e := apply(line.text, toTicks(h.options.Now())); e != nil {
			failed = append(failed, e)
		}
	}
	return failed, h.store.journal.err
}

// numberedLine is a line that is not empty, and its number in the file.
type numberedLine struct {
	number int
	text   []byte
}

// lines reads a file of lines that may be of any size.
type lines struct {
	in     *bufio.Reader
	number int
	read   int64 // bytes
}

func newLines(r io.Reader) *lines { return &lines{in: bufio.NewReaderSize(r, 64<<10)} }

var errLongLine = fmt.Errorf("a line is longer than %d bytes", maxLine)

// batch returns up to n lines, and none at the end.
func (l *lines) batch(n int) ([]numberedLine, error) {
	var batch []numberedLine
	size := 0
	for len(batch) < n && size < maxLine {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return batch, nil
		}
		if err != nil {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			batch = append(batch, numberedLine{l.number, line})
			size += len(line)
		}
	}
	return batch, nil
}

// next returns a line; the last one need not have an end.
func (l *lines) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		line = append(line, part...)
		l.read += int64(len(part))
		switch {
		case len(line) > maxLine:
			return nil, errLongLine
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) > 0:
			err = nil
		}
		if l.number++; l.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // as editors on Windows write it
		}
		return line, err
	}
}
