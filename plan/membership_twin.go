package plan

import (
	"slices"

	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

// twin is a device or module as conditions see it. Without a document it is not
// there.
type twin struct {
	addr schema.Address
	doc  schema.Doc
	new  bool // and has reported nothing
}

func liveTwin(o *schema.Object) twin { return twin{addr: o.Addr, doc: o.Doc} }

// value is what a condition finds at a path.
func (t twin) value(path []string) condition.Value {
	switch path[0] {
	case "deviceId":
		return condition.Text(t.addr.ID)
	case "moduleId":
		if t.addr.Sub == "" {
			return condition.Value{}
		}
		return condition.Text(t.addr.Sub)
	case "tags":
		return condition.JSON(schema.Lookup(t.doc, path))
	default:
		if t.new {
			return condition.Value{}
		}
		return condition.Open()
	}
}

// changed is the twin after a change.
func (t twin) changed(c Change) twin {
	switch c.Action {
	case Create:
		return twin{addr: c.Addr, doc: c.After, new: true}
	case Delete:
		return twin{addr: c.Addr}
	case Update:
	}
	concerns := func(l Leaf) bool { return l.Path[0] == "tags" || l.Path[0] == "edge" }
	if !slices.ContainsFunc(c.Leaves, concerns) {
		return t
	}
	m, err := t.doc.Map()
	if err != nil {
		return t // it was decided about, so it can be read
	}
	for _, l := range c.Leaves {
		if !concerns(l) {
			continue
		}
		if len(l.After) == 0 {
			unsetPath(m, l.Path)
		} else if v, err := schema.Decode(l.After); err == nil {
			schema.SetPath(m, l.Path, v)
		}
	}
	doc, err := schema.Canonical(m)
	if err != nil {
		return t
	}
	return twin{addr: t.addr, doc: doc}
}

func unsetPath(m map[string]any, p schema.Path) {
	for _, name := range p[:len(p)-1] {
		sub, ok := m[name].(map[string]any)
		if !ok {
			return
		}
		m = sub
	}
	delete(m, p[len(p)-1])
}
