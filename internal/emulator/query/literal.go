package query

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// lexString reads '...' or "..." with the escapes \' \" \\ and \uXXXX (FACTS §5).
func lexString(s string) (t token, size int) {
	quote := s[0]
	var out strings.Builder
	for i := 1; i < len(s); {
		switch s[i] {
		case quote:
			return token{kind: tokenString, text: out.String()}, i + 1
		case '\\':
			r, length := unescape(s[i:])
			if length == 0 {
				return token{}, 0
			}
			out.WriteRune(r)
			i += length
		default:
			out.WriteByte(s[i])
			i++
		}
	}
	return token{}, 0
}

// unescape reads one escape, or the two of a surrogate pair, and returns its length; 0 for none that is known.
func unescape(s string) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '\'', '"', '\\':
		return rune(s[1]), 2
	case 'u':
	default:
		return 0, 0
	}
	r, ok := codeUnit(s)
	if !ok {
		return 0, 0
	}
	if low, ok := codeUnit(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return r, 6
}

// codeUnit reads \uXXXX.
func codeUnit(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	code, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(code), err == nil
}

// lexNumber reads a decimal or a 0x-hexadecimal constant (FACTS §5); the token holds the decimal form.
func lexNumber(s string) (t token, size int) {
	for size < len(s) && numberByte(s, size) {
		size++
	}
	literal := s[:size]
	if r, _ := utf8.DecodeRuneInString(s[size:]); size < len(s) && nameRune(r) {
		return token{}, 0
	}
	if digits, hex := strings.CutPrefix(strings.ToLower(literal), "0x"); hex {
		v, err := strconv.ParseUint(digits, 16, 64)
		if err != nil {
			return token{}, 0
		}
		return token{kind: tokenNumber, text: strconv.FormatUint(v, 10)}, size
	}
	if NumberValue(literal).kind != Number {
		return token{}, 0
	}
	return token{kind: tokenNumber, text: literal}, size
}

func numberByte(s string, i int) bool {
	c := s[i]
	if c == '+' || c == '-' {
		return i > 0 && (s[i-1] == 'e' || s[i-1] == 'E') && !hexPrefix(s)
	}
	return c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == 'x' || c == 'X'
}

func hexPrefix(s string) bool { return strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") }
