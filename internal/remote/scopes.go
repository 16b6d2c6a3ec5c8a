package remote

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// scopePrefix begins the scopes that the hub makes for edge devices: the device's
// id, a hyphen and the time in digits follow, which are left out for a device that
// was a leaf before (FACTS §1.5).
const scopePrefix = "ms-azure-iot-edge://"

// scopes are the scope of an edge device, and the scope that a device is attached
// to: a leaf bears that of its parent as its own (FACTS §1.5).
func scopes(t *hub.Twin) (own, attached string) {
	if !t.Capabilities.IoTEdge {
		return "", t.DeviceScope
	}
	if len(t.ParentScopes) > 0 {
		attached = t.ParentScopes[0]
	}
	return t.DeviceScope, attached
}

// deviceOf is the id of the device that a scope was made for. It is empty for
// other texts: leaves may bear any as their scope.
func deviceOf(scope string) string {
	text, ours := strings.CutPrefix(scope, scopePrefix)
	i := strings.LastIndexByte(text, '-')
	if !ours || i < 1 || strings.Trim(text[i+1:], "0123456789") != "" {
		return ""
	}
	return text[:i]
}

// parentName is how a document names the parent behind a scope. What no hub made
// is shown with words that no id can hold.
func parentName(scope string) string {
	id := deviceOf(scope)
	if id == "" && scope != "" {
		return scope + " (unknown scope)"
	}
	return id
}

// Attached tells parents that are gone from those that are there, for objects
// that Live gave, after it has ended. A child keeps the scope of a parent that was
// deleted, also when another device gets its id.
func (r *Remote) Attached(live schema.Stream) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		for o, err := range live {
			if err == nil && o.Attached != "" {
				if scope, _ := r.scopes.Load(deviceOf(o.Attached)); scope != o.Attached {
					err = markGone(&o)
				}
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// checkParent does that for an object that was read alone. The parent is read
// when it is not known to have the scope: query answers lag (FACTS §5).
func (r *Remote) checkParent(ctx context.Context, o *schema.Object) error {
	parent := deviceOf(o.Attached)
	if scope, _ := r.scopes.Load(parent); scope == o.Attached || parent == "" {
		return nil
	}
	scope, known := r.asked.Load(parent)
	if !known {
		own, err := r.readScope(ctx, parent)
		if err != nil {
			return err
		}
		scope = own
	}
	if scope == o.Attached {
		return nil
	}
	return markGone(o)
}

// markGone names a parent that was deleted: the scope that a child bears is not
// that of the device which has the id now. No id can hold the text.
func markGone(o *schema.Object) error {
	parent := deviceOf(o.Attached)
	if parent == "" {
		return nil // of no device that is known
	}
	var err error
	o.Doc, err = schema.SetString(o.Doc, schema.Path{fieldParent}, parent+" (gone)")
	return err
}

// readScope reads the scope of an edge device; empty when there is none.
func (r *Remote) readScope(ctx context.Context, id string) (string, error) {
	twin, err := r.client.Twin(ctx, id, "")
	if err != nil && !hub.IsNotFound(err) {
		return "", err
	}
	own, _ := scopes(&twin) // of a missing device: none
	r.asked.Store(id, own)
	if own != "" {
		r.scopes.Store(id, own)
	}
	return own, nil
}

// scopeOf is the scope that children of a device are attached by. Those of parents
// that the same apply creates are made by the hub, so it is read when the child's
// turn comes.
func (t target) scopeOf(ctx context.Context, parent string) (string, error) {
	if scope, known := t.scopes.Load(parent); known {
		return scope.(string), nil
	}
	scope, err := t.readScope(ctx, parent)
	if err == nil && scope == "" {
		err = fmt.Errorf("its parent %q is no IoT Edge device of the hub", parent)
	}
	return scope, err
}

// attachEntry gives a new device its capability and its parent.
func (t target) attachEntry(ctx context.Context, e *hub.BulkEntry, c plan.Change) error {
	if c.MakesEdge() {
		e.Capabilities = &hub.Capabilities{IoTEdge: true}
	}
	parent := c.NewParent()
	if parent == "" {
		return nil
	}
	scope, err := t.scopeOf(ctx, parent)
	switch {
	case err != nil:
		return err
	case c.MakesEdge():
		e.ParentScopes = []string{scope}
	default:
		e.DeviceScope = scope
	}
	return nil
}

// putDevice writes an identity with the planned changes to its place in the
// hierarchy. Everything else of it is as read: the hub wants every scope back
// (FACTS §1.5).
func (t target) putDevice(ctx context.Context, d hub.Device, match hub.ETag, c plan.Change) error {
	edge, parents, err := t.place(ctx, d, c)
	if err != nil {
		return err
	}
	was := d.Edge()
	switch {
	case !moves(c):
	case was && !edge:
		return t.makeLeaf(ctx, d, match, parents)
	case edge && !was:
		d.SetEdge(true)
		d.SetScopes("", parents) // the parent's scope as its own is a 503 (FACTS §1.5)
	case edge:
		d.SetScopes(d.Scope(), parents)
	default:
		d.SetScopes(first(parents), parents)
	}
	_, err = t.client.PutDevice(ctx, d, match)
	return err
}

func moves(c plan.Change) bool {
	return slices.ContainsFunc(c.Leaves, func(l plan.Leaf) bool {
		return l.Path.String() == fieldEdge || l.Path.String() == fieldParent
	})
}

// place is what a device will be, and the scopes that it will be attached to.
func (t target) place(ctx context.Context, d hub.Device, c plan.Change) (edge bool, parents []string, err error) {
	edge, parents = d.Edge(), d.ParentScopes()
	if !edge {
		parents = nil
		if scope := d.Scope(); scope != "" {
			parents = []string{scope}
		}
	}
	for _, l := range c.Leaves {
		switch l.Path.String() {
		case fieldEdge:
			edge = string(l.After) == "true"
		case fieldParent:
			parents = nil
			if parent := c.NewParent(); parent != "" {
				var scope string
				if scope, err = t.scopeOf(ctx, parent); err != nil {
					return edge, nil, err
				}
				parents = []string{scope}
			}
		}
	}
	return edge, parents, nil
}

// makeLeaf takes the capability of an edge device. The hub forgets its parent
// then, so that it is attached again in a second write (FACTS §1.5).
func (t target) makeLeaf(ctx context.Context, d hub.Device, match hub.ETag, parents []string) error {
	d.SetEdge(false)
	leaf, err := t.client.PutDevice(ctx, d, match)
	if err != nil || leaf.Scope() == first(parents) {
		return err
	}
	leaf.SetScopes(first(parents), nil)
	if _, err := t.client.PutDevice(ctx, leaf, leaf.ETag); err != nil {
		return fmt.Errorf("it is no IoT Edge device any more, but is not attached to %q: %w", parentName(first(parents)), err)
	}
	return nil
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
