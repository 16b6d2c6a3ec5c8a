package hub

import (
	"encoding/json"
	"fmt"
	"time"
)

// Time is a point in time of the hub, in UTC. The zero Time is "never".
type Time struct{ time.Time }

// UnmarshalJSON reads every form that the hub writes: up to seven digits of
// fraction, trailing zeros cut or not, and the never-set value without a zone
// (FACTS §1.1). A form that it does not know is an error: to a guard that asks
// for the last activity, "never" would be the wrong guess.
func (t *Time) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("read time: %w", err)
	}
	t.Time = time.Time{}
	if text == "" {
		return nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} { // both read fractions
		if parsed, err := time.Parse(layout, text); err == nil {
			t.Time = parsed.UTC()
			return nil
		}
	}
	return fmt.Errorf("read time %.40q: not a form that the hub is known to write", text)
}
