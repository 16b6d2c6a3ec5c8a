package remote

import (
	"hash/maphash"
	"sync"

	"github.com/twinset/twinset/schema"
)

// idSet is a set of ids of which digests are held: a million of them in some 40 MB.
// With 128 bits no two ids have the same one.
type idSet struct {
	seeds [2]maphash.Seed
	mu    sync.Mutex
	held  map[[2]uint64]struct{}
}

func newIDSet() *idSet {
	return &idSet{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, held: map[[2]uint64]struct{}{}}
}

func (s *idSet) digest(id string) [2]uint64 {
	return [2]uint64{maphash.String(s.seeds[0], id), maphash.String(s.seeds[1], id)}
}

// add tells whether the id is new.
func (s *idSet) add(id string) bool {
	d := s.digest(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.held)
	s.held[d] = struct{}{}
	return len(s.held) > before
}

func (s *idSet) has(id string) bool {
	d := s.digest(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, held := s.held[d]
	return held
}

// below tells that a pair is a module of a device that does not exist.
func (s *idSet) below(a schema.Address) bool { return a.Kind == schema.KindModule && s.has(a.ID) }
