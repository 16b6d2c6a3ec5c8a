package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Doc is canonical JSON: object keys sorted bytewise, no white space, one
// spelling for each string and number. Equal bytes mean equal values.
type Doc []byte

// MarshalJSON writes the document as it is.
func (d Doc) MarshalJSON() ([]byte, error) {
	if len(d) == 0 {
		return []byte("null"), nil
	}
	return d, nil
}

// UnmarshalJSON keeps the canonical form of what it reads.
func (d *Doc) UnmarshalJSON(b []byte) error {
	doc, err := CanonicalJSON(b)
	*d = doc
	return err
}

// Canonical writes a value as a Doc. Values are nil, bool, string, json.Number,
// []any and map[string]any; anything else is an error.
func Canonical(v any) (Doc, error) {
	return AppendCanonical(nil, v)
}

// Decode reads JSON text, numbers as json.Number.
func Decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode document: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("decode document: text after the value")
	}
	return v, nil
}

// Map decodes the document's object; nil when the document is empty.
func (d Doc) Map() (map[string]any, error) {
	if len(d) == 0 {
		return nil, nil
	}
	v, err := Decode(d)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("document is not an object")
	}
	return m, nil
}

// AppendCanonical appends the canonical form of v.
func AppendCanonical(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return AppendString(b, v), nil
	case json.Number:
		return appendNumber(b, string(v))
	case []any:
		return appendArray(b, v)
	case map[string]any:
		return appendObject(b, v)
	default:
		return nil, fmt.Errorf("canonical document: %T is not a JSON value", v)
	}
}

func appendArray(b []byte, list []any) ([]byte, error) {
	b = append(b, '[')
	var err error
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = AppendCanonical(b, e); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, m map[string]any) ([]byte, error) {
	b = append(b, '{')
	var err error
	for i, k := range sortedKeys(m) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, k), ':')
		if b, err = AppendCanonical(b, m[k]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// sortedKeys orders keys by their canonical text, escapes included, so that
// documents can be walked side by side without unescaping.
func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	plain := true
	for k := range m {
		keys = append(keys, k)
		plain = plain && !needsEscape(k)
	}
	if plain {
		slices.Sort(keys)
		return keys
	}
	slices.SortFunc(keys, func(a, b string) int {
		x, y := AppendString(nil, a), AppendString(nil, b)
		return bytes.Compare(x[:len(x)-1], y[:len(y)-1]) // the beginning of another key comes first
	})
	return keys
}

func needsEscape(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			return true
		}
	}
	return false
}

const hexDigits = "0123456789abcdef"

// AppendString appends the only spelling of a string: escapes for the quote, the
// backslash and control characters, UTF-8 for the rest.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		if c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// exactInt is the largest magnitude up to which every integer is a float64.
const exactInt = 1 << 53

// Number is the canonical text of a JSON number: plain digits for integers,
// else the shortest text of the nearest float64, so that 1, 1.0 and 1e0 are one
// value. Integers that no float64 holds keep their digits.
func Number(text string) (json.Number, error) {
	b, err := appendNumber(nil, text)
	return json.Number(b), err
}

func appendNumber(b []byte, text string) ([]byte, error) {
	// What is no integer is not tried as one: the error costs more than the trial.
	if !strings.ContainsAny(text, ".eE") {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil && (i > -exactInt && i < exactInt || !isFloat(i)) {
			return strconv.AppendInt(b, i, 10), nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("number %s is out of range", text)
	}
	if f == math.Trunc(f) && math.Abs(f) < exactInt {
		return strconv.AppendInt(b, int64(f), 10), nil
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64), nil
}

// isFloat tells whether a float64 holds an integer. 1<<63 is none of int64's, and what it
// becomes there depends on the processor.
func isFloat(i int64) bool {
	f := float64(i)
	return f < 1<<63 && int64(f) == i
}
