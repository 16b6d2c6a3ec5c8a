package plan

import "github.com/twinset/twinset/schema"

// Stage says when a change is executed. A stage begins when the one before it
// has ended, so that a module always finds its device, and finds it enabled: the
// hub refuses writes to the modules of a disabled device (FACTS §3). A child finds
// its parent an edge device, and leaves it before it is none any more.
//
//	1 create devices, make devices edge devices
//	2 enable devices
//	3 create modules
//	4 update devices and modules
//	5 make edge devices leaves
//	6 create and update configurations and deployments
//	7 delete configurations and deployments
//	8 delete devices, which takes their modules along
//	9 delete the other modules
//	10 disable devices
//
// Configurations find the devices that they target, and go before them.
func (c Change) Stage() int {
	isDevice := c.Addr.Kind == schema.KindDevice
	switch {
	case c.Addr.Kind.Targets() && c.Action == Delete:
		return 7
	case c.Addr.Kind.Targets():
		return 6
	case c.Action == Delete && isDevice:
		return 8
	case c.Action == Delete:
		return 9
	case isDevice && c.Action == Update && c.setsStatus("disabled"):
		return 10
	case isDevice && (c.Action == Create || c.MakesEdge()):
		return 1
	case isDevice && c.setsStatus("enabled"):
		return 2
	case c.Action == Create:
		return 3
	case isDevice && c.endsEdge():
		return 5
	default:
		return updateStage
	}
}

const updateStage = 4

// Order is the stage and within it the level of the hierarchy: parents are
// created and changed before their children, and deleted after them. Changes of
// different order are never under way at once.
func (c Change) Order() int {
	level := min(max(c.Level, 0), maxLevel)
	if c.Action == Delete {
		level = maxLevel - level
	}
	return c.Stage()<<8 | level
}

func (c Change) setsStatus(status string) bool {
	for _, l := range c.Leaves {
		if len(l.Path) == 1 && l.Path[0] == "status" {
			return string(l.After) == `"`+status+`"`
		}
	}
	return false
}

// AppendKey appends a byte string that orders changes by order and address.
func (c Change) AppendKey(b []byte) []byte {
	order := c.Order()
	return c.Addr.AppendKey(append(b, byte(order>>8), byte(order)))
}

// Free tells whether a change neither waits for others of its plan nor is waited for:
// it writes values to the twin of a device that exists. Whatever creates identities
// may go on beside it. What comes after updates still does.
func (c Change) Free() bool {
	if c.Action != Update || c.Addr.Kind != schema.KindDevice || c.Stage() != updateStage {
		return false
	}
	for _, l := range c.Leaves {
		if l.Facet() != TwinFacet {
			return false
		}
	}
	return true
}
