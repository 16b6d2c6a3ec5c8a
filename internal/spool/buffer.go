package spool

import "unsafe"

const (
	minBlock = 4 << 10
	maxBlock = 1 << 20
)

// buffer holds encoded records back to back in blocks, so that a record costs no
// allocation of its own and goes to disk byte for byte.
type buffer struct {
	blockSize int
	blocks    [][]byte // in insertion order; the last one is being filled
	free      [][]byte // emptied blocks of the usual size, for the next round
	refs      []ref
	spare     []ref // that sort works with
	bytes     int   // encoded bytes held
}

// ref places a record. Records lie in insertion order, so (block, start) decides
// between equal keys.
type ref struct {
	block  uint32
	start  uint32 // of the encoded record
	key    uint32 // of the key, in the same block
	keyLen uint32
}

func newBuffer(budget int) buffer {
	return buffer{blockSize: min(max(budget/16, minBlock), maxBlock)}
}

// size is the memory that the records and their index take, in bytes, with what sorting
// it takes.
func (b *buffer) size() int {
	return b.bytes + len(b.refs)*int(unsafe.Sizeof(ref{}))*3/2
}

func (b *buffer) add(key, value []byte) {
	n := encodedLen(key, value)
	block := b.room(n)
	start := len(b.blocks[block])
	b.blocks[block] = appendRecord(b.blocks[block], key, value)
	b.refs = append(b.refs, ref{
		block:  uint32(block),
		start:  uint32(start),
		key:    uint32(start + n - len(key) - len(value)),
		keyLen: uint32(len(key)),
	})
	b.bytes += n
}

// room returns the index of a block with n free bytes.
func (b *buffer) room(n int) int {
	last := len(b.blocks) - 1
	if last >= 0 && cap(b.blocks[last])-len(b.blocks[last]) >= n {
		return last
	}
	b.blocks = append(b.blocks, b.newBlock(n))
	return last + 1
}

func (b *buffer) newBlock(n int) []byte {
	if n > b.blockSize {
		return make([]byte, 0, n)
	}
	if last := len(b.free) - 1; last >= 0 {
		block := b.free[last]
		b.free = b.free[:last]
		return block
	}
	return make([]byte, 0, b.blockSize)
}

func (b *buffer) keyOf(r ref) []byte {
	return b.blocks[r.block][r.key : r.key+r.keyLen]
}

// encoded returns the record's bytes as they are written to disk.
func (b *buffer) encoded(r ref) []byte {
	rest := b.blocks[r.block][r.start:]
	_, n := decodeRecord(rest)
	return rest[:n]
}

// each passes on the records in the order of their refs.
func (b *buffer) each(yield func(Record, error) bool) {
	for _, r := range b.refs {
		rec, _ := decodeRecord(b.blocks[r.block][r.start:])
		if !yield(rec, nil) {
			return
		}
	}
}

// reset empties the buffer and keeps its usual blocks for the next round.
func (b *buffer) reset() {
	for _, block := range b.blocks {
		if cap(block) == b.blockSize {
			b.free = append(b.free, block[:0])
		}
	}
	clear(b.blocks)
	b.blocks, b.refs, b.bytes = b.blocks[:0], b.refs[:0], 0
}
