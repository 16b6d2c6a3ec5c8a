package emulator

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// LoadPath takes the lines of a file. Those of a dump may hold keys.
const LoadPath = "/$emulator/load"

// A page of a dump ends behind the device that fills one of these.
const (
	dumpDevices = 200
	dumpLines   = 1000
)

// dumpPage is a part of a dump.
type dumpPage struct {
	Lines []json.RawMessage `json:"lines"`
	Next  string            `json:"next,omitempty"` // the device to go on behind, empty at the end
}

// Dump writes all devices and modules, a line each, as an export job does (FACTS §7.3), and for modules managedBy as
// well. Without keys their places are null. While other calls write to the hub, each device with its modules is as it
// was at one moment.
func (h *Hub) Dump(w io.Writer, withKeys bool) error {
	return dumpPages(w, func(after string) (dumpPage, error) {
		h.mu.RLock()
		defer h.mu.RUnlock()
		return h.dumpPage(after, withKeys), nil
	})
}

func dumpPages(w io.Writer, page func(after string) (dumpPage, error)) error {
	for after := ""; ; {
		p, err := page(after)
		if err != nil {
			return err
		}
		for _, line := range p.Lines {
			if _, err := w.Write(append(line, '\n')); err != nil {
				return fmt.Errorf("write dump: %w", err)
			}
		}
		if after = p.Next; after == "" {
			return nil
		}
	}
}

func (h *Hub) dumpPage(after string, withKeys bool) dumpPage {
	p := dumpPage{Lines: []json.RawMessage{}}
	devices := 0
	for d := range h.store.devices.after(after) {
		if devices++; devices > dumpDevices || len(p.Lines) >= dumpLines {
			p.Next = after
			break
		}
		after = d.deviceID
		for r := range withModules([]*record{d}, h.store.modulesOf(d.deviceID)) {
			l := r.exportLine(withKeys)
			l.ManagedBy = r.managedBy
			p.Lines = append(p.Lines, encode(l))
		}
	}
	return p
}

// readDump is GET /$emulator/dump?after=&keys=.
func (h *Hub) readDump(c *call) (reply, *fault) {
	withKeys := c.query.Get("keys") == "true"
	return ok(encode(h.dumpPage(c.query.Get("after"), withKeys))), nil
}

// Dump is Hub.Dump for a hub that another process serves.
func (c *Control) Dump(ctx context.Context, w io.Writer, withKeys bool) error {
	return dumpPages(w, func(after string) (dumpPage, error) {
		var p dumpPage
		path := fmt.Sprintf("/$emulator/dump?api-version=2021-04-12&keys=%t&after=%s", withKeys, url.QueryEscape(after))
		if err := c.call(ctx, http.MethodGet, path, nil, &p); err != nil {
			return dumpPage{}, fmt.Errorf("read dump: %w", err)
		}
		return p, nil
	})
}

// LineError is a line of a file that was not loaded.
type LineError struct {
	Line     int    `json:"line"`
	DeviceID string `json:"deviceId"`
	ModuleID string `json:"moduleId,omitempty"`
	Text     string `json:"text"`
}

// LoadReport is what became of a file.
type LoadReport struct {
	Lines   int         // that were loaded
	Refused int         // that were not
	First   []LineError // of those refused, a few
}

// maxReported bounds LoadReport.First.
const maxReported = 10

// Load applies the lines of a dump, or of the devices.txt of an export job: each has the default mode of an import job,
// createOrUpdate, or an importMode of its own (FACTS §7.3). Unlike an import job it also sets reported properties, the
// scopes of edge devices and the twins of their system modules, needs no status, and leaves out a first line that is
// no JSON. Lines that are refused do not stop it. An error is one of reading.
func (h *Hub) Load(r io.Reader) (LoadReport, error) {
	return loadBatches(r, func(batch []numberedLine) ([]LineError, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		defer h.awkward.settle()
		return h.loadLines(batch), h.store.journal.err
	})
}

// IsEmpty reports that the hub has no device.
func (h *Hub) IsEmpty() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.store.devices.size == 0
}

func loadBatches(r io.Reader, apply func([]numberedLine) ([]LineError, error)) (LoadReport, error) {
	var report LoadReport
	in := newLines(r)
	for {
		batch, err := in.batch(batchLines)
		if err != nil {
			return report, fmt.Errorf("read line %d: %w", in.number+1, err)
		}
		if len(batch) == 0 {
			return report, nil
		}
		if batch[0].number == 1 && batch[0].text[0] != '{' { // of an export without keys (FACTS §7.3)
			batch = batch[1:]
		}
		if len(batch) == 0 {
			continue
		}
		refused, err := apply(batch)
		if err != nil {
			return report, err
		}
		report.Lines += len(batch) - len(refused)
		report.Refused += len(refused)
		report.First = append(report.First, refused[:min(len(refused), maxReported-len(report.First))]...)
	}
}

func (h *Hub) loadLines(batch []numberedLine) []LineError {
	refused := []LineError{}
	for _, line := range batch {
		if e := h.loadLine(line.text, toTicks(h.options.Now())); e != nil {
			refused = append(refused, LineError{line.number, e.DeviceID, e.ModuleID, e.ErrorStatus})
		}
	}
	return refused
}

// writeLoad is POST /$emulator/load: lines behind the number of the first one.
func (h *Hub) writeLoad(c *call) (reply, *fault) {
	var in []loadedLine
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	batch := make([]numberedLine, 0, len(in))
	for _, line := range in {
		batch = append(batch, numberedLine{line.Number, []byte(line.Text)})
	}
	return ok(encode(h.loadLines(batch))), nil
}

type loadedLine struct {
	Number int    `json:"n"`
	Text   string `json:"t"` // it need not be JSON
}

// Load is Hub.Load for a hub that another process serves.
func (c *Control) Load(ctx context.Context, r io.Reader) (LoadReport, error) {
	return loadBatches(r, func(batch []numberedLine) ([]LineError, error) {
		out := make([]loadedLine, 0, len(batch))
		for _, line := range batch {
			out = append(out, loadedLine{line.number, string(line.text)})
		}
		var refused []LineError
		err := c.call(ctx, http.MethodPost, LoadPath+"?api-version=2021-04-12", encode(out), &refused)
		if err != nil {
			return nil, fmt.Errorf("load lines from %d: %w", batch[0].number, err)
		}
		return refused, nil
	})
}
