package plan

import "github.com/twinset/twinset/schema"

// Stage says when a change is executed. A stage begins when the one before it
// has ended, so that a module always finds its device, and finds it enabled: the
// hub refuses writes to the modules of a disabled device (FACTS §3).
//
//	1 create devices
//	2 enable devices
//	3 create modules
//	4 update devices and modules
//	5 delete devices, which takes their modules along
//	6 delete the other modules
//	7 disable devices
func (c Change) Stage() int {
	isDevice := c.Addr.Kind == schema.KindDevice
	switch {
	case c.Action == Create && isDevice:
		return 1
	case c.Action == Update && isDevice && c.setsStatus("enabled"):
		return 2
	case c.Action == Create:
		return 3
	case c.Action == Delete && isDevice:
		return 5
	case c.Action == Delete:
		return 6
	case isDevice && c.setsStatus("disabled"):
		return 7
	default:
		return 4
	}
}

func (c Change) setsStatus(status string) bool {
	for _, l := range c.Leaves {
		if len(l.Path) == 1 && l.Path[0] == "status" {
			return string(l.After) == `"`+status+`"`
		}
	}
	return false
}

// AppendKey appends a byte string that orders changes by stage and address.
func (c Change) AppendKey(b []byte) []byte { return c.Addr.AppendKey(append(b, byte(c.Stage()))) }
