package config

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

// csvMapRows is csvmap(path, key[, types]): the rows of a CSV file with a
// header, by the value of one column.
var csvMapRows = rowFunction{
	name: "csvmap",
	spec: function.Spec{
		Params:   []function.Parameter{{Name: "path", Type: cty.String}, {Name: "key", Type: cty.String}},
		VarParam: &function.Parameter{Name: "types", Type: customdecode.ExpressionClosureType},
	},
	keyed: func([]cty.Value) bool { return true },
	open: func(args []cty.Value) (rowFormat, error) {
		f := csvFormat{key: args[0].AsString()}
		if len(args) > 2 {
			return nil, function.NewArgErrorf(2, "there can be only one object of types")
		}
		if len(args) == 2 {
			types, err := columnTypes(customdecode.ExpressionClosureFromVal(args[1]).Expression)
			if err != nil {
				return nil, function.NewArgError(2, err)
			}
			f.types = types
		}
		return f, nil
	},
}

// columnTypes reads { floor = number, spare = bool }.
func columnTypes(e hcl.Expression) (map[string]cty.Type, error) {
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() {
		return nil, errors.New("an object is required, such as { floor = number }")
	}
	types := map[string]cty.Type{}
	for _, p := range pairs {
		name := hcl.ExprAsKeyword(p.Key)
		if name == "" {
			v, diags := p.Key.Value(nil)
			if diags.HasErrors() || v.Type() != cty.String || v.IsNull() {
				return nil, errors.New("the names of columns must be plain")
			}
			name = v.AsString()
		}
		switch word := hcl.ExprAsKeyword(p.Value); word {
		case "string":
			types[name] = cty.String
		case "number":
			types[name] = cty.Number
		case "bool":
			types[name] = cty.Bool
		default:
			return nil, fmt.Errorf("the type of the column %q must be string, number or bool", name)
		}
	}
	return types, nil
}

// csvFormat reads CSV with a header line.
type csvFormat struct {
	key   string
	types map[string]cty.Type
}

func (f csvFormat) rows(r io.Reader, take func(cells) bool) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		in := csv.NewReader(withoutMark(r))
		in.ReuseRecord = true
		header, err := f.header(in)
		if err != nil {
			yield(row{}, err)
			return
		}
		for {
			record, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var out row
			if err == nil {
				out.line, _ = in.FieldPos(0)
				out.element, err = header.take(record, take)
			}
			if err = csvError(out.line, err); !yield(out, err) || err != nil {
				return
			}
		}
	}
}

// withoutMark drops the byte order mark that spreadsheets put before the header.
func withoutMark(r io.Reader) io.Reader {
	in := bufio.NewReaderSize(r, 64<<10)
	if b, err := in.Peek(3); err == nil && string(b) == "\ufeff" {
		_, _ = in.Discard(len(b)) // they were peeked
	}
	return in
}

// csvError gives an error the line that it is about.
func csvError(line int, err error) error {
	var p *csv.ParseError
	switch {
	case err == nil || errors.Is(err, errLongRow):
		return err
	case errors.As(err, &p):
		return &lineError{p.Line, p.Err}
	case line > 0:
		return &lineError{line, err}
	default:
		return err
	}
}

// csvHeader knows the columns.
type csvHeader struct {
	names []string
	types []cty.Type // cty.NilType: text
	key   int

	record  []string // of the row at hand
	columns []int    // that fill is asked for: where they are
}

func (f csvFormat) header(in *csv.Reader) (*csvHeader, error) {
	record, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; it needs a header with the names of the columns")
	}
	if err != nil {
		return nil, csvError(0, err)
	}
	h := &csvHeader{names: slices.Clone(record), types: make([]cty.Type, len(record)), key: slices.Index(record, f.key)}
	for i, name := range h.names {
		switch {
		case name == "":
			return nil, &lineError{1, fmt.Errorf("the name of column %d is empty", i+1)}
		case !utf8.ValidString(name):
			return nil, &lineError{1, errors.New("the file is not UTF-8 text")}
		case slices.Index(h.names, name) < i:
			return nil, &lineError{1, fmt.Errorf("two columns are named %q", name)}
		}
		h.types[i] = f.types[name]
	}
	if h.key < 0 {
		return nil, &lineError{1, missingColumn(f.key, h.names)}
	}
	for _, name := range sortedNames(f.types) {
		if !slices.Contains(h.names, name) {
			return nil, &lineError{1, missingColumn(name, h.names)}
		}
	}
	return h, nil
}

func missingColumn(name string, names []string) error {
	hint := ""
	if s := yamlbody.Suggest(name, names); s != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", s)
	}
	return fmt.Errorf("there is no column %q%s", name, hint)
}

// take is the element of a row, without its value when it is taken.
func (h *csvHeader) take(record []string, take func(cells) bool) (element, error) {
	if take != nil {
		h.record = record
		if take(h) {
			return element{key: record[h.key], taken: true}, nil
		}
	}
	return h.element(record)
}

// fill hands out fields of the row at hand.
func (h *csvHeader) fill(columns []string, into []cell) bool {
	if h.columns == nil {
		h.columns = make([]int, 0, len(columns))
		for _, name := range columns {
			h.columns = append(h.columns, slices.Index(h.names, name))
		}
	}
	for i, text := range h.record {
		if h.types[i] == cty.NilType || h.types[i] == cty.String {
			if !ascii(text) {
				return false
			}
		} else if typedCell(text, h.types[i]).kind == unusualCell {
			return false
		}
	}
	key := h.record[h.key]
	into[0] = cell{kind: textKind(key), text: key}
	for i, at := range h.columns {
		if at < 0 {
			return false
		}
		text := h.record[at]
		if t := h.types[at]; t != cty.NilType && t != cty.String {
			into[1+i] = typedCell(text, t)
			continue
		}
		into[1+i] = cell{kind: textKind(text), text: text}
	}
	return into[0].kind == textCell
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// typedCell is a field of a column of numbers or booleans.
func typedCell(text string, t cty.Type) cell {
	switch {
	case text == "":
		return cell{kind: nullCell, null: t}
	case t == cty.Number:
		return cell{kind: numberKind(text), text: text}
	case text == "true":
		return cell{kind: trueCell, text: text}
	case text == "false":
		return cell{kind: falseCell, text: text}
	default:
		return cell{}
	}
}

func (h *csvHeader) element(record []string) (element, error) {
	values := make(map[string]cty.Value, len(record))
	for i, text := range record {
		if !utf8.ValidString(text) {
			return element{}, errors.New("the file is not UTF-8 text")
		}
		v, err := column(text, h.types[i])
		if err != nil {
			return element{}, fmt.Errorf("column %q: %w", h.names[i], err)
		}
		values[h.names[i]] = v
	}
	key := record[h.key]
	if key == "" {
		return element{}, fmt.Errorf("the column %q, which holds the keys, is empty", h.names[h.key])
	}
	return element{key: strings.Clone(key), value: cty.ObjectVal(values)}, nil
}

// column reads a field. An empty field of a typed column is null.
func column(text string, t cty.Type) (cty.Value, error) {
	switch {
	case t == cty.NilType || t == cty.String:
		return cty.StringVal(text), nil
	case text == "":
		return cty.NullVal(t), nil
	}
	v, err := convert.Convert(cty.StringVal(text), t)
	if err != nil {
		return v, fmt.Errorf("%q is not a %s", text, t.FriendlyName())
	}
	return v, nil
}
