package plan

import (
	"fmt"
	"slices"

	"github.com/twinset/twinset/schema"
)

// Action is what a change does to an object.
type Action string

// The actions. A mark that is put on, moved or taken off is an update too.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Change is one line of a plan: everything that is needed to execute it, to
// check that it still may be executed, and to show it.
type Change struct {
	Action Action         `json:"action"`
	Adopt  bool           `json:"adopt,omitempty"` // the object existed without our mark
	Addr   schema.Address `json:"address"`
	Origin schema.Origin  `json:"origin,omitzero"`

	// Leaves are the values that change, in order. A create lists all of them.
	// The ownership mark is not among them.
	Leaves []Leaf `json:"leaves,omitempty"`

	// Overwritten are live values that give way to leaves below their paths, because
	// an object comes in their place. They are written with those leaves; the value is
	// known here so that it can come back.
	Overwritten []Leaf `json:"overwritten,omitempty"`

	// After is the whole document of a create or replacement, without mark and
	// secrets.
	After schema.Doc `json:"after,omitempty"`

	// Of configurations and deployments: HubID is the id on the hub when it is not
	// that of the address, of a replacement with a successor the successor's. Retire
	// are revisions that go once that one is applied.
	HubID   string            `json:"hub_id,omitempty"`
	Replace Replacement       `json:"replace,omitempty"`
	Retire  []schema.Revision `json:"retire,omitempty"`

	// Mark is this owner's mark after the change, MarkBefore as it was found. An
	// empty Mark with a MarkBefore takes the mark off.
	Mark       schema.Doc `json:"mark,omitempty"`
	MarkBefore schema.Doc `json:"mark_before,omitempty"`

	// Unmark tells that this owner's mark is the last one: the reserved tag goes
	// with it, or an empty object would stay behind.
	Unmark bool `json:"unmark,omitempty"`

	// Taken holds other owners' marks less the fields that this change takes over.
	Taken map[string]schema.Doc `json:"taken,omitempty"`

	// Secrets are the references that apply resolves and checks by digest.
	Secrets []schema.Secret `json:"secrets,omitempty"`

	// Passwords are references too, to passwords of registries in the content that is
	// written: [schema.HiddenPassword] holds their places.
	Passwords []schema.Secret `json:"passwords,omitempty"`

	// Quarantine disables a device because it is not declared any more.
	Quarantine bool `json:"quarantine,omitempty"`

	// LastActivity is what a plan to delete a device or module saw of its use. Apply
	// does not delete what was used since, unless ForceActive says that it may.
	LastActivity string `json:"last_activity,omitempty"`
	ForceActive  bool   `json:"force_active,omitempty"`

	// Level is how many devices stand above this one in the hierarchy of parents,
	// where that decides about the order.
	Level int `json:"level,omitempty"`

	// ETags are what apply must find; they were read by the plan.
	ETags schema.ETags `json:"etags,omitzero"`

	// Drift lists owned leaves that somebody else changed: Before as declared,
	// After as found. It is shown, never executed.
	Drift []Leaf `json:"drift,omitempty"`

	Notices []Notice `json:"notices,omitempty"`
}

// Leaf is one value before and after. An empty document means absent. The path
// may lead to an object when all of it goes away.
type Leaf struct {
	Path   schema.Path      `json:"path"`
	Before schema.Doc       `json:"before,omitempty"`
	After  schema.Doc       `json:"after,omitempty"`
	Secret schema.SecretRef `json:"secret,omitempty"` // the value is known by reference; Before and After are empty
}

// Facet is the part of the hub's object that the leaf belongs to.
func (l Leaf) Facet() Facet {
	switch l.Path[0] {
	case "tags", "desired":
		return TwinFacet
	case schema.MemberManifest:
		return ManifestFacet
	default:
		return IdentityFacet
	}
}

// Facet names one of the resources of a device or module: each has its own
// request, and identity and twin their own ETag. The manifest stands in the twins
// of the device's modules.
type Facet int

// The facets.
const (
	IdentityFacet Facet = iota
	TwinFacet
	ManifestFacet
)

// Notice is something to say about a change. Refusal makes the whole plan
// refused (exit code 5).
type Notice struct {
	Refusal bool   `json:"refusal,omitempty"`
	Text    string `json:"text"`
}

// Name is how messages call the changed object.
func (c Change) Name() string {
	if c.Origin.Name != "" {
		return c.Origin.Name
	}
	return c.Addr.String()
}

// OnlyMark tells whether nothing but ownership changes.
func (c Change) OnlyMark() bool {
	return c.Action == Update && len(c.Leaves) == 0 && len(c.Retire) == 0
}

// Record is what is kept of a change that was carried out: enough to take it back. Of
// the place of the declaration only the name is, because files change.
func (c Change) Record() Change {
	return Change{
		Action: c.Action, Adopt: c.Adopt, Addr: c.Addr, Origin: schema.Origin{Name: c.Origin.Name}, Leaves: c.Leaves, Overwritten: c.Overwritten,
		HubID: c.HubID, Replace: c.Replace, Mark: c.Mark, MarkBefore: c.MarkBefore, Taken: c.Taken, Quarantine: c.Quarantine,
	}
}

// Removes tells whether the change takes a value away.
func (c Change) Removes(path ...string) bool {
	for _, l := range c.Leaves {
		if slices.Equal(l.Path, path) {
			return len(l.After) == 0 && l.Secret == ""
		}
	}
	return false
}

// Refused tells whether a notice refuses the change.
func (c Change) Refused() bool {
	for _, n := range c.Notices {
		if n.Refusal {
			return true
		}
	}
	return false
}

func (c *Change) refuse(format string, args ...any) {
	c.Notices = append(c.Notices, Notice{Refusal: true, Text: fmt.Sprintf(format, args...)})
}

func (c *Change) note(format string, args ...any) {
	c.Notices = append(c.Notices, Notice{Text: fmt.Sprintf(format, args...)})
}
