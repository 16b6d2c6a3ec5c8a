package render

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/twinset/twinset/plan"
)

const (
	// markdownBytes is the default size of a Markdown plan. GitHub drops a job
	// summary above 1 MiB without a word.
	markdownBytes = 900_000
	// markdownReserve is kept free for what must stand at the end.
	markdownReserve = 600
	// openChanges is the number of changes up to which all are unfolded.
	openChanges = 10
)

// ShowMarkdown writes a plan for a pull request or a job summary: a headline, the
// reasons of a refusal, and each change folded, as a diff block. The output stays
// below maxBytes (0 means 900 kB; less than 4 kB leaves no room for changes);
// what does not fit is counted. The plan is read twice, three times if there is
// drift.
func ShowMarkdown(w io.Writer, open Open, maxBytes int) error {
	if maxBytes == 0 {
		maxBytes = markdownBytes
	}
	r, err := read(open, nil, func(plan.Change) error { return nil })
	if err != nil {
		return err
	}
	m := &markdownWriter{w: w, left: maxBytes - markdownReserve, unfold: total(r.Summary().Counts) <= openChanges}
	m.head(r)
	if r.Summary().Counts.Drift > 0 {
		m.section("Changed outside of twinset since the last apply")
		if err := m.each(open, func(c plan.Change) []row {
			if len(c.Drift) == 0 {
				return nil
			}
			return driftRows(c)
		}); err != nil {
			return err
		}
	}
	if r.Summary().Counts.Any() {
		m.section("Changes")
		if err := m.each(open, changeRows); err != nil {
			return err
		}
	}
	m.tail()
	return m.err
}

// markdownWriter counts down the bytes that are left. Once something did not
// fit, nothing after it is written but the tail.
type markdownWriter struct {
	w      io.Writer
	err    error
	left   int
	unfold bool
	hidden int
}

// put writes a piece as a whole or not at all.
func (m *markdownWriter) put(text []byte) bool {
	if m.hidden > 0 || len(text) > m.left {
		return false
	}
	m.left -= len(text)
	m.write(text)
	return true
}

func (m *markdownWriter) write(text []byte) {
	if m.err != nil {
		return
	}
	if _, err := m.w.Write(text); err != nil {
		m.err = fmt.Errorf("write plan: %w", err)
	}
}

func (m *markdownWriter) head(r *plan.Reader) {
	s, h := r.Summary(), r.Header()
	m.put(fmt.Appendf(nil, "### %s\n\n", strings.TrimSuffix(headline(s.Counts), ".")))
	m.put(fmt.Appendf(nil, "<p>Project %s, environment %s, hub %s.</p>\n\n", codeSpan(h.Project), codeSpan(h.Environment), codeSpan(h.Hub)))
	for _, n := range s.Members {
		m.put(fmt.Appendf(nil, "This plan %s.\n\n", escapeMarkdown(n.String())))
	}
	if s.Unmanaged != nil {
		m.put(fmt.Appendf(nil, "%s\n\n", escapeMarkdown(s.Unmanaged.Sentence())))
	}
	for _, text := range s.Warnings {
		m.put(fmt.Appendf(nil, "> [!WARNING]\n> %s\n\n", escapeMarkdown(text)))
	}
	if len(s.Refused) == 0 {
		return
	}
	m.put([]byte("> [!CAUTION]\n> This plan is refused and cannot be applied.\n"))
	for _, reason := range s.Refused {
		m.put(fmt.Appendf(nil, "> - %s\n", escapeMarkdown(reason)))
	}
	m.put([]byte("\n"))
}

func (m *markdownWriter) section(title string) { m.put(fmt.Appendf(nil, "#### %s\n\n", title)) }

func (m *markdownWriter) each(open Open, rows func(plan.Change) []row) error {
	_, err := read(open, nil, func(c plan.Change) error {
		list := rows(c)
		if list == nil {
			return m.err
		}
		if m.hidden > 0 || !m.put(m.details(list)) {
			m.hidden++
		}
		return m.err
	})
	return err
}

// details is one change: its header as the summary, its fields as a diff. A
// change without fields has nothing to unfold.
func (m *markdownWriter) details(rows []row) []byte {
	var b bytes.Buffer
	title := summaryHTML(rows[0])
	if len(rows) == 1 {
		fmt.Fprintf(&b, "<p>%s</p>\n\n", title) // inside a block element nothing counts as Markdown
		return b.Bytes()
	}
	attribute := ""
	if m.unfold {
		attribute = " open"
	}
	lines := diffBlock(rows[1:])
	fence := fenceFor(lines)
	fmt.Fprintf(&b, "<details%s><summary>%s</summary>\n\n%sdiff\n%s%s\n\n</details>\n\n", attribute, title, fence, lines, fence)
	return b.Bytes()
}

func summaryHTML(header row) string {
	var b strings.Builder
	b.WriteString("<code>" + html.EscapeString(string(header.sign)+" "+header.spans[0].text) + "</code>")
	for _, s := range header.spans[1:] {
		b.WriteString(html.EscapeString(s.text))
	}
	return b.String()
}

// diffBlock writes rows so that diff highlighting colours them: the sign stands
// in the first column, and "!" is the sign of what is changed.
func diffBlock(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		sign := r.sign
		switch sign {
		case '~':
			sign = '!'
		case '!':
			sign = '#'
		case '@':
			sign = ' '
		}
		text := strings.Repeat("    ", max(0, r.depth-1)) + r.text()
		b.WriteString(strings.TrimRight(string(sign)+" "+text, " ") + "\n")
	}
	return b.String()
}

// fenceFor is a fence that the text does not close.
func fenceFor(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence
}

func codeSpan(s string) string { return "<code>" + html.EscapeString(clean(s)) + "</code>" }

// escapeMarkdown makes text stand for itself.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range html.EscapeString(clean(s)) {
		if strings.ContainsRune("\\`*_[]~|@", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// tail says what did not fit.
func (m *markdownWriter) tail() {
	if m.hidden > 0 {
		m.write(fmt.Appendf(nil, "**%s not listed here**: this page would be too large. The plan file holds everything; read it with <code>twinset show PLANFILE</code>.\n", plural(m.hidden, "more change")))
	}
}
