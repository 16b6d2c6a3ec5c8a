package plan

import (
	"fmt"

	"github.com/twinset/twinset/schema"
)

// Release is the change that takes an owner's mark off a live object and touches
// nothing else. It is an error when there is no such mark.
func Release(l *schema.Object, owner string) (Change, error) {
	marks, damaged := schema.Marks(l.Doc)
	others := ownersBut(marks, owner)
	if marks[owner] == nil {
		return Change{}, notOurs(l, owner, others, damaged)
	}
	if len(l.Revisions) > 1 {
		return Change{}, fmt.Errorf("%s is on the hub %d times, because a replacement was interrupted. Apply first to finish it", l.Name(), len(l.Revisions))
	}
	c := Change{
		Action: Update, Addr: l.Addr, Origin: l.Origin, ETags: l.ETags,
		MarkBefore: markTag(l, owner), Unmark: len(others)+len(damaged) == 0,
	}
	c.place(l.Addr, l.Revisions)
	return c, nil
}

func notOurs(l *schema.Object, owner string, others, damaged []string) error {
	switch {
	case len(damaged) > 0:
		return fmt.Errorf("%s does not bear a mark of %s that can be read: %v", l.Name(), owner, damaged)
	case len(others) > 0:
		return fmt.Errorf("%s does not bear the mark of %s; it is owned by %v, which can release it", l.Name(), owner, others)
	default:
		return fmt.Errorf("%s does not bear the mark of %s: there is nothing to release", l.Name(), owner)
	}
}

// Releases tells whether a change does nothing but take the mark off.
func (c Change) Releases() bool { return c.OnlyMark() && len(c.Mark) == 0 && len(c.Taken) == 0 }
