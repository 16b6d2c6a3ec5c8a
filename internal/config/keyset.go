package config

import (
	"hash/maphash"
	"slices"
)

// keySet finds keys that come again. It keeps 8 bytes of each, where the keys
// themselves would take a hundred, so that it only ever suspects a key: whoever
// uses it looks at the suspects again.
type keySet struct {
	hash   func(string) uint64
	blocks [][]uint64 // full but the last; growing one slice would copy it over and over
}

const keyBlock = 1 << 13

func newKeySet() *keySet {
	seed := maphash.MakeSeed()
	return &keySet{hash: func(key string) uint64 { return maphash.String(seed, key) }}
}

func (s *keySet) add(key string) {
	last := len(s.blocks) - 1
	if last < 0 || len(s.blocks[last]) == keyBlock {
		size := keyBlock
		if last < 0 {
			size = 0 // most sets are small
		}
		s.blocks = append(s.blocks, make([]uint64, 0, size))
		last++
	}
	s.blocks[last] = append(s.blocks[last], s.hash(key))
}

// repeated tells of a key whether it may have been added twice. It is nil when
// none was.
func (s *keySet) repeated() func(key string) bool {
	all := slices.Concat(s.blocks...)
	slices.Sort(all)
	suspects := map[uint64]struct{}{}
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			suspects[all[i]] = struct{}{}
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	return func(key string) bool {
		_, ok := suspects[s.hash(key)]
		return ok
	}
}

// among tells of a key whether it may have been added.
func (s *keySet) among() func(key string) bool {
	all := slices.Concat(s.blocks...)
	slices.Sort(all)
	return func(key string) bool {
		_, ok := slices.BinarySearch(all, s.hash(key))
		return ok
	}
}
