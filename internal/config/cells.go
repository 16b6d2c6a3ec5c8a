package config

import "github.com/zclconf/go-cty/cty"

// cell is a field of a row that needs no evaluation: it becomes part of a document
// as it stands. Anything else about a row makes it one that is evaluated.
type cell struct {
	kind cellKind
	text string
	null cty.Type // of a null
}

// cellKind tells what a cell is to expressions. What it decides about the shape of a
// document is part of the kind.
type cellKind byte

const (
	unusualCell cellKind = 0
	textCell    cellKind = 's'
	emptyCell   cellKind = 'e' // text without a character
	wholeCell   cellKind = 'n' // a whole number
	decimalCell cellKind = 'd' // a number with decimals
	trueCell    cellKind = 't'
	falseCell   cellKind = 'f'
	nullCell    cellKind = '0'
	nestedCell  cellKind = '{' // JSON of an object or a list
)

// cells is a row that can hand out fields without making values of them.
type cells interface {
	// fill puts the key, and then the named columns, into a list. It returns false
	// when there is anything unusual about the row, also in other columns.
	fill(columns []string, into []cell) bool
}

// Lengths of cells up to which a template stands for evaluation. What is as long was
// seen to be within every limit when the template was made.
const (
	maxCell     = 40
	maxWhole    = 9
	maxDecimal  = 11
	maxFraction = 4
)

// textKind is the kind of a text: plain ASCII has one spelling in every document.
func textKind(s string) cellKind {
	if s == "" {
		return emptyCell
	}
	if len(s) > maxCell {
		return unusualCell
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return unusualCell
		}
	}
	return textCell
}

// numberKind is the kind of the text of a number: one that is spelled as documents
// spell it.
func numberKind(s string) cellKind {
	digits := s
	if len(s) > 1 && s[0] == '-' {
		digits = s[1:]
	}
	point := -1
	for i := range len(digits) {
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
		case c == '.' && point < 0:
			point = i
		default:
			return unusualCell
		}
	}
	first := digits
	if point >= 0 {
		first = digits[:point]
	}
	switch {
	case first == "" || len(first) > 1 && first[0] == '0' || s == "-0":
		return unusualCell
	case point < 0 && len(s) <= maxWhole:
		return wholeCell
	case point < 0 || len(s) > maxDecimal || len(digits)-point-1 > maxFraction || digits[len(digits)-1] == '0' || digits[len(digits)-1] == '.':
		return unusualCell
	default:
		return decimalCell
	}
}
