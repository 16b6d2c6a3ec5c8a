package convert

import (
	"bytes"
	"strings"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

// value reads an expression.
func (r *yamlReader) value(v yamlbody.Value) *value {
	first := r.once(v)
	out := &value{}
	if first {
		out.start, out.end = v.Span()
	} else {
		r.copying++
		defer func() { r.copying-- }()
	}
	switch v.Kind() {
	case yamlbody.Mapping:
		out.kind, out.group = object, r.newGroup(v)
		for _, m := range v.Members() {
			it := r.item(member, m)
			it.value = r.value(m.Value)
			it.end = max(it.end, it.value.end)
			out.group.items = append(out.group.items, it)
		}
	case yamlbody.Sequence:
		out.kind, out.group = tuple, r.newGroup(v)
		for _, x := range v.Items() {
			it := r.element(x)
			it.value = r.value(x)
			out.group.items = append(out.group.items, it)
		}
	case yamlbody.Text:
		r.template(out, v)
	default:
		out.text = word(v)
	}
	if !first && out.group != nil {
		out.group.nowhere()
	}
	return out
}

// element is an item of a sequence without its value.
func (r *yamlReader) element(v yamlbody.Value) *item {
	it := &item{kind: element, at: v.Range()}
	it.start, it.end = v.Span()
	if r.seen[v] {
		r.aliased(it.at)
		it.start, it.end = 0, 0
	}
	it.lead = it.start
	return it
}

// template reads a string: a string that is one interpolation is an expression.
func (r *yamlReader) template(out *value, v yamlbody.Value) {
	out.kind, out.text, out.lines = text, v.Text(), v.Block()
	if strings.HasSuffix(r.name, ".json") {
		out.lines = strings.Count(out.text, "\n") > 1 && strings.HasSuffix(out.text, "\n")
	}
	if src, ok := unwrap(out.text); ok && expressionMeaning(src) == templateMeaning(out.text) {
		out.kind, out.text, out.lines = source, src, false
		return
	}
	if strings.Contains(out.text, "~") && expressionMeaning(quote(out.text)) != templateMeaning(out.text) {
		out.text = unstrip(out.text)
	}
}

// static reads a string as the source text of an expression.
func (r *yamlReader) static(v yamlbody.Value) *value {
	out := r.value(v)
	src, ok := canonical(v.Text())
	if !ok {
		r.diags = append(r.diags, problem(v.Range(), "Expression cannot be converted", "The text is not an expression of the language."))
	}
	out.kind, out.text, out.lines = source, src, false
	return out
}

// word is a scalar that is no string.
func word(v yamlbody.Value) string {
	switch v.Kind() {
	case yamlbody.Boolean:
		return strings.ToLower(v.Text())
	case yamlbody.Number:
		return v.Text()
	default:
		return "null"
	}
}

// raw reads what the language ignores, where strings are no templates.
func (r *yamlReader) raw(v yamlbody.Value) *value {
	out := &value{raw: true}
	if r.once(v) {
		out.start, out.end = v.Span()
	} else {
		r.copying++
		defer func() { r.copying-- }()
	}
	switch v.Kind() {
	case yamlbody.Mapping:
		out.kind, out.group = object, r.newGroup(v)
		for _, m := range v.Members() {
			it := r.item(member, m)
			it.value = r.raw(m.Value)
			out.group.items = append(out.group.items, it)
		}
	case yamlbody.Sequence:
		out.kind, out.group = tuple, r.newGroup(v)
		for _, x := range v.Items() {
			it := r.element(x)
			it.value = r.raw(x)
			out.group.items = append(out.group.items, it)
		}
	case yamlbody.Text:
		out.kind, out.text, out.lines = text, v.Text(), v.Block()
	default:
		out.text = word(v)
	}
	return out
}

// comments lists the comments of a YAML file: what begins with # after white
// space, outside of scalars.
func (r *yamlReader) comments() []remark {
	if strings.HasSuffix(r.name, ".json") {
		return nil
	}
	inside := make([]int, len(r.src)+1) // end of the scalar that begins at a byte
	for _, s := range r.spans {
		inside[s.start] = max(inside[s.start], s.end)
		if s.block { // a comment may follow its header
			inside[s.start] = 0
			head := s.start + bytes.IndexAny(append(r.src[s.start:s.end:s.end], '\n'), " \t\r\n")
			inside[r.lineEnd(head)] = s.end
		}
	}
	var list []remark
	for o := 0; o < len(r.src); {
		switch {
		case inside[o] > o:
			o = inside[o]
		case r.src[o] == '#' && (o == 0 || strings.IndexByte(" \t\n\r\ufeff", r.src[o-1]) >= 0):
			list = append(list, r.remark(o))
			o = r.lineEnd(o)
			if inside[o] <= o {
				o++
			}
		default:
			o++
		}
	}
	return list
}

func (r *yamlReader) lineEnd(o int) int {
	if n := bytes.IndexByte(r.src[o:], '\n'); n >= 0 {
		return o + n
	}
	return len(r.src)
}

func (r *yamlReader) remark(o int) remark {
	end := r.lineEnd(o)
	from := bytes.LastIndexByte(r.src[:o], '\n') + 1
	line := r.src[from:o]
	own := len(bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))) == 0
	column := len(line)
	if !own {
		column -= len(bytes.TrimLeft(line, " "))
	}
	at := rangeAt(r.name, r.src, o)
	at.End.Byte += end - o
	at.End.Column += end - o
	return remark{lines: []comment{newComment(string(r.src[o+1:end]), at)}, start: o, end: max(end-1, o), own: own, column: column}
}
