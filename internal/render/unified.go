package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// UnifiedDiff writes what changes in a text file as diff -u does, so that patch
// takes it, or nothing when nothing does. Without color the lines are those of
// the file, byte by byte, but for control characters other than the tab, which
// are escaped.
func UnifiedDiff(w io.Writer, s Style, name, before, after string) error {
	list := hunks(diffTokens(splitLines(before), splitLines(after)))
	if len(list) == 0 {
		return nil
	}
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, s.paint(roleStrong, "--- old/"+clean(name)))
	fmt.Fprintln(b, s.paint(roleStrong, "+++ new/"+clean(name)))
	for _, h := range list {
		fmt.Fprintln(b, s.paint(roleAdopt, h.String()))
		for _, e := range h.edits {
			diffLine(b, s, e)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write diff: %w", err)
	}
	return nil
}

func diffLine(w io.Writer, s Style, e edit) {
	role := rolePlain
	switch e.op {
	case '-':
		role = roleDestroy
	case '+':
		role = roleAdd
	}
	line, ended := strings.CutSuffix(e.text, "\n")
	fmt.Fprintln(w, s.paint(role, string(e.op)+cleanSource(line)))
	if !ended {
		fmt.Fprintln(w, `\ No newline at end of file`)
	}
}

// cleanSource keeps what the lines of text files hold: tabs, and the carriage
// return of a line that ends with one.
func cleanSource(line string) string {
	line, cr := strings.CutSuffix(line, "\r")
	parts := strings.Split(line, "\t")
	for i, part := range parts {
		parts[i] = clean(part)
	}
	line = strings.Join(parts, "\t")
	if cr {
		line += "\r"
	}
	return line
}
