package plan

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/twinset/twinset/schema"
)

// Shard is one of several parts that a plan is split into. Each object is in exactly
// one of them, whoever computes them: a module with its device, and devices with the
// devices that they are attached to, now or as planned, so that no part waits for
// another. Configurations and deployments are in the first.
//
// Both sides pass by here before they are matched, as with [Hierarchy]. What is kept is
// the devices that have parents. Nil is the whole plan.
type Shard struct {
	index, count int // from 1

	parents map[string]string // by the child's id: as declared, else as it is
	above   map[string]bool   // parents, until the families are settled
	up      map[string]string // parents of one family, up to its least id
}

// maxShards is far more than a pipeline has jobs.
const maxShards = 1000

// ParseShard reads "2/3": the second of three. An empty text is the whole plan.
func ParseShard(text string) (*Shard, error) {
	if text == "" {
		return nil, nil
	}
	first, second, _ := strings.Cut(text, "/")
	index, err := strconv.Atoi(first)
	count, err2 := strconv.Atoi(second)
	if err != nil || err2 != nil || index < 1 || index > count || count > maxShards {
		return nil, fmt.Errorf("shard %q: write the number of the part and that of all parts, from 1/1 to %d/%d, such as 2/3", text, maxShards, maxShards)
	}
	return &Shard{index: index, count: count, parents: map[string]string{}, above: map[string]bool{}, up: map[string]string{}}, nil
}

func (s *Shard) String() string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.index, s.count)
}

// Declared passes a stream of declared objects on and notes who is attached to whom.
func (s *Shard) Declared(in schema.Stream) schema.Stream {
	if s == nil {
		return in
	}
	return tap(in, isDevice, func(o *schema.Object) {
		if parent := parentIn(o); parent != "" {
			s.parents[o.Addr.ID] = parent
			s.above[parent] = true
		}
	})
}

// Live passes a stream of live objects on. Declared has ended before.
func (s *Shard) Live(in schema.Stream) schema.Stream {
	if s == nil {
		return in
	}
	return tap(in, isDevice, func(o *schema.Object) {
		parent := parentIn(o)
		if parent == "" {
			return
		}
		s.above[parent] = true
		if next, declared := s.parents[o.Addr.ID]; !declared {
			s.parents[o.Addr.ID] = parent
		} else if next != parent {
			s.join(next, parent) // it leaves the one before that one may go
		}
	})
}

// settle joins the families of parents that are attached themselves.
func (s *Shard) settle() {
	for id := range s.above {
		if parent, attached := s.parents[id]; attached {
			s.join(id, parent)
		}
	}
	s.above = nil
}

// parentIn is the id of the device that a device is attached to; empty when there is
// none, or it is gone, which is shown in words that no id can hold.
func parentIn(o *schema.Object) string {
	if o == nil {
		return ""
	}
	parent := textOf(schema.Lookup(o.Doc, parentPath))
	if strings.Contains(parent, " ") {
		return ""
	}
	return parent
}

func (s *Shard) join(a, b string) {
	a, b = s.head(a), s.head(b)
	if a != b {
		s.up[max(a, b)] = min(a, b)
	}
}

// head is the least id of a family.
func (s *Shard) head(id string) string {
	at := id
	for {
		next, more := s.up[at]
		if !more {
			break
		}
		at = next
	}
	if at != id && s.up[id] != at {
		s.up[id] = at // the next way is shorter
	}
	return at
}

// Has tells whether a pair belongs to the part. Both streams have ended before.
func (s *Shard) Has(p Pair) bool {
	if s == nil {
		return true
	}
	a := p.Addr()
	if a.Kind.Targets() {
		return s.index == 1
	}
	if s.above != nil {
		s.settle()
	}
	root := s.head(a.ID)
	if parent, attached := s.parents[a.ID]; attached {
		root = s.head(parent)
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(root)) // never fails
	return h.Sum64()%uint64(s.count) == uint64(s.index-1)
}
