package schema

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Eight bytes are looked at together: ones and highs have a bit in each.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stop is the first place from i on of what ends a string or must not stand in it as it
// is: a quote, a backslash or a control character. Most of the text of a fleet is
// strings.
func stop(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		v := binary.LittleEndian.Uint64(b[i:])
		quote, slash := v^ones*'"', v^ones*'\\'
		// A byte less than n has its high bit in v-n and not in v, and of several the
		// first is found.
		if found := ((v-ones*' ')&^v | (quote-ones)&^quote | (slash-ones)&^slash) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(b)
}

// plain tells whether text is the same inside of quotes.
func plain(text []byte) bool {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		v := binary.LittleEndian.Uint64(text[i:])
		slash := v ^ ones*'\\'
		if (v|(slash-ones)&^slash)&highs != 0 {
			return plainRunes(text)
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c == '\\' || c >= utf8.RuneSelf {
			return plainRunes(text)
		}
	}
	return true
}

func plainRunes(text []byte) bool { return bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) }
