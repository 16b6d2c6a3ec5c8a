package remote

import (
	"hash/maphash"
	"sync"

	"github.com/twinset/twinset/schema"
)

// idSet is a set of ids of which 64 bits are held: a million of them in some 20 MB.
// Of a million others, one is taken for a member once in 10 million runs.
type idSet struct {
	seed maphash.Seed
	mu   sync.Mutex
	held map[uint64]struct{}
}

func newIDSet() *idSet { return &idSet{seed: maphash.MakeSeed(), held: map[uint64]struct{}{}} }

func (s *idSet) add(id string) {
	h := maphash.String(s.seed, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[h] = struct{}{}
}

func (s *idSet) has(id string) bool {
	h := maphash.String(s.seed, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, held := s.held[h]
	return held
}

// below tells that a pair is a module of a device that does not exist.
func (s *idSet) below(a schema.Address) bool { return a.Kind == schema.KindModule && s.has(a.ID) }
