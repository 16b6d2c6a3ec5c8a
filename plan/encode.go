package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/twinset/twinset/schema"
)

// Encode writes a change as a line of a plan file.
func Encode(b *bytes.Buffer, c Change) error {
	line, err := c.AppendJSON(b.AvailableBuffer())
	if err != nil {
		return err
	}
	b.Write(line)
	return b.WriteByte('\n')
}

// AppendJSON appends the change as encoding/json writes it, but for the escapes that
// only HTML needs. What all changes have is written here, because a plan, and the
// journal of its execution, have one for each device of a fleet.
func (c *Change) AppendJSON(b []byte) ([]byte, error) {
	if !c.isPlain() {
		var text bytes.Buffer
		if err := encode(&text, c); err != nil {
			return b, err
		}
		return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...), nil
	}
	b = appendText(append(b, `{"action":`...), string(c.Action))
	if c.Adopt {
		b = append(b, `,"adopt":true`...)
	}
	b = appendAddress(append(b, `,"address":`...), c.Addr)
	if c.Origin != (schema.Origin{}) {
		b = appendOrigin(append(b, `,"origin":`...), c.Origin)
	}
	if len(c.Leaves) > 0 {
		b = append(b, `,"leaves":[`...)
		for i := range c.Leaves {
			b = append(appendLeaf(b, &c.Leaves[i]), ',')
		}
		b[len(b)-1] = ']'
	}
	b = appendDoc(b, `,"after":`, c.After)
	b = appendDoc(b, `,"mark":`, c.Mark)
	b = appendDoc(b, `,"mark_before":`, c.MarkBefore)
	if c.ETags != (schema.ETags{}) {
		b = append(b, `,"etags":{`...)
		b = appendMember(b, "identity", c.ETags.Identity)
		b = appendMember(b, "twin", c.ETags.Twin)
		b = append(b, '}')
	}
	return append(b, '}'), nil
}

// isPlain tells whether a change has no more than AppendJSON writes, and no text
// that needs escapes.
func (c *Change) isPlain() bool {
	rest := *c
	rest.Action, rest.Adopt, rest.Addr, rest.Origin, rest.ETags = "", false, schema.Address{}, schema.Origin{}, schema.ETags{}
	rest.Leaves, rest.After, rest.Mark, rest.MarkBefore = nil, nil, nil, nil
	if !reflect.ValueOf(&rest).Elem().IsZero() {
		return false
	}
	for _, s := range []string{string(c.Action), c.Addr.ID, c.Addr.Sub, c.Origin.File, c.Origin.Name, c.ETags.Identity, c.ETags.Twin} {
		if !isPrintable(s) {
			return false
		}
	}
	for i := range c.Leaves {
		if !isPrintable(string(c.Leaves[i].Secret)) {
			return false
		}
		for _, name := range c.Leaves[i].Path {
			if !isPrintable(name) || strings.ContainsAny(name, `."\`) {
				return false // the text of a path has escapes of its own
			}
		}
	}
	return true
}

// isPrintable tells whether a text is such that no more than quotes and backslashes
// need an escape.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// appendText writes a printable text as a JSON string.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(append(b, s[from:i]...), '\\')
			from = i
		}
	}
	return append(append(b, s[from:]...), '"')
}

func appendAddress(b []byte, a schema.Address) []byte {
	b = appendText(append(b, `{"kind":`...), a.Kind.String())
	b = appendText(append(b, `,"id":`...), a.ID)
	b = appendMember(b, "module", a.Sub)
	return append(b, '}')
}

func appendOrigin(b []byte, o schema.Origin) []byte {
	b = append(b, '{')
	b = appendMember(b, "file", o.File)
	b = appendNumber(b, "line", o.Line)
	b = appendNumber(b, "column", o.Column)
	b = appendMember(b, "name", o.Name)
	return append(b, '}')
}

func appendLeaf(b []byte, l *Leaf) []byte {
	b = append(b, `{"path":"`...)
	for i, name := range l.Path {
		if i > 0 {
			b = append(b, '.')
		}
		b = append(b, name...)
	}
	b = append(b, '"')
	b = appendDoc(b, `,"before":`, l.Before)
	b = appendDoc(b, `,"after":`, l.After)
	b = appendMember(b, "secret", string(l.Secret))
	return append(b, '}')
}

func appendDoc(b []byte, name string, d schema.Doc) []byte {
	if len(d) == 0 {
		return b
	}
	return append(append(b, name...), d...)
}

func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(separated(b), '"'), name...), `":`...)
	return appendText(b, value)
}

func appendNumber(b []byte, name string, n int) []byte {
	if n == 0 {
		return b
	}
	b = append(append(append(separated(b), '"'), name...), `":`...)
	return strconv.AppendInt(b, int64(n), 10)
}

// separated puts a comma behind the last member of an object, if there is one.
func separated(b []byte) []byte {
	if b[len(b)-1] == '{' {
		return b
	}
	return append(b, ',')
}

func encode(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	return nil
}
