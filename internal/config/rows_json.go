package config

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

// jsonLinesRows is jsonlines(path[, key]): the objects of a file with one JSON
// object per line, by the value of a member or, without a key, as a list.
var jsonLinesRows = rowFunction{
	name: "jsonlines",
	spec: function.Spec{
		Params:   []function.Parameter{{Name: "path", Type: cty.String}},
		VarParam: &function.Parameter{Name: "key", Type: cty.String},
	},
	keyed: func(args []cty.Value) bool { return len(args) > 0 },
	open: func(args []cty.Value) (rowFormat, error) {
		switch len(args) {
		case 0:
			return jsonFormat{}, nil
		case 1:
			return jsonFormat{key: args[0].AsString(), keyed: true}, nil
		default:
			return nil, function.NewArgErrorf(2, "there can be only one key")
		}
	},
}

// jsonFormat reads one JSON object per line; empty lines are skipped.
type jsonFormat struct {
	key   string
	keyed bool
}

func (f jsonFormat) rows(r io.Reader, take func(cells) bool) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		lines := bufio.NewScanner(withoutMark(r))
		lines.Buffer(make([]byte, 64<<10), maxRow+2)
		line := 0
		for lines.Scan() {
			line++
			text := bytes.TrimSpace(lines.Bytes())
			if len(text) == 0 {
				continue
			}
			e, err := f.take(text, take)
			if err != nil {
				err = &lineError{line, err}
			}
			if !yield(row{element: e, line: line}, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(row{}, err)
		}
	}
}

// take is the element of a line, without its value when it is taken.
func (f jsonFormat) take(text []byte, take func(cells) bool) (element, error) {
	if take != nil && f.keyed {
		row := jsonRow{key: f.key, text: text}
		if take(&row) {
			return element{key: row.id, taken: true}, nil
		}
	}
	return f.element(text)
}

// jsonRow is a line at hand.
type jsonRow struct {
	key  string // the member that holds the key
	text []byte
	id   string
}

// maxPlainMembers is how many members a line has that is worth looking at: each is
// held against those before it.
const maxPlainMembers = 32

// fill hands out members of the line.
func (r *jsonRow) fill(columns []string, into []cell) bool {
	clear(into)
	s := jsonLine{b: string(r.text)}
	var names [maxPlainMembers]string
	n := 0
	ok := s.peek() == '{' && s.members(func(name string) bool {
		if n == maxPlainMembers || slices.Contains(names[:n], name) {
			return false
		}
		names[n] = name
		n++
		c := s.value()
		if name == r.key {
			into[0], r.id = c, c.text
		}
		if i, wanted := slices.BinarySearch(columns, name); wanted {
			into[1+i] = c
		}
		return c.kind != unusualCell
	})
	return ok && s.o == len(s.b) && into[0].kind == textCell
}

var jsonWords = [...]struct {
	text string
	cell cell
}{
	{"null", cell{kind: nullCell, null: cty.DynamicPseudoType}}, {"true", cell{kind: trueCell}}, {"false", cell{kind: falseCell}},
}

func (f jsonFormat) element(text []byte) (element, error) {
	if !utf8.Valid(text) {
		return element{}, errors.New("the file is not UTF-8 text")
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) {
		return element{}, fmt.Errorf("the line is not a JSON object: %w at byte %d", err, syntax.Offset)
	}
	if text[0] != '{' {
		return element{}, errors.New("the line is not a JSON object")
	}
	t, err := ctyjson.ImpliedType(text)
	if err != nil {
		return element{}, fmt.Errorf("the line is not a JSON object: %w", err)
	}
	v, err := ctyjson.Unmarshal(text, t)
	if err != nil {
		return element{}, fmt.Errorf("the line is not a JSON object: %w", err)
	}
	out := element{value: v}
	if f.keyed {
		out.key, err = f.keyOf(v)
	}
	return out, err
}

func (f jsonFormat) keyOf(v cty.Value) (string, error) {
	if !v.Type().HasAttribute(f.key) {
		return "", missingMember(f.key, sortedNames(v.Type().AttributeTypes()))
	}
	k := v.GetAttr(f.key)
	if k.Type() != cty.String || k.IsNull() || k.AsString() == "" {
		return "", fmt.Errorf("the member %q, which holds the keys, is not a string with text", f.key)
	}
	return k.AsString(), nil
}

func missingMember(name string, names []string) error {
	hint := ""
	if s := yamlbody.Suggest(name, names); s != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", s)
	}
	return fmt.Errorf("the object has no member %q%s", name, hint)
}
