package render

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twinset/twinset/schema"
)

// fitColumns is the width up to which an array or object stays on one line.
const fitColumns = 72

// absent is how text calls a value that does not exist.
const absent = "(absent)"

// decode reads a value for printing. What is no JSON is shown as it is.
func decode(d schema.Doc) any {
	v, err := schema.Decode(d)
	if err != nil {
		return string(d)
	}
	return v
}

// inline is a value on one line, escaped, at its full width.
func inline(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case json.Number:
		return clean(string(v))
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "[" + joined(v, ", ", inline) + "]"
	case map[string]any:
		return "{" + joined(sortedKeys(v), ", ", func(k string) string {
			return strconv.Quote(k) + ": " + inline(v[k])
		}) + "}"
	default:
		return "null"
	}
}

// inlineDoc is a document on one line, shortened.
func inlineDoc(d schema.Doc) string {
	if len(d) == 0 {
		return absent
	}
	return shorten(inline(decode(d)))
}

// block is a value over several lines, an element on each, as far as it does not
// fit on one. Every element ends with a comma, so that adding one does not
// change the line of another.
func block(v any, indent string) []string {
	if text := inline(v); !composite(v) || len(text)+len(indent) <= fitColumns {
		return []string{indent + text}
	}
	return unfolded(v, indent)
}

// unfolded is an array or object with its own elements on lines of their own.
func unfolded(v any, indent string) []string {
	opening, closing := indent+"[", indent+"]"
	var elements []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			elements = append(elements, element(e, indent+"  ", "")...)
		}
	case map[string]any:
		opening, closing = indent+"{", indent+"}"
		for _, k := range sortedKeys(v) {
			elements = append(elements, element(v[k], indent+"  ", strconv.Quote(k)+": ")...)
		}
	}
	return slices.Concat([]string{opening}, elements, []string{closing})
}

func element(v any, indent, label string) []string {
	lines := block(v, indent)
	lines[0] = indent + label + strings.TrimPrefix(lines[0], indent)
	lines[len(lines)-1] += ","
	return lines
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func joined[T any](list []T, sep string, text func(T) string) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = text(e)
	}
	return strings.Join(parts, sep)
}

// multiline tells whether a value is text of several lines. A newline at the end
// alone does not make it one.
func multiline(v any) bool {
	s, ok := v.(string)
	return ok && strings.Contains(strings.TrimSuffix(s, "\n"), "\n")
}

// composite tells whether a value has elements.
func composite(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	default:
		return false
	}
}
