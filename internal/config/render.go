package config

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// WriteDiagnostics writes diagnostics for people: what, where, the line with the
// place underlined, and what to do. width is that of the terminal, 0 for no
// limit. Without color no escape byte is written.
func WriteDiagnostics(w io.Writer, files map[string]*hcl.File, diags hcl.Diagnostics, width int, color bool) error {
	var b bytes.Buffer
	p := textPrinter{b: &b, files: files, width: width, color: color}
	for _, d := range diags {
		p.diagnostic(d)
	}
	_, err := w.Write(b.Bytes())
	return err
}

type textPrinter struct {
	b     *bytes.Buffer
	files map[string]*hcl.File
	width int
	color bool
}

func (p *textPrinter) diagnostic(d *hcl.Diagnostic) {
	word, code := "Error", "31"
	if d.Severity == hcl.DiagWarning {
		word, code = "Warning", "33"
	}
	fmt.Fprintf(p.b, "%s: %s\n\n", p.paint(word, code), p.paint(d.Summary, "1"))
	if d.Subject != nil {
		p.place(*d.Subject, valuesOf(d).lines())
	}
	if d.Detail != "" {
		fmt.Fprintf(p.b, "%s\n\n", wrap(printable(d.Detail), p.width))
	}
}

func (p *textPrinter) paint(s, code string) string {
	if !p.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// place writes the name of the file, line and column, the line itself, and the
// values that the place refers to.
func (p *textPrinter) place(r hcl.Range, values []string) {
	s := snippetOf(p.files[r.Filename], r)
	in := ""
	if s.context != "" {
		in = ", in " + s.context
	}
	fmt.Fprintf(p.b, "  on %s line %d, column %d%s:\n", r.Filename, r.Start.Line, r.Start.Column, in)
	if !s.found {
		fmt.Fprint(p.b, "  (source not shown)\n\n")
		return
	}
	fmt.Fprintf(p.b, "%4d: %s\n", r.Start.Line, p.paintPart(s))
	fmt.Fprintf(p.b, "%s%s\n", underlineIndent(printable(s.line[:s.start])), p.paint(strings.Repeat("^", max(columnsOf(printable(s.line[s.start:s.end])), 1)), "31"))
	for _, v := range values {
		fmt.Fprintf(p.b, "      %s\n", v)
	}
	fmt.Fprintln(p.b)
}

func (p *textPrinter) paintPart(s snippet) string {
	return printable(s.line[:s.start]) + p.paint(printable(s.line[s.start:s.end]), "1") + printable(s.line[s.end:])
}

// underlineIndent is as wide as the text before the place. Tabs stay tabs.
func underlineIndent(before string) string {
	return "      " + strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before)
}

func columnsOf(s string) int { return len([]rune(s)) }

// snippet is the line that a place begins on, and the part of it that it covers.
type snippet struct {
	found      bool
	line       string
	start, end int // bytes of the line
	context    string
}

func snippetOf(f *hcl.File, r hcl.Range) snippet {
	if f == nil || r.Start.Byte > len(f.Bytes) || r.End.Byte > len(f.Bytes) {
		return snippet{}
	}
	from := bytes.LastIndexByte(f.Bytes[:r.Start.Byte], '\n') + 1
	to := len(f.Bytes)
	if n := bytes.IndexByte(f.Bytes[from:], '\n'); n >= 0 {
		to = from + n
	}
	line := bytes.TrimRight(f.Bytes[from:to], "\r")
	start := min(r.Start.Byte-from, len(line))
	s := cut(line, start, max(min(r.End.Byte-from, len(line)), start))
	if nav, ok := f.Nav.(interface{ ContextString(offset int) string }); ok {
		if s.context = nav.ContextString(r.Start.Byte); len(s.context) > maxSnippet {
			s.context = strings.ToValidUTF8(s.context[:around], "") + "..."
		}
	}
	return s
}

// A longer line is cut: it is no configuration that a person wrote.
const (
	maxSnippet = 400 // bytes of a line
	around     = 100 // bytes before the place and after it that stay
)

// cut takes the part of a line around a place.
func cut(line []byte, start, end int) snippet {
	if len(line) <= maxSnippet {
		return snippet{found: true, line: string(line), start: start, end: end}
	}
	from, to := max(start-around, 0), min(min(end, start+maxSnippet/2)+around, len(line))
	for from > 0 && !utf8.RuneStart(line[from]) {
		from--
	}
	for to < len(line) && !utf8.RuneStart(line[to]) {
		to++
	}
	before, after := "", ""
	if from > 0 {
		before = "..."
	}
	if to < len(line) {
		after = "..."
	}
	start += len(before) - from
	return snippet{found: true, line: before + string(line[from:to]) + after, start: start, end: min(end, to) + len(before) - from}
}

// printable replaces what a terminal would act upon instead of showing it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return utf8.RuneError
		case r == 0xfeff:
			return -1
		}
		return r
	}, s)
}

// wrap breaks lines at spaces so that they fit the width, where they can.
func wrap(text string, width int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapLine(line, width)
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Split(line, " ") {
		n := columnsOf(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
