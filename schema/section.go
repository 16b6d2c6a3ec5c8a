package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is something that the hub would refuse, found before anything is
// sent. Summary is a constant; Detail says what to do, in sentences.
type Problem struct {
	Path    Path // where in the object: {"desired", "telemetry", "interval_s"}
	Summary string
	Detail  string
}

// SectionSize is the size of tags or desired properties as the hub counts it:
// keys and strings in UTF-8 bytes, strings without control characters, 8 for a
// number, 4 for a boolean, objects and arrays the sum of their members
// (FACTS §4.6). Tombstones count nothing.
func SectionSize(v any) int {
	switch v := v.(type) {
	case map[string]any:
		n := 0
		for k, e := range v {
			if e != nil {
				n += len(k) + SectionSize(e)
			}
		}
		return n
	case []any:
		n := 0
		for _, e := range v {
			n += SectionSize(e)
		}
		return n
	case string:
		return stringSize(v)
	case json.Number:
		return 8
	case bool:
		return 4
	default:
		return 0
	}
}

func stringSize(s string) int {
	n := len(s)
	for _, r := range s {
		if unicode.IsControl(r) {
			n -= utf8.RuneLen(r)
		}
	}
	return n
}

// section checks one of tags and desired against the hub's limits.
type section struct {
	max      int
	problems []Problem
}

func validateSection(name string, m map[string]any, limit int) []Problem {
	s := section{max: limit}
	s.object(append(make(Path, 0, MaxDepth+1), name), m, 1)
	if size := SectionSize(m); size > limit {
		s.add(Path{name}, "Section too large",
			"The %s section is %d bytes by the hub's count; at most %d are allowed. Make it smaller or move large values elsewhere.", name, size, limit)
	}
	return s.problems
}

func (s *section) add(p Path, summary, format string, args ...any) {
	s.problems = append(s.problems, Problem{Path: slices.Clone(p), Summary: summary, Detail: fmt.Sprintf(format, args...)})
}

func (s *section) object(p Path, m map[string]any, depth int) {
	for _, k := range sortedKeys(m) {
		at := append(p, k) // its memory is the next member's too
		s.key(at, k)
		if depth > MaxDepth {
			s.add(at, "Nested too deep", "The hub allows %d levels below %s; %q is at level %d. Flatten the structure.", MaxDepth, p[0], k, depth)
			continue
		}
		s.value(at, m[k], depth, false)
	}
}

func (s *section) value(p Path, v any, depth int, inArray bool) {
	switch v := v.(type) {
	case nil:
		if inArray {
			s.add(p, "Null inside an array", "The hub refuses null inside arrays. Leave the element out.")
		}
	case string:
		if len(v) > MaxString {
			s.add(p, "String too long", "The value has %d bytes; the hub allows %d.", len(v), MaxString)
		}
		if !utf8.ValidString(v) {
			s.add(p, "Invalid UTF-8", "The value is not valid UTF-8 text; encode binary data with base64encode.")
		}
	case json.Number:
		s.number(p, string(v))
	case map[string]any:
		if inArray {
			s.arrayObject(p, v, depth+1)
			return
		}
		s.object(p, v, depth+1)
	case []any:
		s.array(p, v, depth+1)
	}
}

// array checks the elements. Their path is the array's: an array is one leaf.
func (s *section) array(p Path, list []any, depth int) {
	if depth > MaxDepth && len(list) > 0 {
		s.add(p, "Nested too deep", "The hub allows %d levels below %s; this array's elements are at level %d. Flatten the structure.", MaxDepth, p[0], depth)
		return
	}
	for _, e := range list {
		s.value(p, e, depth, true)
	}
}

func (s *section) arrayObject(p Path, m map[string]any, depth int) {
	if depth > MaxDepth && len(m) > 0 {
		s.add(p, "Nested too deep", "The hub allows %d levels below %s; an object in this array is at level %d. Flatten the structure.", MaxDepth, p[0], depth)
		return
	}
	for _, k := range sortedKeys(m) {
		s.key(p, k)
		s.value(p, m[k], depth, true)
	}
}

func (s *section) key(p Path, k string) {
	switch {
	case k == "":
		s.add(p, "Invalid key", "A key is empty. Give it a name.")
	case len(k) > MaxKey:
		s.add(p, "Key too long", "The key %.20q… has %d bytes; the hub allows %d.", k, len(k), MaxKey)
	case !utf8.ValidString(k):
		s.add(p, "Invalid key", "The key %q is not valid UTF-8 text.", k)
	default:
		if i := strings.IndexFunc(k, badKeyRune); i >= 0 {
			r, _ := utf8.DecodeRuneInString(k[i:])
			s.add(p, "Invalid key", "The key %q holds %s, which the hub does not allow in keys (nor any of . $ # space and control characters).", k, runeName(r))
		}
	}
}

func badKeyRune(r rune) bool {
	return slices.Contains([]rune{'.', '$', '#', ' '}, r) || unicode.IsControl(r)
}

func runeName(r rune) string {
	switch {
	case r == ' ':
		return "a space"
	case unicode.IsControl(r):
		return fmt.Sprintf("the control character U+%04X", r)
	default:
		return strconv.QuoteRune(r)
	}
}

func (s *section) number(p Path, text string) {
	canonical, err := Number(text)
	if err != nil {
		s.add(p, "Number out of range", "The number %s does not fit a 64-bit floating-point value.", text)
		return
	}
	// What has no fraction is an integer to us, however it was written.
	f, err := strconv.ParseFloat(string(canonical), 64)
	if err != nil || f != math.Trunc(f) {
		return
	}
	if f < MinInteger || f > MaxInteger {
		s.add(p, "Integer out of range", "The integer %s is outside the hub's range of %d to %d. Send it as a string.", canonical, MinInteger, MaxInteger)
	}
}
