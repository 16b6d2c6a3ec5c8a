package condition

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	endToken tokenKind = iota
	wordToken
	quotedToken // [[name]]
	numberToken
	textToken
	symbolToken
)

type token struct {
	kind tokenKind
	text string // of a string its value
	at   int
}

// symbols, the longer ones first.
var symbols = [...]string{"<=", ">=", "!=", "<>", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", "."}

// lex takes a condition apart.
func lex(src string) ([]token, error) {
	var list []token
	for at := 0; ; {
		for at < len(src) && strings.IndexByte(" \t\r\n", src[at]) >= 0 {
			at++
		}
		if at == len(src) {
			return append(list, token{at: at}), nil
		}
		t, n, err := next(src, at)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		at += n
	}
}

func next(src string, at int) (token, int, error) {
	rest := src[at:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "[["):
		end := strings.Index(rest, "]]")
		if end < 0 {
			return token{}, 0, &syntaxError{at, "the name in double brackets has no end"}
		}
		return token{quotedToken, rest[2:end], at}, end + 2, nil
	case c == '\'' || c == '"':
		return quotedText(src, at)
	case isDigit(c):
		n := numberLength(rest)
		return token{numberToken, rest[:n], at}, n, nil
	case isNameByte(c):
		n := 1
		for n < len(rest) && (isNameByte(rest[n]) || isDigit(rest[n])) {
			n++
		}
		return token{wordToken, rest[:n], at}, n, nil
	}
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			return token{symbolToken, s, at}, len(s), nil
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, 0, &syntaxError{at, "there is an unexpected " + string(r)}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// numberLength is that of a decimal or hexadecimal constant.
func numberLength(s string) int {
	n := 1
	for n < len(s) {
		exponent := (s[n] == '+' || s[n] == '-') && (s[n-1] == 'e' || s[n-1] == 'E') && !strings.HasPrefix(s, "0x")
		if !isDigit(s[n]) && !isNameByte(s[n]) && s[n] != '.' && !exponent {
			break
		}
		n++
	}
	return n
}

// quotedText reads a string in one of the two quotes, with the escapes of FACTS
// §5.
func quotedText(src string, at int) (token, int, error) {
	quote := src[at]
	var b strings.Builder
	b.WriteByte('"')
	for i := at + 1; i < len(src); i++ {
		switch c := src[i]; {
		case c == quote:
			b.WriteByte('"')
			var s string
			if err := json.Unmarshal([]byte(b.String()), &s); err != nil {
				return token{}, 0, &syntaxError{at, "the string has an escape that is not known"}
			}
			return token{textToken, s, at}, i + 1 - at, nil
		case c == '\\' && i+1 < len(src):
			i++
			if src[i] == '\'' {
				b.WriteByte('\'')
				continue
			}
			b.WriteByte('\\')
			b.WriteByte(src[i])
		case c == '"':
			b.WriteString(`\"`)
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return token{}, 0, &syntaxError{at, "the string has no end"}
}
