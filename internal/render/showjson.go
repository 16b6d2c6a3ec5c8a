package render

import (
	"bufio"
	"fmt"
	"io"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// planFormat is the version of Terraform's plan JSON that ShowJSON follows.
const planFormat = "1.2"

// ShowJSON writes a plan as one JSON document, a superset of what terraform show
// -json writes: tools that read resource_changes[].change.actions work. Each
// change stands on a line of its own. Of an update, before and after hold the
// values that change and no others. The value of a secret is in neither; its
// path is true in after_sensitive. The plan is read once, twice if there is
// drift.
func ShowJSON(w io.Writer, open Open, version string) error {
	j := &jsonWriter{w: bufio.NewWriter(w)}
	err := j.show(open, version)
	if flushed := j.w.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("write plan: %w", flushed)
	}
	return err
}

// jsonWriter writes the members of one large object without holding them.
type jsonWriter struct {
	w     *bufio.Writer
	comma bool
	owner string
}

func (j *jsonWriter) show(open Open, version string) error {
	j.text("{")
	r, err := read(open, func(h plan.Header) error {
		j.owner = h.Owner
		return j.head(h, version)
	}, j.change)
	if err != nil {
		return err
	}
	j.text("],\n\"resource_drift\":[")
	j.comma = false
	if r.Summary().Counts.Drift > 0 {
		if _, err := read(open, nil, j.drift); err != nil {
			return err
		}
	}
	j.text("]")
	return j.tail(r)
}

func (j *jsonWriter) text(s string) { _, _ = j.w.WriteString(s) } // the error comes with Flush

// member writes a member of the object on a line of its own.
func (j *jsonWriter) member(name string, v any) error {
	if j.comma {
		j.text(",")
	}
	j.comma = true
	j.text("\n\"" + name + "\":")
	return j.value(v)
}

func (j *jsonWriter) element(v any) error {
	if j.comma {
		j.text(",")
	}
	j.comma = true
	j.text("\n")
	return j.value(v)
}

func (j *jsonWriter) value(v any) error {
	line, err := encodeLine(v)
	if err != nil {
		return err
	}
	_, err = j.w.Write(line[:len(line)-1])
	return err
}

type namedValue struct {
	name  string
	value any
}

func (j *jsonWriter) members(list []namedValue) error {
	for _, m := range list {
		if err := j.member(m.name, m.value); err != nil {
			return err
		}
	}
	return nil
}

func (j *jsonWriter) head(h plan.Header, version string) error {
	err := j.members([]namedValue{
		{"format_version", planFormat},
		{"twinset_version", version},
		{"project", h.Project},
		{"environment", h.Environment},
		{"owner", h.Owner},
		{"hub", h.Hub},
	})
	j.text(",\n\"resource_changes\":[")
	j.comma = false
	return err
}

func (j *jsonWriter) tail(r *plan.Reader) error {
	s := r.Summary()
	refused, warnings := s.Refused, s.Warnings
	if refused == nil {
		refused = []string{}
	}
	if warnings == nil {
		warnings = []string{}
	}
	members := s.Members
	if members == nil {
		members = []plan.Member{}
	}
	j.comma = true
	if s.Unmanaged != nil {
		if err := j.member("unmanaged", s.Unmanaged); err != nil {
			return err
		}
	}
	if k := costOf(r.Header(), s.Cost); k != nil {
		if err := j.member("cost", k); err != nil {
			return err
		}
	}
	err := j.members([]namedValue{
		{"summary", s.Counts},
		{"membership", members},
		{"refused", refused},
		{"warnings", warnings},
		{"timestamp", r.Created()},
		{"errored", false},
		{"applyable", s.Counts.Any() && len(s.Refused) == 0},
		{"complete", len(r.Header().Targets) == 0 && r.Header().Shard == ""},
	})
	j.text("\n}\n")
	return err
}

// resourceChange is a change in Terraform's plan JSON. What stands after Change
// is ours.
type resourceChange struct {
	Address string     `json:"address"`
	Mode    string     `json:"mode"`
	Type    string     `json:"type"`
	Name    string     `json:"name"`
	Index   string     `json:"index,omitempty"`
	Change  fullChange `json:"change"`

	Adopt bool `json:"adopt,omitempty"`
	hubIDs
	Replace plan.Replacement `json:"replace,omitempty"`
	Retire  []string         `json:"retire,omitempty"` // ids on the hub
	Owner   string           `json:"owner"`
	ETag    schema.ETags     `json:"etag,omitzero"`
	Source  schema.Origin    `json:"source,omitzero"`
	Leaves  []plan.Leaf      `json:"leaves,omitempty"`
	Notices []plan.Notice    `json:"notices,omitempty"`
}

type fullChange struct {
	Actions         []string       `json:"actions"`
	Before          any            `json:"before"`
	After           any            `json:"after"`
	AfterUnknown    map[string]any `json:"after_unknown"`
	BeforeSensitive any            `json:"before_sensitive"`
	AfterSensitive  any            `json:"after_sensitive"`
}

func (j *jsonWriter) resource(c plan.Change) resourceChange {
	r := resourceOf(c)
	origin := c.Origin
	origin.Name = "" // it is the address
	return resourceChange{
		Address: c.Name(), Mode: "managed", Type: r.Type, Name: r.Name, Index: r.Index, hubIDs: hubIDsOf(c),
		Owner: j.owner, ETag: c.ETags, Source: origin,
	}
}

func (j *jsonWriter) change(c plan.Change) error {
	r := j.resource(c)
	r.Adopt, r.Leaves, r.Notices, r.Replace = c.Adopt, c.Leaves, c.Notices, c.Replace
	for _, old := range c.Retire {
		r.Retire = append(r.Retire, old.ID)
	}
	r.Change = fullChangeOf(c.Action, c.Leaves)
	r.Change.Actions = actionsOf(c)
	return j.element(r)
}

func (j *jsonWriter) drift(c plan.Change) error {
	if len(c.Drift) == 0 {
		return nil
	}
	r := j.resource(c)
	r.Leaves = c.Drift
	r.Change = fullChangeOf(plan.Update, c.Drift)
	return j.element(r)
}

// actionsOf are Terraform's words for what happens, a replacement's in its order.
func actionsOf(c plan.Change) []string {
	switch c.Replace {
	case plan.Successor:
		return []string{string(plan.Create), string(plan.Delete)}
	case plan.InPlace:
		return []string{string(plan.Delete), string(plan.Create)}
	default:
		return []string{string(c.Action)}
	}
}

// fullChangeOf builds the trees of values from the leaves. The side on which the
// object does not exist is null.
func fullChangeOf(a plan.Action, leaves []plan.Leaf) fullChange {
	before, after, sensitive := map[string]any{}, map[string]any{}, map[string]any{}
	for _, l := range leaves {
		if len(l.Before) > 0 {
			schema.SetPath(before, l.Path, doc(l.Before))
		}
		if len(l.After) > 0 {
			schema.SetPath(after, l.Path, doc(l.After))
		}
		if l.Secret != "" {
			schema.SetPath(sensitive, l.Path, true)
		}
	}
	c := fullChange{
		Actions: []string{string(a)}, Before: before, After: after, AfterUnknown: map[string]any{},
		BeforeSensitive: sensitive, AfterSensitive: sensitive,
	}
	switch a {
	case plan.Create:
		c.Before, c.BeforeSensitive = nil, false
	case plan.Delete:
		c.After, c.AfterSensitive = nil, false
	case plan.Update:
	}
	return c
}
