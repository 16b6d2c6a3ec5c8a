package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// pairColumns is the width up to which both values of a field stand on one line.
const pairColumns = 100

// elideKeep is how much unchanged text stays visible around an edit.
const elideKeep = 24

// leafRows describes one field. Its row reads "path = value" or "path = before
// -> after"; what takes several lines follows below it.
func leafRows(a plan.Action, l plan.Leaf) []row {
	path := clean(l.Path.String())
	switch {
	case l.Secret != "" || len(l.Before) == 0 && len(l.After) == 0:
		return []row{field(secretSign(a), path, secretText(l.Secret))}
	case len(l.Before) == 0:
		return valueRows('+', path, l.After)
	case len(l.After) == 0:
		return valueRows('-', path, l.Before)
	default:
		return pairRows(path, l.Before, l.After)
	}
}

// secretSign is the sign of a value that is known by reference only.
func secretSign(a plan.Action) byte {
	switch a {
	case plan.Create:
		return '+'
	case plan.Delete:
		return '-'
	default:
		return '~'
	}
}

func secretText(ref schema.SecretRef) string {
	if ref == "" {
		return "(secret)"
	}
	return "(secret " + shorten(clean(string(ref))) + ")"
}

func field(sign byte, path, value string) row {
	return row{sign: sign, depth: 1, spans: []span{{rolePlain, path + " = " + value}}}
}

func below(sign byte, text string) row {
	return row{sign: sign, depth: 2, spans: []span{{signRole(sign), shorten(text)}}}
}

// valueRows shows a value that comes or goes.
func valueRows(sign byte, path string, d schema.Doc) []row {
	v := decode(d)
	title, lines := unfold(v)
	if lines == nil {
		return []row{field(sign, path, shorten(inline(v)))}
	}
	rows := []row{field(sign, path, title)}
	for _, l := range lines {
		rows = append(rows, lineRows(sign, l)...)
	}
	return rows
}

// unfold splits a value that is better shown over several lines; lines is nil
// when it is not. Lines of text keep their newline, so that a missing one at the
// end shows.
func unfold(v any) (title string, lines []string) {
	if multiline(v) {
		lines = splitLines(v.(string))
		return fmt.Sprintf("(text of %s)", plural(len(lines), "line")), lines
	}
	if !composite(v) || len(inline(v)) <= fitColumns {
		return "", nil
	}
	for _, l := range block(v, "") {
		lines = append(lines, l+"\n")
	}
	switch v := v.(type) {
	case []any:
		title = "(list of " + plural(len(v), "element") + ")"
	case map[string]any:
		title = "(object of " + plural(len(v), "member") + ")"
	}
	return title, lines
}

// lineRows shows one line of a value.
func lineRows(sign byte, line string) []row {
	text, whole := strings.CutSuffix(line, "\n")
	rows := []row{below(sign, clean(text))}
	if !whole {
		rows = append(rows, row{sign: ' ', depth: 2, spans: []span{{roleDim, `\ No newline at end of value`}}})
	}
	return rows
}

// pairRows shows a value that becomes another one.
func pairRows(path string, before, after schema.Doc) []row {
	b, a := decode(before), decode(after)
	bs, bIsText := b.(string)
	as, aIsText := a.(string)
	text := bIsText && aIsText
	switch bi, ai := inline(b), inline(a); {
	case text && (multiline(b) || multiline(a)):
		return hunkRows(path, "text", splitLines(bs), splitLines(as))
	case utf8.RuneCountInString(path+bi+ai) <= pairColumns:
		return []row{field('~', path, bi+" -> "+ai)}
	case text:
		return []row{wordRow(path, bi, ai)}
	case composite(b) && composite(a):
		return hunkRows(path, "value", blockLines(b), blockLines(a))
	default:
		return append(append([]row{field('~', path, "(replaced)")}, sideRows('-', b)...), sideRows('+', a)...)
	}
}

// blockLines is a value with its elements on lines of their own, even when it
// would fit on one line: the other side does not.
func blockLines(v any) []string {
	lines := unfolded(v, "")
	for i := range lines {
		lines[i] += "\n"
	}
	return lines
}

func sideRows(sign byte, v any) []row {
	_, lines := unfold(v)
	if lines == nil {
		return []row{below(sign, inline(v))}
	}
	var rows []row
	for _, l := range lines {
		rows = append(rows, lineRows(sign, l)...)
	}
	return rows
}

// hunkRows shows lines before and after as a unified diff.
func hunkRows(path, noun string, before, after []string) []row {
	list := diffTokens(before, after)
	gone, come := 0, 0
	for _, e := range list {
		switch e.op {
		case '-':
			gone++
		case '+':
			come++
		}
	}
	rows := []row{field('~', path, fmt.Sprintf("(%s, %s removed, %d added)", noun, plural(gone, "line"), come))}
	for _, h := range hunks(list) {
		rows = append(rows, row{sign: '@', depth: 2, spans: []span{{roleDim, h.String()}}})
		for _, e := range h.edits {
			rows = append(rows, lineRows(e.op, e.text)...)
		}
	}
	return rows
}

// wordRow shows a long string with its edits in place, as git does with
// --word-diff: [-gone-]{+come+}.
func wordRow(path, before, after string) row {
	r := row{sign: '~', depth: 1, spans: []span{{rolePlain, path + " = "}}}
	list := diffWords(before, after)
	for i, e := range list {
		switch e.op {
		case '-':
			r.spans = append(r.spans, span{roleDestroy, "[-" + shorten(e.text) + "-]"})
		case '+':
			r.spans = append(r.spans, span{roleAdd, "{+" + shorten(e.text) + "+}"})
		default:
			r.spans = append(r.spans, span{rolePlain, elide(e.text, i == 0, i == len(list)-1)})
		}
	}
	return r
}

// elide leaves out the middle of unchanged text, or its far end at the border of
// the value.
func elide(s string, first, last bool) string {
	runes := []rune(s)
	if len(runes) <= 2*elideKeep+1 {
		return s
	}
	head, tail := string(runes[:elideKeep]), string(runes[len(runes)-elideKeep:])
	switch {
	case first && last:
		return s
	case first:
		return "…" + tail
	case last:
		return head + "…"
	default:
		return head + "…" + tail
	}
}
