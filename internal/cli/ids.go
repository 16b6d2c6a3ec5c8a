package cli

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/twinset/twinset/internal/spool"
	"github.com/twinset/twinset/schema"
)

// idList keeps the addresses of the devices and modules that are declared, for reading
// them one by one, on disk when there are many. They come backwards: queries are seen
// to go forwards, so that both meet.
type idList struct {
	kinds map[schema.Kind]*ids
	tags  []schema.Path // declared tags with text, of the first objects
}

type ids struct {
	sorter *spool.Sorter
	count  int64
	first  []schema.Address
}

const (
	firstIDs = 5 // are kept apart, for a look before the reading
	mostTags = 5 // that a fleet may be cut by
)

func newIDList(m memory) (*idList, error) {
	l := &idList{kinds: map[schema.Kind]*ids{}}
	for _, k := range []schema.Kind{schema.KindDevice, schema.KindModule} {
		s, err := spool.New(spool.Options{Budget: m.budget() / 8})
		if err != nil {
			l.close()
			return nil, err
		}
		l.kinds[k] = &ids{sorter: s}
	}
	return l, nil
}

// noted keeps the addresses that pass by. A nil list keeps none.
func (l *idList) noted(in schema.Stream) schema.Stream {
	if l == nil {
		return in
	}
	return func(yield func(schema.Object, error) bool) {
		for o, err := range in {
			if err == nil && !o.Addr.Kind.Targets() {
				err = l.add(o)
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

func (l *idList) add(o schema.Object) error {
	k := l.kinds[o.Addr.Kind]
	k.count++
	if len(k.first) < firstIDs {
		k.first = append(k.first, o.Addr)
		l.addTags(o.Doc)
	}
	value := []byte(o.Addr.ID + "\x00" + o.Addr.Sub)
	key := make([]byte, len(value))
	for i, b := range value {
		key[i] = ^b
	}
	return k.sorter.Add(key, value)
}

func (l *idList) addTags(d schema.Doc) {
	tags, err := schema.Lookup(d, schema.Path{"tags"}).Map()
	if err != nil {
		return // it is no object: others say so
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		p := schema.Path{"tags", name}
		known := slices.ContainsFunc(l.tags, func(q schema.Path) bool { return slices.Equal(p, q) })
		if _, text := tags[name].(string); text && len(l.tags) < mostTags && !known {
			l.tags = append(l.tags, p)
		}
	}
}

// of are the addresses of one kind. They can be iterated once.
func (l *idList) of(k schema.Kind) iter.Seq2[schema.Address, error] {
	return func(yield func(schema.Address, error) bool) {
		for rec, err := range l.kinds[k].sorter.Sorted() {
			id, sub, _ := strings.Cut(string(rec.Value), "\x00")
			if !yield(schema.Address{Kind: k, ID: id, Sub: sub}, err) {
				return
			}
		}
	}
}

func (l *idList) close() {
	if l == nil {
		return
	}
	for _, k := range l.kinds {
		_ = k.sorter.Close() // its files are temporary
	}
}
