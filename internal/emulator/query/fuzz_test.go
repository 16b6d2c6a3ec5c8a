package query

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzParse holds every text to what must be true of any: an error inside the text or a query that survives printing,
// and rows without a surprise.
func FuzzParse(f *testing.F) {
	for _, row := range accepted {
		f.Add(row.text)
	}
	for _, row := range refused {
		f.Add(row.text)
	}
	d := document(f, twin)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			wantInside(t, text, err)
			return
		}
		printed := q.String()
		again, err := Parse(printed)
		if err != nil && len(printed) > MaxLength { // an escape may be longer than what it stands for
			return
		}
		if err != nil {
			t.Fatalf("printed as %s: %v", printed, err)
		}
		if diff := cmp.Diff(q, again, ignorePositions); diff != "" {
			t.Fatalf("printed as %s (-parsed +printed and parsed):\n%s", printed, diff)
		}
		wantSane(t, q, d)
	})
}

func wantInside(t *testing.T, text string, err error) {
	t.Helper()
	var refused *Error
	if !errors.As(err, &refused) || refused.Offset < 0 || int(refused.Offset) > len(text) || refused.Text == "" {
		t.Fatalf("got error %#v, want one with a text and a place inside %q", err, text)
	}
}

func wantSane(t *testing.T, q *Query, d Document) {
	t.Helper()
	p := q.Plan()
	if p.Grouped {
		g := p.Groups()
		g.Add(d)
		n := 0
		for key, row := range g.Rows("") {
			if n++; key == "" || len(row) > len(q.Columns) {
				t.Fatalf("got group %q with %d columns, want a key and at most %d", key, len(row), len(q.Columns))
			}
		}
		if n != 1 {
			t.Fatalf("got %d groups of one document, want 1", n)
		}
	} else if row := p.Row(nil, d); len(row) > len(q.Columns) {
		t.Fatalf("got %d columns, want at most %d", len(row), len(q.Columns))
	}
	if q.Where == nil {
		return
	}
	selected := p.Selects(d)
	q.Where = &Negation{X: q.Where}
	if selected && q.Plan().Selects(d) {
		t.Fatal("got a document selected by a condition and by its negation")
	}
}

// FuzzCondition holds bare conditions to the same.
func FuzzCondition(f *testing.F) {
	for _, text := range []string{"*", "tags.a = 1", "from devices.modules where NOT tags.a IN [1, -2.5, 'x', null]", "(((", "", "\xff"} {
		f.Add(text)
	}
	d := document(f, twin)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCondition(text)
		target, targetErr := ParseTarget(text)
		if err != nil {
			wantInside(t, text, err)
			if targetErr == nil {
				t.Fatal("got a target that is no condition")
			}
			return
		}
		if targetErr == nil && target.Selects(d) != c.Selects(d) {
			t.Fatal("got different outcomes for one text")
		}
	})
}
