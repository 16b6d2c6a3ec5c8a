package yamlbody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// ParseJSON reads JSON. Anything that is not JSON (comments, single quotes,
// trailing commas) is a syntax error with its place.
func ParseJSON(src []byte, filename string) (*hcl.File, hcl.Diagnostics) {
	s := newSource(filename, src)
	for _, check := range []func() *hcl.Diagnostic{func() *hcl.Diagnostic { return s.checkSize(jsonValues) }, s.checkUTF8, s.checkDepth} {
		if d := check(); d != nil {
			return s.file(nil), hcl.Diagnostics{d}
		}
	}
	if bytes.HasPrefix(src, bom) {
		src = append([]byte("   "), src[len(bom):]...) // offsets stay those of the file
	}
	var raw json.RawMessage
	if err := json.Unmarshal(src, &raw); err != nil {
		return s.file(nil), hcl.Diagnostics{s.jsonError(err)}
	}
	r := jsonReader{builder: builder{src: s}, dec: json.NewDecoder(bytes.NewReader(src))}
	r.dec.UseNumber()
	root, err := r.value()
	if err != nil {
		o := int(r.dec.InputOffset())
		return s.file(nil), append(r.diags, s.errorAt(o-1, o, "Invalid JSON", fmt.Sprintf("Cannot read the file: %s.", err)))
	}
	return s.file([]*node{root}), append(r.diags, root.parseTemplates()...)
}

// jsonReader makes a tree from the tokens of encoding/json.
type jsonReader struct {
	builder
	dec *json.Decoder
}

// next reads a token and where it stands.
func (r *jsonReader) next() (json.Token, *node, error) {
	from := int(r.dec.InputOffset())
	for from < len(r.src.b) && strings.IndexByte(" \t\r\n,:", r.src.b[from]) >= 0 {
		from++
	}
	tok, err := r.dec.Token()
	if err != nil {
		return nil, nil, err
	}
	return tok, &node{src: r.src, size: 1, start: from, end: int(r.dec.InputOffset()), style: jsonString}, nil
}

func (r *jsonReader) value() (*node, error) {
	tok, n, err := r.next()
	if err != nil {
		return nil, err
	}
	switch tok := tok.(type) {
	case json.Delim:
		return n, r.collection(n, tok)
	case string:
		n.kind, n.value = text, tok
	case json.Number:
		n.kind, n.value = number, tok.String()
		r.checkNumber(n)
	case bool:
		n.kind, n.value = boolean, fmt.Sprint(tok)
	}
	return n, nil
}

func (r *jsonReader) collection(n *node, open json.Delim) error {
	n.kind = sequence
	if open == '{' {
		n.kind = mapping
	}
	seen := map[string]*node{}
	for r.dec.More() {
		if err := r.member(n, seen); err != nil {
			return err
		}
	}
	_, last, err := r.next()
	if err == nil {
		n.end = last.end
	}
	return err
}

func (r *jsonReader) member(n *node, seen map[string]*node) error {
	if n.kind == sequence {
		item, err := r.value()
		n.items = append(n.items, item)
		return err
	}
	tok, key, err := r.next()
	if err != nil {
		return err
	}
	key.kind, key.value = text, fmt.Sprint(tok)
	value, err := r.value()
	if err != nil {
		return err
	}
	if !r.tooLong(key) && r.unique(key, seen) {
		n.entries = append(n.entries, entry{key, value})
	}
	return nil
}

// jsonError places a syntax error: its offset counts the bytes that were read,
// the offending one included.
func (s *source) jsonError(err error) *hcl.Diagnostic {
	var syntax *json.SyntaxError
	o := len(bytes.TrimRight(s.b, " \t\r\n"))
	if errors.As(err, &syntax) && int(syntax.Offset) < len(s.b) {
		o = int(syntax.Offset)
	}
	o = max(o-1, 0)
	return s.errorAt(o, min(o+1, len(s.b)), "Invalid JSON", fmt.Sprintf("The file is not valid JSON: %s.%s", err, s.jsonHint(o)))
}

func (s *source) jsonHint(o int) string {
	if o >= len(s.b) {
		return ""
	}
	switch s.b[o] {
	case '/', '#':
		return ` JSON has no comments; a key "//" may hold one.`
	case '\'':
		return " Strings are written in double quotes."
	case '}', ']':
		return " Is there a comma before it?"
	default:
		return ""
	}
}
