package plan

import (
	"fmt"
	"hash/maphash"

	"github.com/twinset/twinset/schema"
)

// awaited are declared objects that are left out of a plan because somebody else
// is to create their identity, or that of their device, and has not done so yet.
// It keeps 8 bytes of each device.
type awaited struct {
	seed    maphash.Seed
	devices digests
	objects names // whose identity is somebody else's
	modules names // that can be created when their device is there
}

func newAwaited() awaited { return awaited{seed: maphash.MakeSeed()} }

// Awaits tells whether a pair has to wait for an identity that somebody else
// creates: nothing is decided about it then. Devices come before modules.
func (t *Tally) Awaits(p Pair) bool {
	if p.Desired == nil || p.Live != nil {
		return false
	}
	a, addr := &t.awaited, p.Desired.Addr
	digest := maphash.String(a.seed, addr.ID)
	switch {
	case addr.Kind == schema.KindModule && a.devices.has(digest):
		a.modules.add(p.Name())
	case !p.Desired.Lifecycle.TwinOnly():
		return false
	default:
		a.objects.add(p.Name())
		if addr.Kind == schema.KindDevice {
			a.devices.add(digest)
		}
	}
	return true
}

// Warnings say what a plan leaves out.
func (t *Tally) Warnings() []string {
	var list []string
	if a := &t.awaited.objects; a.count > 0 {
		list = append(list, fmt.Sprintf("left out until somebody else has created the identity (manage = %q): %s", schema.ManageTwin, a))
	}
	if a := &t.awaited.modules; a.count > 0 {
		list = append(list, fmt.Sprintf("left out until the device is there: %s", a))
	}
	return list
}
