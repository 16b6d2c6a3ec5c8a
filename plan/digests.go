package plan

import "slices"

// digests is a set that is filled first and asked afterwards. It takes the 8 bytes
// of each member and little more.
type digests struct {
	blocks [][]uint64 // full but the last; growing one slice would copy it over and over
	sorted []uint64   // once it has been asked
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
	}
	_, found := slices.BinarySearch(d.sorted, v)
	return found
}
