package apply

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Journal is the record of one plan's execution: a line for each run, and one for
// each outcome. With it an interrupted apply goes on where it stopped, and what
// was done can be taken back. A nil Journal records nothing.
type Journal struct {
	w       io.Writer
	done    map[string]bool
	imports map[int]ImportJob // begun and not ended, by group
	text    []byte            // of outcomes that are not written yet
}

// Begun is the line that begins a run: what is executed, and where.
type Begun struct {
	Apply       string `json:"apply"` // names the execution of a plan; runs that resume it have the same
	Project     string `json:"project"`
	Environment string `json:"environment"`
	Owner       string `json:"owner"`
	Hub         string `json:"hub"`
	At          string `json:"at"` // as [schema.ActivityTime] writes it
}

type begunLine struct {
	Run *Begun `json:"run"`
}

// Entry is an outcome. Of what was done it holds the change, with the values
// before and after, as far as they are known: values of secrets are not. Of
// everything else it holds the address and the action.
type Entry struct {
	plan.Change

	Status Status `json:"status"`
	Error  string `json:"error,omitempty"`
}

// Begin records that a run begins.
func (j *Journal) Begin(b Begun) error {
	if j == nil {
		return nil
	}
	return j.append(begunLine{&b})
}

// NewJournal reads what an earlier run recorded (nil means nothing) and appends
// to w. A last line that was cut off by a crash is left out.
func NewJournal(earlier io.Reader, w io.Writer) (*Journal, error) {
	j := &Journal{w: w, done: map[string]bool{}, imports: map[int]ImportJob{}}
	if earlier == nil {
		return j, nil
	}
	for line, err := range journalLines(earlier) {
		if err != nil {
			return nil, err
		}
		var e struct {
			Addr   schema.Address `json:"address"`
			Action plan.Action    `json:"action"`
			Status Status         `json:"status"`
			Import *ImportJob     `json:"import"`
		}
		switch err := json.Unmarshal(line, &e); {
		case err != nil:
		case e.Import != nil:
			j.resume(*e.Import)
		case e.Status.OK():
			j.done[key(e.Addr, e.Action)] = true
		}
	}
	return j, nil
}

// resume notes how far an import is: what was known of it before is added to.
func (j *Journal) resume(i ImportJob) {
	if i.Ended {
		delete(j.imports, i.Group)
		return
	}
	if before := j.imports[i.Group]; before.Blob == i.Blob && i.Known == nil {
		i.Known = before.Known
	}
	j.imports[i.Group] = i
}

// ReadJournal yields the lines of a journal in order: the beginning of a run, or an
// outcome. A line that a crash cut off is the last of its run, and left out; any other
// that cannot be read is an error.
func ReadJournal(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		number, torn := 0, 0
		for text, err := range journalLines(r) {
			number++
			l, ok := Line{}, false
			if err == nil && isImport(text) {
				continue // for those who go on with it
			}
			if err == nil {
				if l, ok = parseLine(text); !ok && torn == 0 {
					torn = number
					continue
				}
				if torn > 0 && l.Begun == nil {
					err = fmt.Errorf("read journal: line %d is damaged", torn)
				}
				torn = 0
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

func isImport(text []byte) bool {
	return bytes.HasPrefix(text, []byte(`{"import":`)) && json.Valid(text)
}

func parseLine(text []byte) (Line, bool) {
	var begun begunLine
	if json.Unmarshal(text, &begun) != nil {
		return Line{}, false
	}
	if begun.Run != nil {
		return Line{Begun: begun.Run}, true
	}
	var l Line
	if json.Unmarshal(text, &l.Entry) != nil || l.Entry.Addr.ID == "" || l.Entry.Status == "" {
		return Line{}, false
	}
	for _, leaf := range slices.Concat(l.Entry.Leaves, l.Entry.Overwritten) {
		if len(leaf.Path) == 0 {
			return Line{}, false
		}
	}
	return l, true
}

// Line is a line of a journal.
type Line struct {
	Begun *Begun // nil when the line is an outcome
	Entry Entry
}

// maxJournalLine is that of a plan file's line: an entry holds less.
const maxJournalLine = 16 << 20

// journalLines yields lines; each is good until the next.
func journalLines(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(nil, maxJournalLine)
		for s.Scan() {
			if !yield(s.Bytes(), nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(nil, fmt.Errorf("read journal: %w", err))
		}
	}
}

func key(a schema.Address, action plan.Action) string {
	return string(a.AppendKey([]byte(string(action) + " ")))
}

// Done tells whether an earlier run brought the change to its target.
func (j *Journal) Done(c plan.Change) bool {
	return j != nil && len(j.done) > 0 && j.done[key(c.Addr, c.Action)]
}

// Record notes an outcome, which Flush writes. What was done before is not recorded
// again.
func (j *Journal) Record(c plan.Change, o Outcome) error {
	if j == nil || j.Done(c) {
		return nil
	}
	kept := plan.Change{Addr: c.Addr, Action: c.Action}
	if o.Status == Done {
		kept = c.Record()
	}
	text, err := kept.AppendJSON(j.text)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	text = append(text[:len(text)-1], `,"status":"`...) // a member of the same object
	text = append(append(text, o.Status...), '"')
	if o.Err != nil {
		quoted, err := json.Marshal(o.Err.Error())
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		text = append(append(text, `,"error":`...), quoted...)
	}
	j.text = append(text, "}\n"...)
	return nil
}

// Flush writes what was recorded.
func (j *Journal) Flush() error {
	if j == nil || len(j.text) == 0 {
		return nil
	}
	_, err := j.w.Write(j.text)
	j.text = j.text[:0]
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

func (j *Journal) append(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.text = append(append(j.text, line...), '\n')
	return j.Flush()
}
