package yamlbody

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// resolve decides what a plain scalar is. Only the core words and plain decimals
// are anything but strings; ok is false for the other spellings of numbers that
// YAML knows, which mean different things to different readers.
func resolve(s string) (k kind, ok bool) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return null, true
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return boolean, true
	}
	if decimal.MatchString(s) {
		return number, true
	}
	return text, !oddNumber(s)
}

// oddNumber tells whether YAML 1.1 or 1.2 would read the scalar as a number:
// hexadecimal, octal, underscores, a leading zero or plus, infinities.
func oddNumber(s string) bool {
	if !strings.ContainsRune("+-.0123456789", rune(s[0])) {
		return false
	}
	tag := (&yaml.Node{Kind: yaml.ScalarNode, Value: s}).ShortTag()
	return tag == "!!int" || tag == "!!float"
}

func isTrue(s string) bool { return s[0] == 't' || s[0] == 'T' }

const oddNumberDetail = "Hexadecimal, octal, underscored and other special spellings of numbers are refused, because readers of YAML disagree about them. Write a plain decimal number, or quote the value if it is a string."
