package plan

import (
	"math/bits"
	"slices"
)

// digests is a set that is filled first and asked afterwards. It takes the 8 bytes
// of each member and little more.
type digests struct {
	blocks [][]uint64 // full but the last; growing one slice would copy it over and over

	// Once it has been asked: the members, and where those begin whose leading bits are
	// a number. A search through a million of them would leave the caches twenty times.
	sorted []uint64
	starts []uint32
	shift  int
}

const digestBlock = 1 << 13

func (d *digests) add(v uint64) {
	last := len(d.blocks) - 1
	if last < 0 || len(d.blocks[last]) == digestBlock {
		size := digestBlock
		if last < 0 {
			size = 0 // most sets are small
		}
		d.blocks = append(d.blocks, make([]uint64, 0, size))
		last++
	}
	d.blocks[last] = append(d.blocks[last], v)
}

func (d *digests) has(v uint64) bool {
	if d.blocks != nil {
		d.sorted = slices.Concat(append(d.blocks, d.sorted)...)
		d.blocks = nil
		slices.Sort(d.sorted)
		d.index()
	}
	if len(d.sorted) == 0 {
		return false
	}
	leading := v >> d.shift
	_, found := slices.BinarySearch(d.sorted[d.starts[leading]:d.starts[leading+1]], v)
	return found
}

// index makes so many parts that those of digests, which are spread evenly, have eight
// to sixteen members.
func (d *digests) index() {
	leading := max(0, bits.Len(uint(len(d.sorted)))-4)
	d.shift, d.starts = 64-leading, make([]uint32, 1<<leading+1)
	at := 0
	for i := range d.starts {
		for at < len(d.sorted) && d.sorted[at]>>d.shift < uint64(i) {
			at++
		}
		d.starts[i] = uint32(at)
	}
}
