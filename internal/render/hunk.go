package render

import "fmt"

// hunkContext is the number of unchanged lines around a change.
const hunkContext = 3

// hunk is a piece of a unified diff. Lines are counted from 1.
type hunk struct {
	beforeAt, afterAt       int
	beforeLines, afterLines int
	edits                   []edit
}

// hunks cuts a diff into pieces: the changed lines with some context.
func hunks(list []edit) []hunk {
	var out []hunk
	before, after := 1, 1
	last := -1 // the last edit that belongs to a hunk
	for i, e := range list {
		if e.op != ' ' {
			from := max(i-hunkContext, last+1)
			if len(out) == 0 || from > last+1 {
				out = append(out, hunk{beforeAt: before - (i - from), afterAt: after - (i - from)})
			}
			to := min(i+hunkContext, len(list)-1)
			out[len(out)-1].add(list[max(from, last+1) : max(to, last)+1])
			last = max(to, last)
		}
		if e.op != '+' {
			before++
		}
		if e.op != '-' {
			after++
		}
	}
	return out
}

func (h *hunk) add(list []edit) {
	for _, e := range list {
		if e.op != '+' {
			h.beforeLines++
		}
		if e.op != '-' {
			h.afterLines++
		}
	}
	h.edits = append(h.edits, list...)
}

func (h hunk) String() string {
	return fmt.Sprintf("@@ -%s +%s @@", lineRange(h.beforeAt, h.beforeLines), lineRange(h.afterAt, h.afterLines))
}

// lineRange is a range of lines as diff writes it: nothing is said to stand after
// the line before.
func lineRange(at, lines int) string {
	switch lines {
	case 0:
		return fmt.Sprintf("%d,0", at-1)
	case 1:
		return fmt.Sprint(at)
	default:
		return fmt.Sprintf("%d,%d", at, lines)
	}
}
