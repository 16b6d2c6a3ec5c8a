package remote

import (
	"encoding/json"
	"fmt"

	"github.com/twinset/twinset/schema"
)

// KeepReported names the reported properties that live objects are to carry. The
// others are passed over.
func (r *Remote) KeepReported(paths []schema.Path) { r.reported = paths }

// keepReported takes them from the text of a twin's reported properties.
func (r *Remote) keepReported(o *schema.Object, text json.RawMessage) error {
	if len(r.reported) == 0 || len(text) == 0 || text[0] != '{' || o.Addr.Kind != schema.KindDevice {
		return nil
	}
	doc, err := schema.AppendCanonicalJSON(nil, text, "$metadata", "$version")
	if err != nil {
		return fmt.Errorf("read twin %s: reported: %w", o.Addr, err)
	}
	kept := map[string]any{}
	for _, p := range r.reported {
		found := schema.Lookup(doc, p)
		if found == nil {
			continue
		}
		value, err := schema.Decode(found)
		if err != nil {
			return fmt.Errorf("read twin %s: reported: %w", o.Addr, err)
		}
		schema.SetPath(kept, p, value)
	}
	o.Reported, err = schema.Canonical(kept)
	return err
}

// reportedOf finds the reported properties in a row of a query.
func reportedOf(item []byte) (json.RawMessage, error) {
	var reported json.RawMessage
	err := schema.EachMemberUnchecked(item, func(name, value []byte) error {
		if string(name) == "properties.reported" {
			reported = value
		}
		return nil
	}, "properties")
	return reported, err
}
