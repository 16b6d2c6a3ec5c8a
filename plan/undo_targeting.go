package plan

import (
	"slices"

	"github.com/twinset/twinset/schema"
)

// restore makes a configuration or deployment again that was deleted: it has no
// keys that could be lost. Labels and metrics of others went with it.
func (u *Undo) restore(done Change, now UndoNow) (Change, bool, error) {
	if now.Live != nil {
		return u.whole(done, now.Live, "%s was deleted by apply %s and is on the hub again", done.Name(), u.o.Apply)
	}
	was, err := schema.ParseMark(done.MarkBefore)
	if err != nil {
		return u.whole(done, nil, "the journal does not tell whose %s was", done.Name())
	}
	o := schema.Object{Addr: done.Addr, Origin: done.Origin, Revisions: now.Held, Lifecycle: lifecycleOf(was)}
	m := map[string]any{}
	for _, l := range done.Leaves {
		if schema.HidesCredentials(l.Before) {
			return u.whole(done, nil, "%s held passwords of registries, which are recorded nowhere: it cannot be made again. Declare it", done.Name())
		}
		if err := put(m, l.Path, l.Before); err != nil {
			return Change{}, false, err
		}
	}
	if o.Doc, err = schema.Canonical(m); err != nil {
		return Change{}, false, err
	}
	c, err := decideCreate(&o)
	return c, err == nil, err
}

// lifecycleOf is what a mark records of a lifecycle.
func lifecycleOf(m *schema.Mark) *schema.Lifecycle {
	return &schema.Lifecycle{PreventDestroy: m.Protected, OnRemove: m.OnRemove}
}

func put(m map[string]any, p schema.Path, value schema.Doc) error {
	v, err := schema.Decode(value)
	if err == nil {
		schema.SetPath(m, p, v)
	}
	return err
}

// content takes a replacement back: the content of before takes over from that of
// now in the way in which it was replaced. Fields are one whole here, because a
// revision is made of all of them.
func (u *Undo) content(done Change, l *schema.Object) (Change, bool, error) {
	was, err := schema.ParseMark(done.MarkBefore)
	if err != nil {
		return u.whole(done, l, "%s took the place of one that this project had not made, and that went with its content. Declare what it was", done.Name())
	}
	if !Marked(l, u.pol.Owner) {
		return u.whole(done, l, "%s does not bear the mark of %s any more", done.Name(), u.pol.Owner)
	}
	w := newUpdate(&schema.Object{Addr: l.Addr, Origin: done.Origin}, l, u.pol)
	var inverse []Leaf
	var reasons []string
	for _, leaf := range done.Leaves {
		have := schema.Lookup(l.Doc, leaf.Path)
		switch {
		case schema.HidesCredentials(leaf.Before):
			reasons = append(reasons, leaf.Path.String()+" cannot be taken back: it held passwords of registries, which are recorded nowhere")
		case !sameDoc(have, leaf.After) && !sameDoc(have, leaf.Before):
			reasons = append(reasons, u.differs(w, leaf, have))
		default:
			inverse = append(inverse, Leaf{Path: leaf.Path, After: leaf.Before})
		}
	}
	if was.Keys != "" && w.mine.Keys != was.Keys && len(reasons) == 0 {
		reasons = append(reasons, "another password of a registry cannot be taken back: that of before is recorded nowhere. Give the secret its value of before, and apply")
	}
	if len(reasons) > 0 {
		return u.refuseAll(done, l, reasons)
	}
	d, err := w.redeclared(inverse, was)
	if err != nil {
		return Change{}, false, err
	}
	d.Lifecycle = lifecycleOf(was)
	if done.Replace == InPlace {
		d.Lifecycle.Replace = schema.ReplaceInPlace
	}
	c, ok, err := decideTargeting(d, l, u.pol)
	c.Drift = nil
	return c, ok, err
}

// redeclared is what this owner's fields of a live object would be declared as, with
// some leaves changed: those that it had before, and those that it has got since.
func (u *update) redeclared(inverse []Leaf, was *schema.Mark) (*schema.Object, error) {
	m := map[string]any{}
	for _, leaf := range u.live {
		inverted := slices.ContainsFunc(inverse, func(l Leaf) bool { return leaf.Path.Overlaps(l.Path) })
		if inverted || !u.mine.Owns(leaf.Path) {
			continue
		}
		if err := put(m, leaf.Path, leaf.Value); err != nil {
			return nil, err
		}
	}
	for _, l := range inverse {
		if len(l.After) == 0 || !was.Owns(l.Path) {
			continue
		}
		if err := put(m, l.Path, l.After); err != nil {
			return nil, err
		}
	}
	doc, err := schema.Canonical(m)
	return &schema.Object{Addr: u.d.Addr, Origin: u.d.Origin, Doc: doc}, err
}
