package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twinset/twinset/schema"
)

// maxLevel bounds the depth that the order of changes tells apart. Gateways are
// nested a few layers deep.
const maxLevel = 255

// NewParent is the id of the device that a change attaches its device to; empty
// when it attaches it to none.
func (c Change) NewParent() string { return textOf(c.after(parentPath)) }

// MakesEdge tells whether a change creates an edge device or makes a device one.
func (c Change) MakesEdge() bool { return string(c.after(edgePath)) == "true" }

func (c Change) after(p schema.Path) schema.Doc {
	for _, l := range c.Leaves {
		if slices.Equal(l.Path, p) {
			return l.After
		}
	}
	return nil
}

// endsEdge tells whether a change makes an edge device a leaf.
func (c Change) endsEdge() bool {
	return slices.ContainsFunc(c.Leaves, func(l Leaf) bool {
		return c.Action == Update && slices.Equal(l.Path, edgePath) && string(l.Before) == "true"
	})
}

// arrange gives a change its level, and refuses it when it would attach a device
// to what will be no edge device, attach it below itself, or cut children off.
// Live is nil for a create.
func (h *Hierarchy) arrange(c *Change, live *schema.Object) {
	if h == nil || c.Addr.Kind != schema.KindDevice {
		return
	}
	switch {
	case c.Action == Delete:
		c.Level = h.depth(h.liveUp, textOf(schema.Lookup(live.Doc, parentPath)))
		h.keepChildren(c, live.Scope, "removing %s would cut off its children: %s. Give them another parent, or remove them too")
	case c.endsEdge():
		h.keepChildren(c, live.Scope, "%s cannot stop being an IoT Edge device: it has children: %s. Give them another parent first")
		c.note("%s stops being an IoT Edge device: deployments do not reach it any more", c.Name())
	}
	if c.MakesEdge() && c.Action == Update {
		c.Level = h.depth(h.up, h.up[c.Addr.ID])
		if h.children[c.Addr.ID] != nil && c.setsStatus(schema.StatusDisabled) {
			// Devices are disabled last, and children need the capability before.
			c.refuse("%s is to become an IoT Edge device and be disabled, while it has children: %s. Apply one of the two first", c.Name(), h.children[c.Addr.ID])
		}
	}
	if parent := c.NewParent(); parent != "" {
		c.Level = h.depth(h.up, parent)
		h.checkParent(c, parent)
	}
}

func (h *Hierarchy) checkParent(c *Change, parent string) {
	_, live := h.live[parent]
	switch {
	case h.isEdge(parent):
		if path := h.circle(c.Addr.ID, parent); path != nil {
			c.refuse("its parents lead back to it: %s. Give one of them another parent, or none", strings.Join(path, " -> "))
		}
	case live:
		c.refuse("its parent %q is an IoT Edge device now, but will be none: the plan removes it, or makes it a leaf. Declare it with edge = true, or give %s another parent", parent, c.Name())
	case h.pol.KeepAbsent:
		c.refuse("its parent %q is no IoT Edge device of the hub. With --target it must be among the targets, declared with edge = true, or be applied before", parent)
	default:
		c.refuse("its parent %q is no IoT Edge device: it is neither declared with edge = true nor one on the hub. Declare it so, or correct the parent of %s", parent, c.Name())
	}
}

func (h *Hierarchy) isEdge(id string) bool {
	if edge, declared := h.edges[id]; declared {
		return edge
	}
	e, live := h.live[id]
	return live && !e.goes
}

// circle is the way from a device up to itself again; nil when there is none.
func (h *Hierarchy) circle(id, parent string) []string {
	path := []string{id}
	for at := parent; at != "" && len(path) <= len(h.up)+1; at = h.up[at] {
		path = append(path, at)
		if at == id {
			return path
		}
	}
	return nil
}

// depth is the number of devices above a child of the given parent.
func (h *Hierarchy) depth(up map[string]string, parent string) int {
	n := 0
	for at := parent; at != "" && n < maxLevel; at = up[at] {
		n++
	}
	return n
}

// keepChildren refuses a change to a parent that some device is, or stays,
// attached to.
func (h *Hierarchy) keepChildren(c *Change, scope, format string) {
	all := &names{}
	for _, g := range []*names{h.children[c.Addr.ID], h.kept[scope]} {
		if g != nil {
			all.first, all.count = append(all.first, g.first...), all.count+g.count
		}
	}
	if all.count > 0 {
		c.refuse(format, c.Name(), all)
	}
}

// String lists a few names and counts the rest.
func (n *names) String() string {
	shown := slices.Sorted(slices.Values(n.first))
	shown = shown[:min(firstNames, len(shown))]
	text := strings.Join(shown, ", ")
	if more := n.count - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
