package render

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// maxTokens bounds the work of a text diff; above it, everything counts as
// replaced. Twins never come near it: their strings have 4 KB (FACTS §4.6).
const maxTokens = 50_000

// edit is a token, or a run of text, that one or both sides have.
type edit struct {
	op   byte // ' ' both, '-' before only, '+' after only
	text string
}

// diffTokens compares token by token. Each token becomes a numbered line, so
// that neither its bytes nor a missing newline at the end mean anything to the
// library, and there is no time limit, or a plan would depend on the machine.
func diffTokens(before, after []string) []edit {
	if len(before)+len(after) > maxTokens {
		return append(edits('-', before), edits('+', after)...)
	}
	n := numbering{ids: map[string]int{}}
	a, b := n.lines(before), n.lines(after)
	d := diffmatchpatch.New()
	d.DiffTimeout = 0
	ra, rb, lines := d.DiffLinesToChars(a, b)
	var list []edit
	for _, part := range d.DiffCharsToLines(d.DiffMain(ra, rb, false), lines) {
		list = append(list, edits(opOf(part.Type), n.tokensOf(part.Text))...)
	}
	return list
}

func edits(op byte, tokens []string) []edit {
	list := make([]edit, len(tokens))
	for i, t := range tokens {
		list[i] = edit{op: op, text: t}
	}
	return list
}

func opOf(t diffmatchpatch.Operation) byte {
	switch t {
	case diffmatchpatch.DiffDelete:
		return '-'
	case diffmatchpatch.DiffInsert:
		return '+'
	default:
		return ' '
	}
}

// numbering gives equal tokens equal numbers.
type numbering struct {
	ids    map[string]int
	tokens []string
}

func (n *numbering) lines(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		id, ok := n.ids[t]
		if !ok {
			id = len(n.tokens)
			n.ids[t] = id
			n.tokens = append(n.tokens, t)
		}
		b.WriteString(strconv.Itoa(id))
		b.WriteByte('\n')
	}
	return b.String()
}

func (n *numbering) tokensOf(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if id, err := strconv.Atoi(strings.TrimSuffix(line, "\n")); err == nil {
			list = append(list, n.tokens[id])
		}
	}
	return list
}

// splitLines splits text after each newline; the last line may have none.
func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// splitWords splits text into words, spaces and single other characters.
func splitWords(s string) []string {
	var words []string
	start, class := 0, -1
	for i, r := range s {
		c := wordClass(r)
		if i > 0 && (c != class || c == 0) {
			words = append(words, s[start:i])
			start = i
		}
		class = c
	}
	if start < len(s) {
		words = append(words, s[start:])
	}
	return words
}

func wordClass(r rune) int {
	switch {
	case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
		return 1
	case unicode.IsSpace(r):
		return 2
	default:
		return 0
	}
}

// minCommon is the length below which text that both sides have between two
// edits only tears the edits apart.
const minCommon = 4

// diffWords compares two lines by words and joins edits that are close.
func diffWords(before, after string) []edit {
	var list []edit
	var gone, come string
	flush := func() {
		if gone != "" {
			list = append(list, edit{'-', gone})
		}
		if come != "" {
			list = append(list, edit{'+', come})
		}
		gone, come = "", ""
	}
	parts := joinEdits(diffTokens(splitWords(before), splitWords(after)))
	for i, e := range parts {
		switch {
		case e.op == '-':
			gone += e.text
		case e.op == '+':
			come += e.text
		case i > 0 && i < len(parts)-1 && len(e.text) < minCommon:
			gone, come = gone+e.text, come+e.text
		default:
			flush()
			list = append(list, e)
		}
	}
	flush()
	return list
}

// joinEdits makes runs of the tokens with the same operation.
func joinEdits(list []edit) []edit {
	var runs []edit
	for _, e := range list {
		if n := len(runs); n > 0 && runs[n-1].op == e.op {
			runs[n-1].text += e.text
			continue
		}
		runs = append(runs, e)
	}
	return runs
}
