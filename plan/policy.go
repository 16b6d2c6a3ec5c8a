package plan

import (
	"fmt"

	"github.com/twinset/twinset/schema"
)

// Policy is what the user allows. The zero value allows the least.
type Policy struct {
	Owner         string // who we are: project.owner/environment
	Adopt         bool   // existing objects without our mark may be taken over
	TakeOwnership bool   // fields of other owners may be taken over
	KeepAbsent    bool   // what is no longer declared is left alone (--target)
	OnlyExisting  bool   // what does not exist is left out (adopt)
	Destroy       bool   // removing everything is what is asked for
	Protected     bool   // the environment must not be destroyed
	Deletes       DeleteLimits
	Moves         []Move                     `json:",omitempty"`
	OnRemove      string                     `json:",omitempty"` // what becomes of objects that say nothing of it; empty deletes them
	Removals      map[schema.Address]Removal `json:"-"`          // what removed blocks say of objects that are not declared any more
	Collect       string                     `json:",omitempty"` // devices in quarantine since before are deleted, as [schema.ActivityTime] writes it; empty leaves them
	ForceActive   bool                       `json:",omitempty"` // what is in use may be deleted
	ActiveSince   string                     `json:",omitempty"` // what was active after it is in use, as [schema.ActivityTime] writes it
	Stays         func(device string) bool   `json:"-"`          // devices that are left where they are, declared or not; nil when that is for others to say
	Overlays      *Overlays                  `json:"-"`          // nil when there are none
	Hierarchy     *Hierarchy                 `json:"-"`          // nil when parents are not looked at
}

// DeleteLimits guard against removing a fleet by accident: a plan that removes
// more than Count objects and more than Percent of the owned objects of a kind is
// refused.
type DeleteLimits struct {
	Count   *int // nil means the default
	Percent *int // nil means the default
	Allow   int  // --allow-deletes: so many removals are meant
}

// The default limits.
const (
	DefaultDeleteCount   = 5
	DefaultDeletePercent = 5
)

// Tally counts what a plan has seen. The guards need totals, so they are judged
// when the streams have ended. Pairs are counted where they are matched and changes
// where they are decided, which may be two goroutines: they write different fields.
type Tally struct {
	Declared map[schema.Kind]int
	Owned    map[schema.Kind]int // live objects that bear our mark
	Others   Unmanaged           // live objects that do not, and are not declared
	Counts   Counts

	// Membership sees the pairs too; nil when nobody predicts.
	Membership *Membership

	refused int
	outside map[schema.Kind]int // removals in other parts of a plan that is split
	awaited awaited
}

// Counts are the changes of a plan by action.
type Counts struct {
	Create int                 `json:"create"`
	Update int                 `json:"update"`
	Delete int                 `json:"delete"`
	Drift  int                 `json:"drift"` // objects with drifted leaves; not a change by itself
	byKind map[schema.Kind]int // deletions and quarantines
	gone   int                 // the same of all kinds
}

// Total is the number of changes.
func (c Counts) Total() int { return c.Create + c.Update + c.Delete }

// Any tells whether there is a change.
func (c Counts) Any() bool { return c.Total() > 0 }

// NewTally starts at nothing.
func NewTally() *Tally {
	return &Tally{Declared: map[schema.Kind]int{}, Owned: map[schema.Kind]int{}, Others: Unmanaged{schema.KindDevice: 0}, outside: map[schema.Kind]int{}, Counts: Counts{byKind: map[schema.Kind]int{}}, awaited: newAwaited()}
}

// Pair counts a pair as it comes from Match.
func (t *Tally) Pair(p Pair, owner string) {
	if p.Desired != nil {
		t.Declared[p.Desired.Addr.Kind]++
	}
	if p.Live != nil && Marked(p.Live, owner) && (p.Desired != nil || !Quarantined(p.Live, owner)) {
		t.Owned[p.Live.Addr.Kind]++
	}
	if p.Desired == nil && p.Live != nil && !Marked(p.Live, owner) {
		t.Others[p.Live.Addr.Kind]++
	}
}

// Outside counts a pair that belongs to another part of a plan that is split. What
// would be removed there counts for the limits of removal: splitting a plan must not
// get around them.
func (t *Tally) Outside(p Pair, pol Policy) {
	t.Pair(p, pol.Owner)
	if p.Desired == nil && Marked(p.Live, pol.Owner) && !pol.Rests(p) {
		t.outside[p.Live.Addr.Kind]++
	}
}

func (t *Tally) elsewhere() int {
	n := 0
	for _, of := range t.outside {
		n += of
	}
	return n
}

// Change counts a decided change.
func (t *Tally) Change(c Change) {
	switch c.Action {
	case Create:
		t.Counts.Create++
	case Update:
		t.Counts.Update++
	case Delete:
		t.Counts.Delete++
	}
	if c.Action == Delete || c.Quarantine {
		t.Counts.byKind[c.Addr.Kind]++
		t.Counts.gone++
	}
	if len(c.Drift) > 0 {
		t.Counts.Drift++
	}
	if c.Refused() {
		t.refused++
	}
}

// Verdict judges the whole plan: the reasons why it must not be applied, or
// none.
func (t *Tally) Verdict(pol Policy) []string {
	reasons := t.Refusals()
	reasons = append(reasons, t.Membership.Verdict()...)
	if pol.Destroy && pol.Protected && t.Counts.gone > 0 {
		reasons = append(reasons, "the environment is protected: nothing in it can be destroyed")
	}
	if pol.KeepAbsent || pol.Destroy {
		return reasons
	}
	if owned := t.Owned[schema.KindDevice]; t.Declared[schema.KindDevice] == 0 && owned > 0 && !t.allowed(pol) {
		reasons = append(reasons, fmt.Sprintf("the configuration declares no device at all, but %s owns %d: an empty configuration is taken for a mistake. To remove them, say --allow-deletes %d", pol.Owner, owned, max(1, t.Counts.gone+t.elsewhere())))
		return reasons
	}
	for _, k := range schema.Kinds() {
		if reason := t.tooMany(k, pol); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// Refusals judges the changes one by one.
func (t *Tally) Refusals() []string {
	if t.refused == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of the changes are refused; each says why", t.refused)}
}

func (t *Tally) allowed(pol Policy) bool {
	return pol.Deletes.Allow > 0 && t.Counts.gone+t.elsewhere() <= pol.Deletes.Allow
}

func (t *Tally) tooMany(k schema.Kind, pol Policy) string {
	count, percent := DefaultDeleteCount, DefaultDeletePercent
	if pol.Deletes.Count != nil {
		count = *pol.Deletes.Count
	}
	if pol.Deletes.Percent != nil {
		percent = *pol.Deletes.Percent
	}
	n, owned := t.Counts.byKind[k]+t.outside[k], t.Owned[k]
	if n <= count || n*100 <= owned*percent || t.allowed(pol) {
		return ""
	}
	return fmt.Sprintf("%d of %d owned %ss would be removed, more than %d and more than %d %%. If that is meant, say --allow-deletes %d", n, owned, k, count, percent, t.Counts.gone+t.elsewhere())
}
