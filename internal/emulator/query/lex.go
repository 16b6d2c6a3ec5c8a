package query

import (
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
	at   Pos
	kind tokenKind
	text string // decoded string, decimal literal, symbol or name
}

// is reports a keyword, without regard to case (FACTS §5).
func (t token) is(keyword string) bool {
	return t.kind == tokenName && strings.EqualFold(t.text, keyword)
}

func (t token) symbol(s string) bool { return t.kind == tokenSymbol && t.text == s }

// symbols, the longer ones first.
const symbols = "!= <> <= >= < > = ( ) [ ] , . * + - / %"

// lex cuts a text into tokens; the last one is tokenEnd.
func lex(text string) ([]token, *Error) {
	var tokens []token
	for at := 0; ; {
		at += len(text[at:]) - len(strings.TrimLeftFunc(text[at:], unicode.IsSpace))
		if at == len(text) {
			return append(tokens, token{at: Pos(at)}), nil
		}
		t, size := lexToken(text[at:])
		if size == 0 {
			return nil, &Error{Offset: Pos(at), Text: "no token begins here, or it does not end"}
		}
		t.at = Pos(at)
		tokens = append(tokens, t)
		at += size
	}
}

// lexToken reads the token at the beginning of s and returns its length, 0 for none.
func lexToken(s string) (t token, size int) {
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
		return token{kind: tokenName, text: s[:end]}, end
	case strings.HasPrefix(s, "[["):
		return lexQuotedName(s)
	}
	for symbol := range strings.SplitSeq(symbols, " ") {
		if strings.HasPrefix(s, symbol) {
			return token{kind: tokenSymbol, text: symbol}, len(symbol)
		}
	}
	return token{}, 0
}

func nameRune(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func lexQuotedName(s string) (t token, size int) {
	name, _, closed := strings.Cut(s[2:], "]]")
	if !closed || name == "" {
		return token{}, 0
	}
	return token{kind: tokenQuotedName, text: name}, len(name) + 4
}
