package convert

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// segment is a run of a template: literal text, decoded, or one sequence of the
// form ${…} or %{…} as it is written.
type segment struct {
	literal bool
	text    string
}

// segments cuts the tokens of a template's content. decode reads literal text.
func segments(src []byte, tokens hclsyntax.Tokens, decode func(string) string) []segment {
	var list []segment
	var literal strings.Builder
	depth, from := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			if depth == 0 {
				list = appendLiteral(list, &literal, decode)
				from = t.Range.Start.Byte
			}
			depth++
		case hclsyntax.TokenTemplateSeqEnd:
			if depth--; depth == 0 {
				list = append(list, segment{false, string(src[from:t.Range.End.Byte])})
			}
		default:
			if depth == 0 {
				literal.Write(t.Bytes)
			}
		}
	}
	return appendLiteral(list, &literal, decode)
}

func appendLiteral(list []segment, literal *strings.Builder, decode func(string) string) []segment {
	if literal.Len() == 0 {
		return list
	}
	s := decode(literal.String())
	literal.Reset()
	return append(list, segment{true, s})
}

// cut cuts a template as YAML and JSON hold it.
func cut(template string) []segment {
	if !sequenced(template) {
		return []segment{{true, template}}
	}
	tokens, _ := hclsyntax.LexTemplate([]byte(template), "", hcl.InitialPos)
	return segments([]byte(template), tokens, unescape)
}

// sequenced tells whether a template may be more than its text.
func sequenced(template string) bool {
	return strings.Contains(template, "${") || strings.Contains(template, "%{")
}

// join writes segments as YAML and JSON hold a template.
func join(list []segment) string { return joinWith(list, escape) }

// joinWith writes segments, literal text by the given way.
func joinWith(list []segment, literal func(string) string) string {
	var b strings.Builder
	for i, s := range list {
		if !s.literal {
			b.WriteString(s.text)
			continue
		}
		t := literal(s.text)
		// A sigil just before a sequence would escape it.
		if n := len(t) - 1; i+1 < len(list) && !list[i+1].literal && n >= 0 && t[n] == list[i+1].text[0] {
			t = fmt.Sprintf(`%s${"%c"}`, t[:n], t[n])
		}
		b.WriteString(t)
	}
	return b.String()
}

// unstrip carries out the strip markers of a template: ~ takes the white space
// from the text beside it. In a template that is the rest of a line, in a quoted
// string more, so that a marker may not mean the same there.
func unstrip(template string) string {
	src := []byte(template)
	tokens, _ := hclsyntax.LexTemplate(src, "", hcl.InitialPos)
	var list []segment
	var from, depth int
	strip := false
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			if n := len(list) - 1; depth == 0 && bytes.HasSuffix(t.Bytes, []byte("~")) && n >= 0 && list[n].literal {
				list[n].text = strings.TrimRightFunc(list[n].text, unicode.IsSpace)
			}
			if depth++; depth == 1 {
				from, strip = t.Range.Start.Byte, false
			}
		case hclsyntax.TokenTemplateSeqEnd:
			if depth--; depth == 0 {
				s := string(src[from:t.Range.End.Byte])
				s, strip = strings.CutSuffix(s, "~}")
				if strip {
					s += "}"
				}
				list = append(list, segment{false, s[:2] + strings.TrimPrefix(s[2:], "~")})
			}
		default:
			s := unescape(string(t.Bytes))
			if depth == 0 && strip {
				s = strings.TrimLeftFunc(s, unicode.IsSpace)
			}
			if depth == 0 {
				list, strip = append(list, segment{true, s}), false
			}
		}
	}
	return join(slices.DeleteFunc(list, func(s segment) bool { return s.text == "" }))
}

// escape writes literal text in a template.
func escape(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(s)
}

// unescape reads literal text of a template.
func unescape(s string) string {
	return strings.NewReplacer("$${", "${", "%%{", "%{").Replace(s)
}

// quote writes a template as a quoted HCL string.
func quote(template string) string {
	return `"` + joinWith(cut(template), quoteLiteral) + `"`
}

// margined writes a template with a margin before every line that is not blank.
// What stands inside a sequence keeps its layout.
func margined(template, margin string) string {
	lines, starts := cutLines(cut(template))
	for i, s := range lines {
		if !starts[i] || s.literal && strings.TrimSpace(s.text) == "" && strings.HasSuffix(s.text, "\n") {
			continue
		}
		lines[i].text = margin + s.text
	}
	return joinWith(lines, escape)
}

// quoteLiteral escapes text for the inside of a quoted HCL string.
func quoteLiteral(s string) string {
	var b strings.Builder
	for _, r := range escape(s) {
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
		case r > 0xffff && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unquoteLiteral reads text inside a quoted HCL string.
func unquoteLiteral(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "$${") || strings.HasPrefix(s[i:], "%%{"):
			b.WriteString(s[i+1 : i+3])
			i += 3
		case s[i] == '\\' && i+1 < len(s):
			n, r := backslash(s[i+1:])
			b.WriteString(r)
			i += 1 + n
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// backslash reads what follows a backslash.
func backslash(s string) (n int, text string) {
	digits := 0
	switch s[0] {
	case 'n':
		return 1, "\n"
	case 'r':
		return 1, "\r"
	case 't':
		return 1, "\t"
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return 1, s[:1]
	}
	var r rune
	if len(s) <= digits {
		return 1, s[:1]
	}
	if _, err := fmt.Sscanf(s[1:1+digits], "%x", &r); err != nil {
		return 1, s[:1]
	}
	return 1 + digits, string(r)
}
