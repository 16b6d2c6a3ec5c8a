package remote

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/schema"
)

// ReadByExport has Live read devices and modules by one export job. It lists all there
// are, as they are when the job runs (FACTS §7.3): what it does not show does not
// exist. It does not tell who wrote a desired property, which is in the metadata that
// an export has not. Via must have been called.
func (r *Remote) ReadByExport() { r.exports = true }

// export streams the devices and modules of the hub from an export job. Its blob is
// deleted when it has been read.
func (r *Remote) export(ctx context.Context, read *int, yield func(schema.Object, error) bool) bool {
	blob := blobName(hub.TransferExport)
	if err := r.exportTo(ctx, blob); err != nil {
		yield(schema.Object{}, err)
		return false
	}
	defer func() { _ = r.jobs.Delete(context.WithoutCancel(ctx), blob) }() // it is of no more use; what remains of it does no harm
	in, err := r.jobs.Read(ctx, blob)
	if err != nil {
		yield(schema.Object{}, err)
		return false
	}
	defer in.Close()
	convert := func() func([]byte) (schema.Object, error) { return r.fromExport }
	for o, err := range inorder.Spread(ctx, inorder.Given(copied(exportedLines(in))), convert) {
		if err != nil {
			yield(o, fmt.Errorf("read export: %w", err))
			return false
		}
		if o.Scope != "" {
			r.scopes.Store(o.Addr.ID, o.Scope)
		}
		if !yield(o, nil) {
			return false
		}
		if *read++; *read%pageSize == 0 {
			r.observe(*read)
		}
	}
	return true
}

// exportTo runs an export job.
func (r *Remote) exportTo(ctx context.Context, blob string) error {
	if err := r.jobs.Delete(ctx, blob); err != nil { // tells what is wrong with the container better than the hub does
		return err
	}
	id, err := r.begin(ctx, r.jobs.exportTo(blob), func([]string) error { return nil })
	if err != nil {
		return err
	}
	done, err := r.awaitJob(ctx, id, func(percent int) { r.jobs.Tell(fmt.Sprintf("The hub exports its devices: %d %%", percent)) })
	if err != nil {
		return err
	}
	return unsuccessful(done)
}

// maxExported bounds a line: an identity and a twin have limits (FACTS §4.6).
const maxExported = 4 << 20

// exportedLines yields the lines of devices and modules; each is good until the next.
// An export without keys begins with a line of text (FACTS §7.3).
func exportedLines(in io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s := bufio.NewScanner(in)
		s.Buffer(make([]byte, 256<<10), maxExported)
		for number := 1; s.Scan(); number++ {
			line := bytes.TrimSpace(bytes.TrimPrefix(s.Bytes(), []byte("\ufeff")))
			switch {
			case len(line) == 0 || number == 1 && line[0] != '{':
			case line[0] != '{':
				yield(nil, fmt.Errorf("line %d is not the JSON of a device", number))
				return
			case !yield(line, nil):
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// copied hands on copies of lines that are good until the next.
func copied(lines iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for line, err := range lines {
			if !yield(bytes.Clone(line), err) {
				return
			}
		}
	}
}

// fromExport converts a line.
func (r *Remote) fromExport(line []byte) (schema.Object, error) {
	var t hub.Twin
	if err := readExported(line, &t); err != nil {
		return schema.Object{}, err
	}
	if t.DeviceID == "" {
		return schema.Object{}, errors.New("a line has no device id")
	}
	o, err := fromTwin(&t)
	if err == nil {
		err = r.keepReported(&o, t.Reported)
	}
	return o, err
}

// readExported takes from a line what a twin would show. Keys are not in it.
func readExported(line []byte, t *hub.Twin) error {
	var thumbprints []byte
	err := schema.EachMemberUnchecked(line, func(name, value []byte) error {
		switch string(name) {
		case "id":
			return readText(value, &t.DeviceID)
		case "moduleId":
			return readText(value, &t.ModuleID)
		case "eTag":
			return readETag(value, &t.DeviceETag)
		case "twinETag":
			return readETag(value, &t.ETag)
		case "status":
			return readText(value, &t.Status)
		case "statusReason":
			return readText(value, &t.StatusReason)
		case "authentication.type":
			return readText(value, &t.AuthenticationType)
		case "authentication.x509Thumbprint":
			thumbprints = value
		case "capabilities":
			if bytes.Contains(value, []byte("true")) { // hardly ever
				return json.Unmarshal(value, &t.Capabilities)
			}
		case "deviceScope":
			return readText(value, &t.DeviceScope)
		case "parentScopes":
			if string(value) != "[]" {
				return json.Unmarshal(value, &t.ParentScopes)
			}
		case "tags":
			t.Tags = value
		case "properties":
			return noProperties(value)
		case "properties.desired":
			t.Desired = value
		case "properties.reported":
			t.Reported = value
		}
		return nil
	}, "authentication", "properties")
	if err != nil || t.AuthenticationType != wireSelfSigned || thumbprints == nil {
		return err
	}
	return json.Unmarshal(thumbprints, &t.X509Thumbprint)
}

// readETag reads the version of an identity or a twin, which answers of the hub quote
// in some places and not in others (FACTS §1.2).
func readETag(value []byte, to *hub.ETag) error {
	if err := readText(value, to); err != nil {
		return err
	}
	*to = hub.ETag(strings.Trim(string(*to), `"`))
	return nil
}
