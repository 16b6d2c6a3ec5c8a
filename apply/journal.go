package apply

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Journal is the record of one plan's execution, a line for each outcome. With
// it an interrupted apply goes on where it stopped. A nil Journal records
// nothing.
type Journal struct {
	w    io.Writer
	done map[string]bool
}

// entry is a line of the journal.
type entry struct {
	Addr   schema.Address `json:"address"`
	Action plan.Action    `json:"action"`
	Status Status         `json:"status"`
	Error  string         `json:"error,omitempty"`
}

// NewJournal reads what an earlier run recorded (nil means nothing) and appends
// to w. A last line that was cut off by a crash is left out.
func NewJournal(earlier io.Reader, w io.Writer) (*Journal, error) {
	j := &Journal{w: w, done: map[string]bool{}}
	if earlier == nil {
		return j, nil
	}
	s := bufio.NewScanner(earlier)
	s.Buffer(nil, maxJournalLine)
	for s.Scan() {
		var e entry
		if json.Unmarshal(s.Bytes(), &e) != nil {
			continue
		}
		if e.Status.OK() {
			j.done[key(e.Addr, e.Action)] = true
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return j, nil
}

const maxJournalLine = 1 << 20

func key(a schema.Address, action plan.Action) string {
	return string(a.AppendKey([]byte(string(action) + " ")))
}

// Done tells whether an earlier run brought the change to its target.
func (j *Journal) Done(c plan.Change) bool { return j != nil && j.done[key(c.Addr, c.Action)] }

// Record appends an outcome. What was done before is not recorded again.
func (j *Journal) Record(c plan.Change, o Outcome) error {
	if j == nil || j.Done(c) {
		return nil
	}
	e := entry{Addr: c.Addr, Action: c.Action, Status: o.Status}
	if o.Err != nil {
		e.Error = o.Err.Error()
	}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if _, err := j.w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}
