package render

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxColumns is the width at which text shortens a value, in characters.
const maxColumns = 200

// clean makes text from outside safe to print: everything that is no graphic
// character is written as an escape, as in a Go string. That covers the control
// characters that drive terminals and those that turn the direction of writing,
// newlines too.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		i += n
	}
	return b.String()
}

func isClean(s string) bool {
	for i, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return false
			}
		}
	}
	return true
}

// cleanLines is for messages that may have several lines: each is clean, those
// after the first are indented.
func cleanLines(s, indent string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = clean(strings.TrimRight(l, "\r"))
	}
	return strings.Join(lines, "\n"+indent)
}

// shorten cuts what is wider than maxColumns and says how much is missing.
func shorten(s string) string {
	if len(s) <= maxColumns {
		return s
	}
	n := 0
	for i := range s {
		if n == maxColumns {
			return fmt.Sprintf("%s… (%d more characters)", s[:i], utf8.RuneCountInString(s[i:]))
		}
		n++
	}
	return s
}

// appendCleanJSON appends JSON text with the escapes that encoding/json leaves
// out: C1 controls, DEL and characters that turn the direction of writing would
// reach a terminal. They stand in strings only, so the values stay the same.
func appendCleanJSON(b, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r < 0x7f || strconv.IsPrint(r) {
			b = append(b, text[:n]...)
		} else if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			b = fmt.Appendf(b, `\u%04x\u%04x`, hi, lo)
		} else {
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		text = text[n:]
	}
	return b
}

// plural is "1 object", "2 objects".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
