package plan

import "github.com/twinset/twinset/schema"

// Stage says when a change is executed. A stage begins when the one before it
// has ended, so that a module always finds its device:
//
//	1 create devices
//	2 create modules
//	3 update devices and modules
//	4 delete modules
//	5 delete devices
func (c Change) Stage() int {
	switch c.Action {
	case Create:
		return level(c.Addr.Kind)
	case Delete:
		return 2*levels + 2 - level(c.Addr.Kind)
	default:
		return levels + 1
	}
}

// levels is the depth of the hub's hierarchy.
const levels = 2

// level is the place of a kind in the hierarchy: creates go down, deletes up.
func level(k schema.Kind) int {
	if k == schema.KindModule {
		return 2
	}
	return 1
}

// AppendKey appends a byte string that orders changes by stage and address.
func (c Change) AppendKey(b []byte) []byte { return c.Addr.AppendKey(append(b, byte(c.Stage()))) }
