package config

import (
	"bytes"
	"fmt"
	"io"
	"strings"

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
		p.place(*d.Subject)
	}
	if d.Detail != "" {
		fmt.Fprintf(p.b, "%s\n\n", wrap(d.Detail, p.width))
	}
}

func (p *textPrinter) paint(s, code string) string {
	if !p.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// place writes the name of the file, line and column, and the line itself.
func (p *textPrinter) place(r hcl.Range) {
	s := snippetOf(p.files[r.Filename], r)
	in := ""
	if s.context != "" {
		in = ", in " + s.context
	}
	fmt.Fprintf(p.b, "  on %s line %d, column %d%s:\n", r.Filename, r.Start.Line, r.Start.Column, in)
	if !s.found {
		fmt.Fprintf(p.b, "  (source not shown)\n\n")
		return
	}
	fmt.Fprintf(p.b, "%4d: %s\n", r.Start.Line, p.paintPart(s))
	fmt.Fprintf(p.b, "%s%s\n\n", underlineIndent(s.line[:s.start]), p.paint(strings.Repeat("^", max(columnsOf(s.line[s.start:s.end]), 1)), "31"))
}

func (p *textPrinter) paintPart(s snippet) string {
	return s.line[:s.start] + p.paint(s.line[s.start:s.end], "1") + s.line[s.end:]
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
	line := strings.TrimRight(string(f.Bytes[from:to]), "\r")
	start := min(r.Start.Byte-from, len(line))
	s := snippet{found: true, line: line, start: start, end: max(min(r.End.Byte-from, len(line)), start)}
	if nav, ok := f.Nav.(interface{ ContextString(offset int) string }); ok {
		s.context = nav.ContextString(r.Start.Byte)
	}
	return s
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
