package convert

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// sourceText is how YAML and JSON write an expression that is no template.
func (it *item) sourceText() string {
	if it.static {
		return it.value.text
	}
	return wrap(it.value.text)
}

// scalar writes a scalar value in block context: on the line of its key, or as a
// block of lines below it, with the comment of the line in between.
func (it *item) scalar(depth int, line *comment) string {
	s := it.value.text
	switch it.value.kind {
	case source:
		s = it.sourceText()
	case text:
	default:
		return s
	}
	if it.value.lines || it.value.kind == source && strings.Contains(s, "\n") {
		if block, ok := asBlock(s, depth+1, line); ok {
			return block
		}
	}
	return blockText(s)
}

// asBlock writes a text as a literal block scalar. ok is false for text in which
// white space at line ends would be at risk.
func asBlock(s string, depth int, line *comment) (string, bool) {
	body := strings.TrimSuffix(s, "\n")
	if !printable(s) || strings.Trim(body, "\n") == "" || strings.HasSuffix(body, "\n") {
		return "", false
	}
	var b strings.Builder
	b.WriteByte('|')
	if strings.ContainsAny(body[:1], " \n\t") {
		b.WriteByte('2')
	}
	if body == s {
		b.WriteByte('-')
	}
	if line != nil {
		b.WriteString(" #" + line.text)
	}
	b.WriteByte('\n')
	for l := range strings.SplitSeq(body, "\n") {
		switch {
		case l == "":
		case strings.TrimSpace(l) == "":
			return "", false
		default:
			b.WriteString(strings.Repeat("  ", depth) + l)
		}
		b.WriteByte('\n')
	}
	return b.String(), true
}

// yamlKey writes the key of a block mapping.
func yamlKey(s string) string {
	if sequenced(s) {
		return inQuotes(s)
	}
	return blockText(s)
}

// blockText writes a string outside of brackets, in quotes if it needs any.
func blockText(s string) string {
	if plain(s) && simple(s) {
		return s
	}
	return inQuotes(s)
}

// flowText writes a string inside brackets. There the parser takes a question mark for
// the sign of a key, wherever it stands.
func flowText(s string) string {
	if plain(s) && !sequenced(s) && !strings.ContainsAny(s, ",[]{}?") {
		return s
	}
	return inQuotes(s)
}

// inQuotes writes a quoted string. What holds expressions, double quotes or
// backslashes stands in single quotes, where nothing needs an escape but the
// quote.
func inQuotes(s string) string {
	if !printable(s) || strings.ContainsAny(s, "\n\t") {
		return doubleQuoted(s)
	}
	if sequenced(s) || strings.ContainsAny(s, `"\`) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return `"` + s + `"`
}

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// printable tells whether a text can be written without escapes.
func printable(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
			return false
		}
	}
	return true
}

// plain tells whether a string can be written without quotes in a block: nothing
// in it means anything to YAML, and no reader takes it for something else.
func plain(s string) bool {
	switch {
	case s == "", !printable(s), strings.ContainsAny(s, "\n\t"), strings.TrimSpace(s) != s:
		return false
	case strings.ContainsAny(s[:1], "-?:,[]{}#&*!|>'\"%@`="), strings.HasPrefix(s, "..."), s == "<<":
		return false
	case strings.Contains(s, ": "), strings.Contains(s, " #"), strings.HasSuffix(s, ":"):
		return false
	}
	// Numbers that are too large for a float are text to most readers, not to ours.
	if _, err := strconv.ParseFloat(s, 64); errors.Is(err, strconv.ErrRange) {
		return false
	}
	return !slices.Contains(booleanWords[:], strings.ToLower(s)) &&
		(&yaml.Node{Kind: yaml.ScalarNode, Value: s}).ShortTag() == "!!str"
}

// booleanWords are booleans to readers of YAML 1.1.
var booleanWords = [...]string{"y", "n", "yes", "no", "on", "off"}

// reference is an interpolation that a person reads without quotes.
var reference = regexp.MustCompile(`^\$\{[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*\}$`)

// simple tells whether all sequences of a template are references.
func simple(template string) bool {
	return !slices.ContainsFunc(cut(template), func(s segment) bool { return !s.literal && !reference.MatchString(s.text) })
}
