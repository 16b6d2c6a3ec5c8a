package emulator

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenQuotedName // [[...]]
	tokenString
	tokenNumber
	tokenSymbol
)

type token struct {
	kind tokenKind
	text string // decoded string, decimal literal, symbol or name
}

// is reports a keyword, without regard to case (FACTS §5).
func (t token) is(keyword string) bool {
	return t.kind == tokenName && strings.EqualFold(t.text, keyword)
}

func (t token) symbol(s string) bool { return t.kind == tokenSymbol && t.text == s }

// lexQuery cuts a query into tokens; the last one is tokenEnd. ok is false for text that no token matches.
func lexQuery(query string) (tokens []token, ok bool) {
	if !utf8.ValidString(query) {
		return nil, false
	}
	for {
		query = strings.TrimLeftFunc(query, unicode.IsSpace)
		if query == "" {
			return append(tokens, token{}), true
		}
		t, rest, ok := lexToken(query)
		if !ok {
			return nil, false
		}
		tokens, query = append(tokens, t), rest
	}
}

func lexToken(s string) (t token, rest string, ok bool) {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case r == '\'' || r == '"':
		return lexString(s)
	case r >= '0' && r <= '9':
		return lexNumber(s)
	case nameRune(r):
		end := strings.IndexFunc(s, func(r rune) bool { return !nameRune(r) })
		if end < 0 {
			end = len(s)
		}
		return token{tokenName, s[:end]}, s[end:], true
	case strings.HasPrefix(s, "[["):
		name, rest, closed := strings.Cut(s[2:], "]]")
		return token{tokenQuotedName, name}, rest, closed && name != ""
	}
	for _, symbol := range []string{"!=", "<>", "<=", ">=", "<", ">", "=", "(", ")", "[", "]", ",", ".", "*", "+", "-", "/", "%"} {
		if rest, found := strings.CutPrefix(s, symbol); found {
			return token{tokenSymbol, symbol}, rest, true
		}
	}
	return token{}, "", false
}

func nameRune(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// lexString reads '...' or "..." with the escapes \' \" \\ and \uXXXX (FACTS §5).
func lexString(s string) (t token, rest string, ok bool) {
	quote := s[0]
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case quote:
			return token{tokenString, out.String()}, s[i+1:], true
		case '\\':
			r, size, ok := unescape(s[i+1:])
			if !ok {
				return token{}, "", false
			}
			out.WriteRune(r)
			i += size
		default:
			out.WriteByte(s[i])
		}
	}
	return token{}, "", false
}

// unescape reads what follows a backslash and returns how many bytes that was.
func unescape(s string) (r rune, size int, ok bool) {
	if s == "" {
		return 0, 0, false
	}
	switch s[0] {
	case '\'', '"', '\\':
		return rune(s[0]), 1, true
	case 'u':
		if len(s) < 5 {
			return 0, 0, false
		}
		code, err := strconv.ParseUint(s[1:5], 16, 32)
		return rune(code), 5, err == nil
	}
	return 0, 0, false
}

// lexNumber reads a decimal or a 0x-hexadecimal constant (FACTS §5); the token holds the decimal form.
func lexNumber(s string) (t token, rest string, ok bool) {
	end := 0
	for end < len(s) && numberByte(s, end) {
		end++
	}
	literal, rest := s[:end], s[end:]
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && nameRune(r) {
		return token{}, "", false
	}
	if digits, hex := strings.CutPrefix(strings.ToLower(literal), "0x"); hex {
		v, err := strconv.ParseUint(digits, 16, 64)
		return token{tokenNumber, strconv.FormatUint(v, 10)}, rest, err == nil
	}
	_, err := strconv.ParseFloat(literal, 64)
	return token{tokenNumber, literal}, rest, err == nil && !strings.Contains(literal, "_")
}

func numberByte(s string, i int) bool {
	c := s[i]
	if c == '+' || c == '-' {
		return i > 0 && (s[i-1] == 'e' || s[i-1] == 'E') && !strings.HasPrefix(strings.ToLower(s), "0x")
	}
	return c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == 'x' || c == 'X'
}
