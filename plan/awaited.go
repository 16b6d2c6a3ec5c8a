package plan

import (
	"fmt"
	"hash/maphash"

	"github.com/twinset/twinset/schema"
)

// awaited are declared objects that are left out of a plan because somebody else
// is to create their identity, or that of their device, and has not done so yet,
// or because the plan is about existing objects only.
// It keeps 8 bytes of each device.
type awaited struct {
	seed    maphash.Seed
	devices digests
	objects names // whose identity is somebody else's
	modules names // that can be created when their device is there
	missing names // that this plan does not create
}

func newAwaited() awaited { return awaited{seed: maphash.MakeSeed()} }

// Awaits tells whether a pair has to wait for an identity that somebody else
// creates, or another plan: nothing is decided about it then. Devices come before
// modules.
func (t *Tally) Awaits(p Pair, pol Policy) bool {
	if p.Desired == nil || p.Live != nil {
		return false
	}
	a, addr := &t.awaited, p.Desired.Addr
	digest := maphash.String(a.seed, addr.ID)
	switch {
	case pol.OnlyExisting:
		a.missing.add(p.Name())
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

// NothingExists tells whether no declared object is on the hub, in a plan that is
// about existing objects only.
func (t *Tally) NothingExists() bool {
	declared := 0
	for _, n := range t.Declared {
		declared += n
	}
	return t.awaited.missing.count > 0 && t.awaited.missing.count == declared
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
	if a := &t.awaited.missing; a.count > 0 {
		list = append(list, fmt.Sprintf("not on the hub, where twinset apply creates them: %s", a))
	}
	return append(list, t.Membership.Warnings()...)
}
