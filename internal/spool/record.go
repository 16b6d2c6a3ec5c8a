package spool

import "encoding/binary"

// A record is encoded as two varint lengths, the key and the value, in memory
// and on disk alike:
//
//	len(key) len(value) key value

func encodedLen(key, value []byte) int {
	return uvarintLen(len(key)) + uvarintLen(len(value)) + len(key) + len(value)
}

func uvarintLen(n int) int {
	var buf [binary.MaxVarintLen64]byte
	return binary.PutUvarint(buf[:], uint64(n))
}

func appendRecord(dst, key, value []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(key)))
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	dst = append(dst, key...)
	return append(dst, value...)
}

// decodeRecord reads one record from the start of b and returns its encoded
// length. b must hold what appendRecord made: bytes from disk go through
// runReader, which trusts nothing.
func decodeRecord(b []byte) (Record, int) {
	keyLen, n := binary.Uvarint(b)
	valueLen, m := binary.Uvarint(b[n:])
	key := n + m
	value := key + int(keyLen)
	end := value + int(valueLen)
	return Record{Key: b[key:value:value], Value: b[value:end:end]}, end
}
