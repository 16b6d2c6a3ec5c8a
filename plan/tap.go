package plan

import "github.com/twinset/twinset/schema"

// tap passes a stream on and shows the objects of some kinds to look, which may keep
// nothing but parts of them: the next one comes in the same place, so that what passes
// by is not allocated.
func tap(in schema.Stream, wanted func(schema.Kind) bool, look func(*schema.Object)) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		var at schema.Object
		for o, err := range in {
			if err == nil && wanted(o.Addr.Kind) {
				at = o
				look(&at)
			}
			if !yield(o, err) {
				return
			}
		}
	}
}
