package emulator

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
	"io/fs"
	"os"
)

// saved is what a snapshot restores.
type saved struct {
	policies []policy
	store    store
}

// read returns nil when there is no snapshot yet.
func (d *disk) read() (*saved, error) {
	f, err := os.Open(d.snapshot())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	s, err := readSnapshot(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read snapshot %s: %w (the file is left as it is; move it away to start with an empty hub)",
			d.snapshot(), err)
	}
	return s, nil
}

// snapshotReader hands out lines and sums them up.
type snapshotReader struct {
	lines *bufio.Reader
	sum   hash.Hash
	line  int
}

func readSnapshot(r io.Reader) (*saved, error) {
	in := &snapshotReader{lines: bufio.NewReaderSize(r, 1<<20), sum: sha256.New()}
	s := &saved{}
	if err := in.header(s); err != nil {
		return nil, err
	}
	for {
		done, err := in.record(s)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", in.line, err)
		}
		if done {
			return s, nil
		}
	}
}

func (in *snapshotReader) next() ([]byte, error) {
	in.line++
	line, err := in.lines.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return nil, errors.New("file is truncated")
	}
	return line, err
}

func (in *snapshotReader) header(s *saved) error {
	line, err := in.next()
	if err != nil {
		return err
	}
	var head snapshotHeader
	if err := json.Unmarshal(line, &head); err != nil || head.Format != snapshotFormat {
		return errors.New("not a snapshot of the emulator")
	}
	if head.Version != snapshotVersion {
		return fmt.Errorf("format version %d, this program reads %d", head.Version, snapshotVersion)
	}
	if len(head.Policies) == 0 {
		return errors.New("header has no policies")
	}
	s.policies = head.Policies
	in.sum.Write(line)
	return nil
}

// record reads one record into s, or checks the trailer and reports that it was the end.
func (in *snapshotReader) record(s *saved) (done bool, err error) {
	line, err := in.next()
	if err != nil {
		return false, err
	}
	if bytes.HasPrefix(line, []byte(`{"records":`)) {
		return true, in.trailer(line, s)
	}
	in.sum.Write(line)
	if bytes.HasPrefix(line, []byte(savedConfigurationPrefix)) {
		return false, s.store.restoreConfiguration(line)
	}
	if isJobLine(line) {
		return false, s.store.restoreJob(line)
	}
	var sr savedRecord
	if err := json.Unmarshal(line, &sr); err != nil {
		return false, err
	}
	r, err := sr.restore()
	if err != nil {
		return false, err
	}
	s.store.put(r)
	s.store.newest = max(s.store.newest, r.generation)
	return false, nil
}

func (in *snapshotReader) trailer(line []byte, s *saved) error {
	var t snapshotTrailer
	if err := json.Unmarshal(line, &t); err != nil {
		return err
	}
	if n := s.store.size(); t.Records != n {
		return fmt.Errorf("trailer says %d records, found %d", t.Records, n)
	}
	if t.SHA256 != hex.EncodeToString(in.sum.Sum(nil)) {
		return errors.New("checksum does not match")
	}
	if _, err := in.lines.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("data after the trailer")
	}
	s.store.dirty = false
	return nil
}

// size is the number of lines of a snapshot between its header and its trailer.
func (s *store) size() int {
	return s.devices.size + s.modules.size + len(s.configurations) + len(s.jobs.scheduled) + len(s.jobs.transfers)
}

func (sr *savedRecord) restore() (*record, error) {
	r := &record{
		key: recordKey(sr.DeviceID, sr.ModuleID), deviceID: sr.DeviceID, moduleID: sr.ModuleID,
		generation: sr.Generation, etag: sr.ETag, status: sr.Status, statusReason: sr.StatusReason,
		statusUpdated: sr.StatusUpdated, managedBy: sr.ManagedBy, auth: sr.Auth.restore(), edge: sr.Edge,
		scope: sr.Scope, parents: sr.Parents, presence: sr.Presence.restore(), configurations: sr.Configurations, twin: twin{etag: sr.Twin.ETag, version: sr.Twin.Version},
	}
	var err error
	if r.twin.tags, err = parseTree(sr.Twin.Tags); err != nil {
		return nil, fmt.Errorf("tags: %w", err)
	}
	if r.twin.desired, err = sr.Twin.Desired.restore(); err != nil {
		return nil, fmt.Errorf("desired: %w", err)
	}
	if r.twin.reported, err = sr.Twin.Reported.restore(); err != nil {
		return nil, fmt.Errorf("reported: %w", err)
	}
	return r, nil
}

func (ss savedSection) restore() (section, error) {
	root, err := parseTree(ss.Values)
	if err != nil {
		return section{}, err
	}
	stamps, err := parseTree(ss.Stamps)
	if err != nil {
		return section{}, err
	}
	if err := root.applyStamps(stamps); err != nil {
		return section{}, err
	}
	return section{root: root, version: ss.Version}, nil
}

var errStamps = errors.New("values and stamps do not match")

// applyStamps is the reverse of appendStamps, on a tree that nobody else has yet.
func (n *node) applyStamps(s node) error {
	kids := 0
	if n.kind == object {
		kids = len(n.kids)
	}
	if s.kind != array || len(s.kids) < 2 {
		return errStamps
	}
	stamps, err := n.takeAuthor(s.kids[2:])
	if err != nil || len(stamps) != kids {
		return errStamps
	}
	at, errAt := json.Number(s.kids[0].value.text).Int64()
	version, errVersion := json.Number(s.kids[1].value.text).Int64()
	if errAt != nil || errVersion != nil {
		return errStamps
	}
	n.at, n.version = ticks(at), revision(version)
	for i := range kids {
		if err := n.kids[i].value.applyStamps(stamps[i].value); err != nil {
			return err
		}
	}
	return nil
}
