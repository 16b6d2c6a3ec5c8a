package cli

import (
	"errors"
	"hash/maphash"

	"github.com/twinset/twinset/schema"
)

// later are the applies of the same owner and hub after one, the latest first. They
// are read when somebody asks.
type later struct {
	than applied
	all  func() ([]applied, error)
	list []applied
	seed maphash.Seed
	by   map[uint64]int // places in list, by field
	err  error
}

func (g *global) laterApplies(than applied) *later {
	return &later{seed: maphash.MakeSeed(), all: g.applies, than: than}
}

// wrote names the last apply that wrote a field, or one above or below it; empty when
// none did.
func (l *later) wrote(addr schema.Address, p schema.Path) string {
	if l.by == nil {
		l.read()
	}
	place := len(l.list)
	look := func(key uint64) {
		if i, known := l.by[key]; known {
			place = min(place, i)
		}
	}
	for n := range p {
		look(l.key(addr, p[:n+1], written))
	}
	look(l.key(addr, p, writtenBelow))
	if place == len(l.list) {
		return ""
	}
	return l.list[place].Apply
}

func (l *later) read() {
	l.by = map[uint64]int{}
	list, err := l.all()
	l.err = err
	for _, a := range list {
		if a.At > l.than.At && a.Owner == l.than.Owner && sameHost(hubHost(a.Hub), hubHost(l.than.Hub)) {
			l.list = append(l.list, a)
		}
	}
	for i := len(l.list) - 1; i >= 0; i-- { // the latest comes last and stays
		for c, err := range l.list[i].changes() {
			if err != nil {
				l.err = errors.Join(l.err, err)
				return
			}
			for _, leaf := range c.Leaves {
				l.by[l.key(c.Addr, leaf.Path, written)] = i
				for n := range leaf.Path {
					l.by[l.key(c.Addr, leaf.Path[:n], writtenBelow)] = i
				}
			}
		}
	}
}

// What an apply wrote at a path: its value, or something below it.
const (
	written      = '='
	writtenBelow = '>'
)

func (l *later) key(a schema.Address, p schema.Path, what byte) uint64 {
	return maphash.Bytes(l.seed, append(append(a.AppendKey(nil), p.String()...), what))
}
