package render

import (
	"bufio"
	_ "embed" // the page's templates
	"fmt"
	"html/template"
	"io"

	"github.com/twinset/twinset/plan"
)

//go:embed page.gohtml
var pageTemplates string

// openOnPage is the number of changes up to which the page unfolds all of them.
const openOnPage = 50

// ShowHTML writes a plan as one page that needs nothing else: no script, no
// network, light or dark as the reader likes it. The plan is read twice, three
// times if there is drift.
func ShowHTML(w io.Writer, open Open) error {
	t, err := template.New("page").Parse(pageTemplates)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	r, err := read(open, nil, func(plan.Change) error { return nil })
	if err != nil {
		return err
	}
	p := &pageWriter{w: bufio.NewWriter(w), t: t, unfold: total(r.Summary().Counts) <= openOnPage}
	err = p.page(open, r)
	if flushed := p.w.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("write plan: %w", flushed)
	}
	return err
}

// pageWriter executes the page's templates one after the other. Each begins and
// ends in plain text between elements, which is what keeps escaping right.
type pageWriter struct {
	w       *bufio.Writer
	t       *template.Template
	unfold  bool
	section string
}

type pageHead struct {
	Title             string
	Header            plan.Header
	Counts            plan.Counts
	Created           string
	Refused, Warnings []string
	Members           []string
}

type pageChange struct {
	Open  bool
	Sign  string
	Class string
	Head  []pageSpan
	Rows  []pageRow
}

type pageRow struct {
	Sign, Class string
	Depth       int
	Spans       []pageSpan
}

type pageSpan struct{ Class, Text string }

func (p *pageWriter) page(open Open, r *plan.Reader) error {
	s, h := r.Summary(), r.Header()
	h.Project, h.Environment, h.Hub = clean(h.Project), clean(h.Environment), clean(h.Hub)
	head := pageHead{Title: headline(s.Counts), Header: h, Counts: s.Counts, Created: clean(r.Created())}
	for _, reason := range s.Refused {
		head.Refused = append(head.Refused, clean(reason))
	}
	for _, m := range s.Members {
		head.Members = append(head.Members, clean("This plan "+m.String()+"."))
	}
	for _, text := range s.Warnings {
		head.Warnings = append(head.Warnings, clean(text))
	}
	if err := p.execute("head", head); err != nil {
		return err
	}
	if s.Counts.Drift > 0 {
		if _, err := read(open, nil, p.drift); err != nil {
			return err
		}
	}
	if _, err := read(open, nil, p.change); err != nil {
		return err
	}
	return p.execute("foot", p.section != "")
}

func (p *pageWriter) execute(name string, data any) error {
	if err := p.t.ExecuteTemplate(p.w, name, data); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

func (p *pageWriter) drift(c plan.Change) error {
	if len(c.Drift) == 0 {
		return nil
	}
	if err := p.enter("drift", "Changed outside of twinset since the last apply"); err != nil {
		return err
	}
	return p.rows(driftRows(c))
}

func (p *pageWriter) change(c plan.Change) error {
	title := map[plan.Action]string{plan.Create: "To add", plan.Update: "To change", plan.Delete: "To destroy"}[c.Action]
	if err := p.enter(string(c.Action), title); err != nil {
		return err
	}
	return p.rows(changeRows(c))
}

// enter begins a section when the change is the first of its kind; changes come
// ordered by action.
func (p *pageWriter) enter(id, title string) error {
	if p.section == id {
		return nil
	}
	first := p.section == ""
	p.section = id
	return p.execute("section", struct {
		First     bool
		ID, Title string
	}{first, id, title})
}

func (p *pageWriter) rows(rows []row) error {
	c := pageChange{Open: p.unfold, Sign: string(rows[0].sign), Class: rows[0].role().class(), Head: pageSpans(rows[0])}
	for _, r := range rows[1:] {
		c.Rows = append(c.Rows, pageRow{Sign: pageSign(r.sign), Class: r.role().class(), Depth: r.depth, Spans: pageSpans(r)})
	}
	return p.execute("change", c)
}

func pageSign(sign byte) string {
	if sign == '@' {
		return " "
	}
	return string(sign)
}

func pageSpans(r row) []pageSpan {
	spans := make([]pageSpan, len(r.spans))
	for i, s := range r.spans {
		spans[i] = pageSpan{Class: s.role.class(), Text: s.text}
	}
	return spans
}
