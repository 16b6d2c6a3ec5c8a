package yamlbody

import (
	"bytes"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// checkText finds bytes that no YAML file may hold; the parser would refuse them
// without saying where.
func (s *source) checkText() *hcl.Diagnostic {
	if d := s.checkUTF8(); d != nil {
		return d
	}
	for o, r := range string(s.b) {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f && r != 0x85 || r == 0xfffe || r == 0xffff || r == 0xfeff && o > 0 {
			return s.errorAt(o, o+utf8.RuneLen(r), "Invalid character",
				fmt.Sprintf("The character U+%04X cannot stand in a YAML file. Write it as an escape in double quotes.", r))
		}
	}
	return nil
}

func (s *source) checkUTF8() *hcl.Diagnostic {
	if utf8.Valid(s.b) {
		return nil
	}
	o := 0
	for o < len(s.b) {
		r, n := utf8.DecodeRune(s.b[o:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		o += n
	}
	return s.errorAt(o, o+1, "Invalid character encoding", "The file is not UTF-8 text. Save it as UTF-8.")
}

// syntaxError places an error of the YAML parser, which tells a line at best.
func (s *source) syntaxError(err error) *hcl.Diagnostic {
	msg, row := splitLine(err)
	if strings.HasPrefix(msg, "exceeded max depth") {
		return s.deepest(row)
	}
	start, end := s.locate(msg, row)
	return s.errorAt(start, end, "Invalid YAML", fmt.Sprintf("The file is not valid YAML: %s.%s", msg, s.yamlHint(start)))
}

var yamlLine = regexp.MustCompile(`^line (\d+): `)

func splitLine(err error) (msg string, row int) {
	msg = strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		row, _ = strconv.Atoi(m[1])
		msg = msg[len(m[0]):]
	}
	return msg, row
}

// locate finds the place of a syntax error by parsing prefixes of the file: the
// shortest one with the same error ends where it is. The line that the parser
// tells, give or take one, bounds the search.
func (s *source) locate(msg string, row int) (start, end int) {
	if o, n, ok := s.unknownAlias(msg); ok {
		return o, o + n
	}
	same := func(p int) bool {
		_, err := decode(s.b[:p])
		if err == nil {
			return false
		}
		m, _ := splitLine(err)
		return m == msg
	}
	lo := s.rows[min(max(row-1, 0), len(s.rows)-1)]
	hi := len(s.b)
	if row+1 < len(s.rows) && same(s.rows[row+1]) {
		hi = s.rows[row+1]
	}
	if hi > maxSearch {
		return s.visible(lo)
	}
	if strings.Contains(msg, "expected ',' or") {
		return s.openBracket(lo)
	}
	p := lo + sort.Search(hi-lo, func(i int) bool { return same(lo + i) })
	if p == lo { // the construct began on an earlier line
		return s.visible(lo)
	}
	return s.lastRune(p)
}

// visible is the text of the line, without the white space around it.
func (s *source) visible(o int) (start, end int) {
	end = s.lineEnd(o)
	for o < end && isBlank(s.b[o]) {
		o++
	}
	return o, o + len(bytes.TrimRight(s.b[o:end], " \t"))
}

// lastRune is the last character before p that is not white space.
func (s *source) lastRune(p int) (start, end int) {
	end = p
	for end > 0 && isSpace(s.b[end-1]) && s.b[end-1] != '\t' {
		end--
	}
	_, n := utf8.DecodeLastRune(s.b[:end])
	return end - n, end
}

var aliasName = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)

func (s *source) unknownAlias(msg string) (o, n int, ok bool) {
	m := aliasName.FindStringSubmatch(msg)
	if m == nil {
		return 0, 0, false
	}
	ref := []byte("*" + m[1])
	parsed := 0
	for o := bytes.Index(s.b, ref); o >= 0; {
		if parsed += o; parsed > 20*maxSearch {
			break
		}
		if _, err := decode(s.b[:o+len(ref)]); err != nil {
			return o, len(ref), true
		}
		next := bytes.Index(s.b[o+1:], ref)
		if next < 0 {
			break
		}
		o += 1 + next
	}
	return 0, 0, false
}

// openBracket is where a flow collection goes wrong: at an interpolation, whose
// braces YAML takes for its own, else at the last bracket that stays open.
func (s *source) openBracket(lo int) (start, end int) {
	for line := lo; line < min(s.lineEnd(lo)+2, len(s.b)); line = s.lineEnd(line) + 1 {
		// The parser's line is the one before, unless it is the first.
		if m := flowInterpolation.FindIndex(s.b[line:min(s.lineEnd(line), line+maxHint)]); m != nil {
			return line + m[1] - 2, line + m[1]
		}
	}
	var open []int
	for o := lo; o < len(s.b); o++ {
		switch c := s.b[o]; c {
		case '"', '\'':
			if n := bytes.IndexByte(s.b[o+1:], c); n >= 0 {
				o += n + 1
			}
		case '[', '{':
			open = append(open, o)
		case ']', '}':
			open = open[:max(len(open)-1, 0)]
		}
	}
	if len(open) == 0 {
		return s.visible(lo)
	}
	return open[len(open)-1], open[len(open)-1] + 1
}

// flowInterpolation finds the first unquoted interpolation inside brackets.
var flowInterpolation = regexp.MustCompile(`[{\[][^'"]*?\$\{`)

// yamlHint names the usual cause of a syntax error on the line.
func (s *source) yamlHint(o int) string {
	from := s.lines[s.pos(o).Line-1-s.base.Line]
	line := string(s.b[from:min(s.lineEnd(from), from+maxHint)])
	at := s.b[min(o, len(s.b)-1)]
	switch {
	case strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		return " Indent with spaces, not tabs."
	case strings.Contains(line, `"${`) && strings.Count(line, `"`) > 2:
		return " Put a value that holds double quotes inside ${…} in single quotes."
	case flowInterpolation.MatchString(line):
		return " Inside { } and [ ] put a value that holds ${…} in quotes."
	case strings.IndexByte("%*@`&!|>", at) >= 0:
		return fmt.Sprintf(" A value that starts with %c must stand in quotes.", at)
	case strings.Count(line, ": ") > 1, strings.Contains(line, "${"):
		return ` Put a value that holds ": ", " #" or an expression in single quotes.`
	default:
		return ""
	}
}
