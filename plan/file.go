package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/twinset/twinset/schema"
)

// FormatVersion is the version of the plan file that this program writes and
// reads. A plan is made and applied by the same version; another one is refused
// by name.
const FormatVersion = 1

// Header is the first line of a plan file: what the plan is for.
type Header struct {
	Format      int    `json:"twinset_plan"` // FormatVersion
	Tool        string `json:"tool"`         // version of the program; for people, nothing is decided from it
	Project     string `json:"project"`
	Environment string `json:"environment"`
	Owner       string `json:"owner"` // whose mark is written
	Hub         string `json:"hub"`   // host of the hub; another one is refused by apply

	// Targets are the addresses that the plan was confined to; none means all.
	Targets []string `json:"targets,omitempty"`

	// Shard is the part that the plan is of a larger one, as "2/3"; empty when it is whole.
	Shard string `json:"shard,omitempty"`

	// SKU and Units are the size of the hub, when it is known. They decide about the
	// pace of apply, not about what it does.
	SKU   string `json:"sku,omitempty"`
	Units int    `json:"units,omitempty"`

	// Jobs is the blob container through which apply can have the hub import changes; nil
	// when there is none.
	Jobs *Jobs `json:"jobs,omitempty"`
}

// Jobs is a blob container for import and export jobs of the hub.
type Jobs struct {
	Container string           `json:"container"`          // URL without a SAS
	SAS       schema.SecretRef `json:"sas,omitempty"`      // where the SAS is known from; empty: identities open it
	Identity  string           `json:"identity,omitempty"` // resource id of a user-assigned identity of the hub
}

// Summary is the last but one line: totals, and the verdict that decides whether
// the plan may be applied.
type Summary struct {
	Counts  Counts   `json:"counts"`
	Refused []string `json:"refused,omitempty"` // reasons; none means that the plan may be applied

	// Warnings are what there is to say about the plan as a whole. Nothing is
	// decided from them.
	Warnings []string `json:"warnings,omitempty"`

	// Members tell how the reach of configurations and deployments changes.
	Members []Member `json:"members,omitempty"`

	// Unmanaged counts what is on the hub and not this project's; nil when nobody asked.
	Unmanaged Unmanaged `json:"unmanaged,omitempty"`

	// Cost is what carrying out the plan asks of the hub.
	Cost []Cost `json:"cost,omitempty"`
}

// Cost is what is asked of one class of operations, which the hub meters together.
type Cost struct {
	Class      string `json:"class"`
	Requests   int64  `json:"requests"`
	Operations int64  `json:"operations"` // what the hub counts: an entry of a bulk request is one
}

// trailer is the last line. The digest covers every line before it; the time of
// creation stands behind it, so that the same input gives the same bytes but for
// that one value.
type trailer struct {
	Changes int    `json:"changes"`
	SHA256  string `json:"sha256"`
	Created string `json:"created"`
}

type summaryLine struct {
	Summary *Summary `json:"summary"`
}

type trailerLine struct {
	Trailer *trailer `json:"trailer"`
}

// Writer writes a plan file: a header, a line for each change, a summary and a
// trailer with the digest of it all.
type Writer struct {
	w       io.Writer
	sum     hash.Hash
	changes int
}

// NewWriter writes the header.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	h.Format = FormatVersion
	pw := &Writer{w: w, sum: sha256.New()}
	return pw, pw.line(h)
}

// Write appends a change. Changes come in the order of [Change.AppendKey].
func (w *Writer) Write(c Change) error {
	var b bytes.Buffer
	if err := Encode(&b, c); err != nil {
		return err
	}
	return w.WriteLine(b.Bytes())
}

// WriteLine appends a change that Encode wrote.
func (w *Writer) WriteLine(line []byte) error {
	w.changes++
	return w.put(line)
}

// Close writes the summary and the trailer. Created is RFC 3339; the caller
// knows the clock.
func (w *Writer) Close(s Summary, created string) error {
	if err := w.line(summaryLine{&s}); err != nil {
		return err
	}
	t := trailer{Changes: w.changes, SHA256: hex.EncodeToString(w.sum.Sum(nil)), Created: created}
	return w.line(trailerLine{&t})
}

func (w *Writer) line(v any) error {
	var b bytes.Buffer
	if err := encode(&b, v); err != nil {
		return err
	}
	return w.put(b.Bytes())
}

func (w *Writer) put(line []byte) error {
	w.sum.Write(line)
	if _, err := w.w.Write(line); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}
