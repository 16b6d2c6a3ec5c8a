package yamlbody

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// aligner leads the bytes of a decoded scalar back to the bytes of the file. at
// holds, for each byte of the value and for its end, an offset into the file.
// It follows the two texts in step and never reads outside them; where they do
// not match the rest maps to the last known place.
type aligner struct {
	src   []byte
	value string
	o     int // next byte of the file
	at    []int
}

// align returns the offsets of a scalar's value and the end of its source text.
// start is the first byte of the scalar: the quote, or the header of a block.
func align(src []byte, start int, st style, value string) (at []int, end int) {
	a := &aligner{src: src, value: value, o: start, at: make([]int, 0, len(value)+1)}
	switch st {
	case single:
		a.quoted(a.singleQuoted)
	case double, jsonString:
		a.quoted(a.doubleQuoted)
	case literal, folded:
		a.block(st == folded)
	default:
		a.flow(a.character)
	}
	a.fill(a.o)
	end = a.o
	if st == single || st == double || st == jsonString {
		end = min(end+1, len(src))
	}
	return a.at, end
}

func (a *aligner) done() bool { return len(a.at) >= len(a.value) || a.o >= len(a.src) }

// peek is the next byte of the value.
func (a *aligner) peek() byte { return a.value[len(a.at)] }

// emit maps the next n bytes of the value to the offset.
func (a *aligner) emit(n, offset int) {
	for ; n > 0 && len(a.at) < len(a.value); n-- {
		a.at = append(a.at, offset)
	}
}

// fill maps what is left of the value, and its end.
func (a *aligner) fill(offset int) {
	for len(a.at) <= len(a.value) {
		a.at = append(a.at, offset)
	}
}

// character maps one byte that stands for itself.
func (a *aligner) character() bool {
	if a.src[a.o] != a.peek() {
		return false
	}
	a.emit(1, a.o)
	a.o++
	return true
}

// flow follows a scalar in which lines are folded: one break is a space, more
// are one line feed less.
func (a *aligner) flow(char func() bool) {
	for !a.done() {
		if run := a.breakRun(); run > 0 {
			a.fold(run)
			continue
		}
		if !char() {
			return
		}
	}
}

// quoted follows a flow scalar in quotes. The closing one may stand after folded
// white space that left no trace.
func (a *aligner) quoted(char func() bool) {
	a.o++
	a.flow(char)
	a.o += a.breakRun()
}

// breakRun is the length of the white space here when it holds a line break.
func (a *aligner) breakRun() int {
	o, found := a.o, false
	for o < len(a.src) && isSpace(a.src[o]) {
		found = found || isBreak(a.src[o])
		o++
	}
	if !found {
		return 0
	}
	return o - a.o
}

func (a *aligner) fold(run int) {
	start := a.o
	a.o += run
	if a.peek() == ' ' {
		a.emit(1, start)
		return
	}
	for len(a.at) < len(a.value) && a.peek() == '\n' {
		a.emit(1, start)
	}
}

func (a *aligner) singleQuoted() bool {
	if a.src[a.o] == '\'' {
		if a.o+1 >= len(a.src) || a.src[a.o+1] != '\'' || a.peek() != '\'' {
			return false
		}
		a.emit(1, a.o)
		a.o += 2
		return true
	}
	return a.character()
}

var escapeLengths = map[byte]int{'x': 2, 'u': 4, 'U': 8}

// doubleQuoted maps one character or one escape sequence.
func (a *aligner) doubleQuoted() bool {
	if a.src[a.o] != '\\' {
		return a.character()
	}
	if a.o+1 >= len(a.src) {
		return false
	}
	start, c := a.o, a.src[a.o+1]
	if isBreak(c) { // an escaped line break joins two lines
		a.o++
		for a.o < len(a.src) && isSpace(a.src[a.o]) {
			a.o++
		}
		return true
	}
	a.o = min(start+2+escapeLengths[c], len(a.src))
	r, n := utf8.DecodeRuneInString(a.value[len(a.at):])
	if c == 'u' && r >= 0x10000 && bytes.HasPrefix(a.src[a.o:], []byte(`\u`)) {
		a.o = min(a.o+6, len(a.src)) // second half of a surrogate pair (JSON)
	}
	a.emit(n, start)
	return true
}

// block follows the lines of a literal or folded block.
func (a *aligner) block(fold bool) {
	for a.o < len(a.src) && !isBreak(a.src[a.o]) {
		a.o++ // header: indicators and comment
	}
	a.skipBreak()
	indent := a.indentation()
	for !a.done() {
		line := a.o
		end := a.lineEnd()
		if blank(a.src[line:end]) && (len(a.at) == len(a.value) || a.peek() == '\n' || a.peek() != ' ' && a.peek() != '\t') {
			a.o = end
			a.newline(fold)
			continue
		}
		a.o = min(line+indent, end)
		for a.o < end && !a.done() {
			if !a.character() {
				return
			}
		}
		a.newline(fold)
	}
}

// newline moves over a line break and maps what it left in the value: line
// feeds, or a space where lines were folded.
func (a *aligner) newline(fold bool) {
	at := a.o
	end := at
	a.skipBreak()
	if len(a.at) >= len(a.value) {
		a.o = end
		return
	}
	switch {
	case a.peek() == '\n':
		a.emit(1, at)
	case fold && a.peek() == ' ':
		a.emit(1, at)
	}
}

func (a *aligner) lineEnd() int {
	o := a.o
	for o < len(a.src) && !isBreak(a.src[o]) {
		o++
	}
	return o
}

func (a *aligner) skipBreak() {
	if a.o < len(a.src) && a.src[a.o] == '\r' {
		a.o++
	}
	if a.o < len(a.src) && a.src[a.o] == '\n' {
		a.o++
	}
}

// indentation is the number of bytes that the block's lines are indented by: the
// spaces of its first line with content, less those that belong to the value.
func (a *aligner) indentation() int {
	o := a.o
	for o < len(a.src) {
		end := o
		for end < len(a.src) && !isBreak(a.src[end]) {
			end++
		}
		line := a.src[o:end]
		if !blank(line) {
			content := strings.TrimLeft(a.value, "\n")
			return max(leading(string(line))-leading(content), 0)
		}
		o = end + 1
	}
	return 0
}

func leading(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

func blank(line []byte) bool { return len(bytes.Trim(line, " \t")) == 0 }

// linear tells whether the value stands in the file as it is.
func linear(at []int) bool {
	for i, o := range at {
		if o != at[0]+i {
			return false
		}
	}
	return true
}
