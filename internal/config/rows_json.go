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
	"github.com/twinset/twinset/schema"
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

var errUnusual = errors.New("unusual")

// fill hands out members of the line.
func (r *jsonRow) fill(columns []string, into []cell) bool {
	if !utf8.Valid(r.text) || bytes.IndexByte(r.text, '\\') >= 0 || !json.Valid(r.text) {
		return false
	}
	clear(into)
	var names [maxPlainMembers][]byte
	n := 0
	err := schema.EachMember(r.text, func(name, value []byte) error {
		if n == maxPlainMembers || slices.ContainsFunc(names[:n], func(b []byte) bool { return bytes.Equal(b, name) }) {
			return errUnusual
		}
		names[n] = name
		n++
		c := jsonCell(value)
		if c.kind == unusualCell {
			return errUnusual
		}
		if string(name) == r.key {
			into[0], r.id = c, c.text
		}
		if i, wanted := slices.BinarySearch(columns, string(name)); wanted {
			into[1+i] = c
		}
		return nil
	})
	return err == nil && into[0].kind == textCell
}

func jsonCell(value []byte) cell {
	switch value[0] {
	case '"':
		text := string(value[1 : len(value)-1])
		return cell{kind: textKind(text), text: text}
	case 't':
		return cell{kind: trueCell}
	case 'f':
		return cell{kind: falseCell}
	case 'n':
		return cell{kind: nullCell, null: cty.DynamicPseudoType}
	case '{', '[':
		return cell{}
	default:
		text := string(value)
		return cell{kind: numberKind(text), text: text}
	}
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
