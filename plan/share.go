package plan

import (
	"fmt"
	"strings"

	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

// Share is the part of a fleet that stands on one of several hubs: the devices whose
// id and declared tags meet a condition.
type Share struct {
	Name  string // of the environment
	Where *condition.Condition
}

// Declared lets the objects through that stand on the hub called name: modules with
// their device, which comes before them; configurations and deployments are on every
// hub. A device that meets the conditions of no hub, or of several, is an error, whichever
// hub is planned. Without shares every hub has the whole fleet.
func Declared(name string, shares []Share, in schema.Stream) schema.Stream {
	if len(shares) == 0 {
		return in
	}
	return func(yield func(schema.Object, error) bool) {
		var device string
		var here bool
		for o, err := range in {
			switch {
			case err != nil:
			case o.Addr.Kind == schema.KindDevice:
				var on string
				on, err = standsOn(&o, shares)
				device, here = o.Addr.ID, on == name
			case o.Addr.Kind == schema.KindModule && o.Addr.ID != device:
				err = fmt.Errorf("%s comes without its device", o.Name())
			}
			if err == nil && !here && !o.Addr.Kind.Targets() {
				continue
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

// standsOn names the one environment whose condition a device meets.
func standsOn(o *schema.Object, shares []Share) (string, error) {
	t := twin{addr: o.Addr, doc: o.Doc, new: true}
	var met []string
	for _, s := range shares {
		if s.Where.Meets(t.value) == condition.Yes {
			met = append(met, s.Name)
		}
	}
	switch len(met) {
	case 1:
		return met[0], nil
	case 0:
		names := make([]string, len(shares))
		for i, s := range shares {
			names[i] = s.Name
		}
		return "", fmt.Errorf("%s%s stands on no hub: it meets the condition of none of %s. Declare a tag that one of them asks for, or mend where", o.Name(), at(o.Origin), strings.Join(names, ", "))
	default:
		return "", fmt.Errorf("%s%s stands on several hubs: it meets the conditions of %s. Mend where, so that every device meets one", o.Name(), at(o.Origin), strings.Join(met, ", "))
	}
}

func at(o schema.Origin) string {
	if o.File == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", o.File, o.Line)
}
