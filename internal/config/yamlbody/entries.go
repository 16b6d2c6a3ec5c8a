package yamlbody

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config/bounded"
)

// Entry is the text of a member of a mapping: from the start of the line of its key
// on, with all that is indented deeper.
type Entry struct {
	Start, End int // bytes of the file
	Line       int
	Column     int // of the key
}

// Split finds the members of the mapping below a top-level key without building
// their trees, which take some 25 times the memory of the text. rest is the file
// without them. ok is false for a file that is to be parsed as a whole: there is no
// such mapping, it is not as plain as plainScanner wants it, or there is a mistake
// around it.
func Split(src []byte, filename, key string) (entries []Entry, rest *hcl.File, ok bool) {
	start := topKey(src, key)
	if start < 0 || len(src) > bounded.MaxFile || bytes.ContainsAny(src, "\r\t") || otherBreaks(src) || newSource(filename, src).checkText() != nil {
		return nil, nil, false
	}
	s := &plainScanner{b: src, o: start + len(key) + 1, line: bytes.Count(src[:start], newline)}
	if entries, ok = s.entries(); !ok || topKey(src[s.o:], key) >= 0 {
		return nil, nil, false
	}
	around := src[:start]
	if s.o < len(src) {
		around = blanked(src, start, s.o)
	}
	rest, diags := Parse(around, filename)
	if len(diags) > 0 || !isCommon(around) || !isEmpty(around) && !atTop(rest, start, key) {
		return nil, nil, false
	}
	rest.Bytes = src
	return entries, rest, true
}

var newline = []byte("\n")

// otherBreaks tells whether there are line breaks that are no line feeds.
func otherBreaks(src []byte) bool {
	return bytes.Contains(src, []byte("\u0085")) || bytes.Contains(src, []byte("\u2028")) || bytes.Contains(src, []byte("\u2029"))
}

// topKey finds a key at the beginning of a line.
func topKey(src []byte, key string) int {
	for o := 0; ; {
		if bytes.HasPrefix(src[o:], []byte(key+":")) {
			return o
		}
		n := bytes.Index(src[o:], []byte("\n"+key+":"))
		if n < 0 {
			return -1
		}
		o += n + 1
	}
}

// blanked is the text with spaces in place of a part of it.
func blanked(src []byte, from, to int) []byte {
	out := bytes.Clone(src)
	for i := from; i < to; i++ {
		if out[i] != '\n' {
			out[i] = ' '
		}
	}
	return out
}

// isEmpty tells whether there is nothing in a text but comments.
func isEmpty(text []byte) bool {
	s := plainScanner{b: text}
	return s.content() < 0
}

// isCommon tells whether the lines of a text that are not indented begin with keys,
// items, comments or the signs between documents.
func isCommon(text []byte) bool {
	for line := range bytes.Lines(text) {
		if c := line[0]; !isLetter(c) && !isDigit(c) && bytes.IndexByte([]byte("_\"'#-. \n"), c) < 0 {
			return false
		}
	}
	return true
}

// atTop tells whether what is around a place of a file is a mapping whose values
// end before it, or begin behind it: then a key that stands there is one of the
// mapping. There must be no other of that name.
func atTop(rest *hcl.File, place int, key string) bool {
	b, ok := rest.Body.(*body)
	if !ok {
		return false
	}
	for _, doc := range b.docs {
		if doc.kind != mapping || (Value{doc}).Flow() {
			return false
		}
		for _, e := range doc.entries {
			o := e.key.start
			if o > 0 && doc.src.b[o-1] != '\n' || e.key.value == key || o < place && max(e.key.end, e.value.end) > place {
				return false
			}
		}
	}
	return true
}

// entries follows the members of a mapping behind its key.
func (s *plainScanner) entries() (list []Entry, ok bool) {
	if !s.ends() {
		return nil, false
	}
	indent := s.content()
	seen := map[string]bool{}
	for n := indent; n == indent && n > 0; n = s.content() {
		e := Entry{Start: s.o, Line: s.line + 1, Column: indent + 1}
		label, ok := s.entry(indent)
		name := labelOf(label)
		if !ok || name == "" || seen[name] {
			return nil, false
		}
		seen[name] = true
		e.End = s.o
		list = append(list, e)
	}
	return list, len(list) > 0 && s.content() <= 0
}

// Label is the key of an entry's text.
func Label(text []byte) string {
	text = bytes.TrimLeft(text, " ")
	s := plainScanner{b: text}
	if !s.key() {
		return ""
	}
	return labelOf(text[:s.o])
}

// labelOf is what a key says as it is written; empty for one that is not plain, not
// a string, or ignored.
func labelOf(key []byte) string {
	label := string(key)
	quoted := len(label) > 1 && (label[0] == '"' || label[0] == '\'')
	if quoted {
		label = label[1 : len(label)-1]
	}
	k, _ := resolve(label)
	if !quoted && k != text || ignored(label) || len(label) > bounded.MaxName || strings.ContainsAny(label, `\'$%`) {
		return ""
	}
	return label
}

// ParseEntry makes a block of the text of an entry. It is nil when that fails.
func ParseEntry(text []byte, filename string, e Entry, blockType string) (*hcl.Block, hcl.Diagnostics) {
	s := newSource(filename, text)
	s.base = hcl.Pos{Line: e.Line - 1, Byte: e.Start}
	docs, err := decode(text)
	if err != nil {
		return nil, hcl.Diagnostics{s.syntaxError(err)}
	}
	b := builder{src: s}
	if len(docs) != 1 {
		return nil, nil // a caller's mistake: no text of Split
	}
	root := b.document(docs[0])
	diags := append(b.diags, root.parseTemplates()...)
	content := &hcl.BodyContent{}
	u := unpacker{body: &body{src: s}, schema: &hcl.BlockHeaderSchema{Type: blockType, LabelNames: []string{"name"}}, typeRange: s.rng(root.start, root.start), content: content}
	u.unpack(root, root, nil)
	diags = append(diags, u.diags...)
	if len(content.Blocks) != 1 {
		return nil, diags
	}
	return content.Blocks[0], diags
}
