package convert

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// decimal is a number as all syntaxes write it.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// literal is the text of null, a boolean or a number, as all syntaxes write it.
func literal(e hclsyntax.Expression, written string) (string, bool) {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		switch {
		case e.Val.IsNull():
			return "null", true
		case e.Val.Type() == cty.Bool && e.Val.True():
			return "true", true
		case e.Val.Type() == cty.Bool:
			return "false", true
		case e.Val.Type() == cty.Number:
			return numeral(e.Val, written)
		}
	case *hclsyntax.UnaryOpExpr:
		lit, ok := e.Val.(*hclsyntax.LiteralValueExpr)
		if ok && e.Op == hclsyntax.OpNegate && lit.Val.Type() == cty.Number {
			return numeral(lit.Val.Negate(), written)
		}
	}
	return "", false
}

// numeral writes a number as it is written, if all syntaxes know that form, else
// exactly and in decimal.
func numeral(v cty.Value, written string) (string, bool) {
	if decimal.MatchString(written) {
		return written, true
	}
	s := v.AsBigFloat().Text('g', -1)
	back, err := cty.ParseNumberVal(s)
	return s, err == nil && decimal.MatchString(s) && back.RawEquals(v)
}

// template is the text of a quoted string or heredoc, as YAML and JSON hold it.
func (r *hclReader) template(start, end int) string {
	tokens := r.between(start, end)
	if len(tokens) < 2 {
		return ""
	}
	opening := string(tokens[0].Bytes)
	content := tokens[1 : len(tokens)-1]
	if !strings.HasPrefix(opening, "<<") {
		return join(segments(r.src, content, unquoteLiteral))
	}
	list := segments(r.src, content, unescape)
	if strings.HasPrefix(opening, "<<-") {
		list = outdent(list)
	}
	return join(list)
}

// outdent takes the indentation from the lines of a heredoc that they have in
// common. Blank lines have none.
func outdent(list []segment) []segment {
	lines, starts := cutLines(list)
	least := -1
	for i, s := range lines {
		if !starts[i] || s.literal && strings.TrimSpace(s.text) == "" && strings.HasSuffix(s.text, "\n") {
			continue
		}
		n := 0
		if s.literal {
			n = len([]rune(s.text)) - len([]rune(strings.TrimLeftFunc(s.text, unicode.IsSpace)))
		}
		if least < 0 || n < least {
			least = n
		}
	}
	var out []segment
	for i, s := range lines {
		blank := strings.TrimSpace(s.text) == "" && strings.HasSuffix(s.text, "\n")
		if starts[i] && s.literal && least > 0 && !blank {
			s.text = string([]rune(s.text)[least:])
		}
		if n := len(out); s.literal && n > 0 && out[n-1].literal {
			out[n-1].text += s.text
		} else if s.text != "" {
			out = append(out, s)
		}
	}
	return out
}

// cutLines cuts literal text at line breaks, and tells which segments begin a
// line.
func cutLines(list []segment) (lines []segment, starts []bool) {
	start := true
	for _, s := range list {
		if !s.literal {
			lines, starts, start = append(lines, s), append(starts, start), false
			continue
		}
		for _, l := range strings.SplitAfter(s.text, "\n") {
			if l == "" {
				continue
			}
			lines, starts = append(lines, segment{true, l}), append(starts, start)
			start = strings.HasSuffix(l, "\n")
		}
	}
	return lines, starts
}
