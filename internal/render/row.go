package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// span is a piece of a line with its meaning. Its text is clean.
type span struct {
	role role
	text string
}

// row is a line of a change, the same for text, Markdown and HTML.
type row struct {
	sign  byte // + ~ - > !, '@' before a hunk, ' ' for context
	depth int  // 0 the header of a change, 1 a field, 2 what belongs to the field
	spans []span
}

func (r row) text() string {
	var b strings.Builder
	for _, s := range r.spans {
		b.WriteString(s.text)
	}
	return b.String()
}

func (r row) role() role { return signRole(r.sign) }

func signRole(sign byte) role {
	switch sign {
	case '+':
		return roleAdd
	case '~':
		return roleChange
	case '-':
		return roleDestroy
	case '>':
		return roleAdopt
	case '!':
		return roleWarn
	case '@':
		return roleDim
	default:
		return rolePlain
	}
}

// signOf is the sign of a whole change.
func signOf(c plan.Change) byte {
	switch {
	case c.Adopt:
		return '>'
	case c.Action == plan.Create:
		return '+'
	case c.Action == plan.Delete:
		return '-'
	default:
		return '~'
	}
}

// header is the first line of a change: its name, and where it comes from.
func header(sign byte, c plan.Change, remark string) row {
	r := row{sign: sign, spans: []span{{roleStrong, clean(c.Name())}}}
	if at := whereabouts(c); at != "" {
		r.spans = append(r.spans, span{roleDim, " (" + at + ")"})
	}
	if remark != "" {
		r.spans = append(r.spans, span{rolePlain, " " + remark})
	}
	return r
}

// whereabouts is the id on the hub, unless the name tells it, and the place of
// the declaration.
func whereabouts(c plan.Change) string {
	var parts []string
	if c.Name() != c.Addr.String() {
		parts = append(parts, c.Addr.Kind.String()+" "+strconv.Quote(hubID(c.Addr)))
	}
	if c.HubID != "" {
		parts = append(parts, "on the hub "+strconv.Quote(c.HubID))
	}
	if c.Origin.File != "" {
		parts = append(parts, fmt.Sprintf("%s:%d", clean(c.Origin.File), c.Origin.Line))
	}
	return strings.Join(parts, ", ")
}

// hubID is the id of an object as the hub's own tools write it: device or
// device/module.
func hubID(a schema.Address) string {
	if a.Sub == "" {
		return a.ID
	}
	return a.ID + "/" + a.Sub
}

// changeRows describes a change: header, fields, and what there is to say.
func changeRows(c plan.Change) []row {
	remark := remarkOn(c)
	rows := []row{header(signOf(c), c, remark)}
	for _, l := range c.Leaves {
		rows = append(rows, leafRows(c.Action, l)...)
	}
	return append(rows, noticeRows(c.Notices)...)
}

func remarkOn(c plan.Change) string {
	switch {
	case c.Replace == plan.Successor:
		return "replaced without a gap: the old one goes when this one is applied"
	case c.Replace == plan.InPlace:
		return "replaced in place: removed, then made again"
	case c.Refused():
		return ""
	case c.Quarantine:
		return "(disabled and kept: it is not declared any more)"
	case c.Releases():
		return "(released: the ownership mark goes, nothing else changes)"
	case c.OnlyMark():
		return "(ownership mark only)"
	default:
		return ""
	}
}

// driftRows describes what somebody else changed.
func driftRows(c plan.Change) []row {
	rows := []row{header('~', c, "")}
	for _, l := range c.Drift {
		rows = append(rows, leafRows(plan.Update, l)...)
	}
	return rows
}

func noticeRows(notices []plan.Notice) []row {
	var rows []row
	for _, n := range notices {
		s := span{roleWarn, clean(n.Text)}
		if n.Refusal {
			s = span{roleError, "refused: " + clean(n.Text)}
		}
		rows = append(rows, row{sign: '!', depth: 1, spans: []span{s}})
	}
	return rows
}
