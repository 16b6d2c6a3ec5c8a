package applytest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/twinset/twinset/schema"
)

// gone marks the parent of a child whose scope is not that of the device which
// has the parent's id now.
const gone = " (gone)"

// attach gives a device that became an edge device a scope, and one with another
// parent that one's scope. The parent must be an edge device by now.
func (m *Memory) attach(o *schema.Object) error {
	if o.Addr.Kind != schema.KindDevice {
		return nil
	}
	before := m.objects[o.Addr]
	edge := string(schema.Lookup(o.Doc, schema.Path{"edge"})) == "true"
	switch {
	case !edge:
		o.Scope = ""
	case before.Scope == "":
		o.Scope = fmt.Sprintf("scope %d of %s", m.version, o.Addr.ID)
	default:
		o.Scope = before.Scope
	}
	switch parent := parentOf(o.Doc); {
	case parent == parentOf(m.view(before).Doc):
		o.Doc, o.Attached = withParent(o.Doc, parentOf(before.Doc)), before.Attached
	case parent == "":
		o.Attached = ""
	default:
		o.Attached = m.objects[schema.DeviceAddress(parent)].Scope
		if o.Attached == "" {
			return fmt.Errorf("its parent %s is no edge device", parent)
		}
	}
	return nil
}

// there is a parent before it went: a plan may take it away from a child that it
// changes later.
func there(value schema.Doc) schema.Doc {
	return bytes.Replace(value, []byte(gone+`"`), []byte(`"`), 1)
}

// view is an object as its readers see it.
func (m *Memory) view(o schema.Object) schema.Object {
	if parent := parentOf(o.Doc); parent != "" && m.objects[schema.DeviceAddress(parent)].Scope != o.Attached {
		o.Doc = withParent(o.Doc, parent+gone)
	}
	return o
}

func parentOf(d schema.Doc) string {
	var s string
	if v := schema.Lookup(d, schema.Path{"parent"}); v != nil {
		_ = json.Unmarshal(v, &s) // what is no string names nothing
	}
	return s
}

func withParent(d schema.Doc, parent string) schema.Doc {
	if parent == "" {
		return d
	}
	doc, err := schema.SetString(d, schema.Path{"parent"}, parent)
	if err != nil {
		return d // a path of one name is always set
	}
	return doc
}
