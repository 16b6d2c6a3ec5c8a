package render

import (
	"bufio"
	_ "embed" // the page's style
	"fmt"
	"html"
	"io"
	"strconv"

	"github.com/twinset/twinset/plan"
)

//go:embed page.css
var pageStyle string

// openOnPage is the number of changes up to which the page unfolds all of them.
const openOnPage = 50

// ShowHTML writes a plan as one page that needs nothing else: no script, no
// network, light or dark as the reader likes it. The plan is read twice, three
// times if there is drift.
func ShowHTML(w io.Writer, open Open) error {
	r, err := read(open, nil, func(plan.Change) error { return nil })
	if err != nil {
		return err
	}
	p := &pageWriter{w: bufio.NewWriter(w), unfold: total(r.Summary().Counts) <= openOnPage}
	err = p.page(open, r)
	if flushed := p.w.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("write plan: %w", flushed)
	}
	return err
}

// pageWriter writes the page piece by piece. Whatever is not a constant of this
// file goes through [pageWriter.text], and stands between elements or in an
// attribute in double quotes, never in a script, a style or an address: there its
// escaping is enough. The templates of the standard library would do the same and
// keep every method of the program alive (docs/adr/0016).
type pageWriter struct {
	w       *bufio.Writer
	unfold  bool
	section string
}

// markup writes constants; a failed write is the bufio.Writer's to remember.
func (p *pageWriter) markup(s string) { _, _ = p.w.WriteString(s) }

func (p *pageWriter) text(s string) { _, _ = p.w.WriteString(html.EscapeString(s)) }

func (p *pageWriter) page(open Open, r *plan.Reader) error {
	p.head(r)
	if r.Summary().Counts.Drift > 0 {
		if _, err := read(open, nil, p.drift); err != nil {
			return err
		}
	}
	if _, err := read(open, nil, p.change); err != nil {
		return err
	}
	p.leave()
	p.markup("</body>\n</html>\n")
	return nil
}

func (p *pageWriter) head(r *plan.Reader) {
	s, h := r.Summary(), r.Header()
	title, project, environment := headline(s.Counts), clean(h.Project), clean(h.Environment)
	p.markup(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>`)
	p.text(title + " " + project + "/" + environment)
	p.markup("</title>\n<style>\n" + pageStyle + "</style>\n</head>\n<body>\n<h1>")
	p.text(title)
	p.markup("</h1>\n<p class=\"meta\">Project <b>")
	p.text(project)
	p.markup("</b>, environment <b>")
	p.text(environment)
	p.markup("</b>, hub <b>")
	p.text(clean(h.Hub))
	p.markup("</b>. Planned ")
	p.text(clean(r.Created()))
	p.markup(".</p>")
	p.notes(s)
	p.counts(s.Counts)
}

// notes are what a reader must know before the changes.
func (p *pageWriter) notes(s plan.Summary) {
	if len(s.Refused) > 0 {
		p.markup("\n<div class=\"refused\"><b>This plan is refused and cannot be applied.</b>\n<ul>")
		for _, reason := range s.Refused {
			p.markup("<li>")
			p.text(clean(reason))
			p.markup("</li>")
		}
		p.markup("</ul></div>")
	}
	for _, m := range s.Members {
		p.markup("\n<p>")
		p.text(clean("This plan " + m.String() + "."))
		p.markup("</p>")
	}
	if s.Unmanaged != nil {
		p.markup("\n<p>")
		p.text(clean(s.Unmanaged.Sentence()))
		p.markup("</p>")
	}
	for _, warning := range s.Warnings {
		p.markup("\n<p class=\"warn\">! ")
		p.text(clean(warning))
		p.markup("</p>")
	}
}

// counts lead to their sections.
func (p *pageWriter) counts(c plan.Counts) {
	p.markup("\n<ul class=\"counts\">")
	for _, entry := range []struct {
		n                     int
		id, class, sign, what string
	}{
		{c.Drift, "drift", "change", "!", "drifted"},
		{c.Create, string(plan.Create), "add", "+", "to add"},
		{c.Update, string(plan.Update), "change", "~", "to change"},
		{c.Delete, string(plan.Delete), "destroy", "-", "to destroy"},
	} {
		if entry.n == 0 {
			continue
		}
		p.markup(`<li><a href="#` + entry.id + `"><span class="` + entry.class + `">` + entry.sign + "</span> " +
			strconv.Itoa(entry.n) + " " + entry.what + "</a></li>")
	}
	p.markup("</ul>\n")
}

func (p *pageWriter) drift(c plan.Change) error {
	if len(c.Drift) > 0 {
		p.enter("drift", "Changed outside of twinset since the last apply")
		p.rows(driftRows(c))
	}
	return nil
}

func (p *pageWriter) change(c plan.Change) error {
	title := map[plan.Action]string{plan.Create: "To add", plan.Update: "To change", plan.Delete: "To destroy"}[c.Action]
	p.enter(string(c.Action), title)
	p.rows(changeRows(c))
	return nil
}

// enter begins a section when the change is the first of its kind; changes come
// ordered by action.
func (p *pageWriter) enter(id, title string) {
	if p.section == id {
		return
	}
	p.leave()
	p.section = id
	p.markup(`<section id="`)
	p.text(id)
	p.markup("\">\n<h2>")
	p.text(title)
	p.markup("</h2>\n")
}

func (p *pageWriter) leave() {
	if p.section != "" {
		p.markup("</section>\n")
	}
}

// rows writes a change: its first row, and the others to unfold.
func (p *pageWriter) rows(rows []row) {
	switch {
	case len(rows) == 1:
		p.markup(`<details class="bare">`)
	case p.unfold:
		p.markup("<details open>")
	default:
		p.markup("<details>")
	}
	p.markup("<summary>")
	p.span(rows[0].role().class(), string(rows[0].sign))
	p.markup(" ")
	p.spans(rows[0])
	p.markup("</summary>")
	if len(rows) > 1 {
		p.markup("\n<div class=\"rows\">")
		for _, r := range rows[1:] {
			p.row(r)
		}
		p.markup("</div>")
	}
	p.markup("</details>\n")
}

func (p *pageWriter) row(r row) {
	sign := string(r.sign)
	if r.sign == '@' {
		sign = " "
	}
	p.markup(`<div class="d` + strconv.Itoa(r.depth) + `">`)
	p.span("s "+r.role().class(), sign+" ")
	p.spans(r)
	p.markup("</div>\n")
}

func (p *pageWriter) spans(r row) {
	for _, s := range r.spans {
		p.span(s.role.class(), s.text)
	}
}

func (p *pageWriter) span(class, text string) {
	p.markup("<span")
	if class != "" {
		p.markup(` class="`)
		p.text(class)
		p.markup(`"`)
	}
	p.markup(">")
	p.text(text)
	p.markup("</span>")
}
