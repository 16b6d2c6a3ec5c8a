package emulator

import (
	"slices"
	"strings"

	"github.com/twinset/twinset/internal/emulator/query"
)

// targeting is one member of a twin's configurations: what became of a configuration that targets it (FACTS §4.1).
type targeting struct {
	ID      string `json:"id"`
	Applied bool   `json:"applied,omitempty"` // else targeted
}

func (t *targeting) status() string {
	if t.Applied {
		return "Applied"
	}
	return "Targeted"
}

// sortTargetings brings members into the order in which twins show them.
func sortTargetings(ts []targeting) []targeting {
	slices.SortFunc(ts, func(a, b targeting) int { return strings.Compare(a.ID, b.ID) })
	return ts
}

// The configurations of a twin, and one of them, as queries read them.
type (
	targetingsView record
	targetingView  targeting
)

// configurationsMember is left out of a twin that nothing targets.
func (r *record) configurationsMember() query.Value {
	if len(r.configurations) == 0 {
		return query.Value{}
	}
	return query.ObjectValue((*targetingsView)(r))
}

// Member returns a configuration by its id.
func (v *targetingsView) Member(id string) query.Value {
	i, found := slices.BinarySearchFunc(v.configurations, id, func(t targeting, id string) int {
		return strings.Compare(t.ID, id)
	})
	if !found {
		return query.Value{}
	}
	return query.ObjectValue((*targetingView)(&v.configurations[i]))
}

// AppendJSON writes all of them.
func (v *targetingsView) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	for i := range v.configurations {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, v.configurations[i].ID), ':')
		b = (*targetingView)(&v.configurations[i]).AppendJSON(b)
	}
	return append(b, '}')
}

// Member returns the status.
func (v *targetingView) Member(name string) query.Value {
	if name != "status" {
		return query.Value{}
	}
	return query.TextValue((*targeting)(v).status())
}

// AppendJSON writes {"status":...}.
func (v *targetingView) AppendJSON(b []byte) []byte {
	b = append(b, `{"status":"`...)
	b = append(b, (*targeting)(v).status()...)
	return append(b, `"}`...)
}
