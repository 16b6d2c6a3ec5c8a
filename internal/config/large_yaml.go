package config

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

// yamlText are the entries below device in a YAML file. Their chunks begin with the
// line; the column is that of the label.
type yamlText struct{ rest *hcl.File }

// parseLargeYAML parses a file without its device blocks. ok is false when the
// file is to be parsed as a whole.
func parseLargeYAML(name string, src []byte) (f *hcl.File, ok bool) {
	entries, rest, ok := yamlbody.Split(src, name, deviceDef.Type)
	if !ok {
		return nil, false
	}
	large := &largeFile{name: name, src: src, syntax: yamlText{rest}}
	for _, e := range entries {
		large.devices = append(large.devices, chunk{start: uint32(e.Start), line: uint32(e.Line), column: uint32(e.Column), end: uint32(e.End)})
	}
	return &hcl.File{Body: &largeBody{rest.Body, large}, Bytes: src, Nav: large}, true
}

func (yamlText) label(text []byte) (start, end int) {
	start = len(text) - len(bytes.TrimLeft(text, " "))
	n := len(yamlbody.Label(text))
	if c := text[start]; c == '"' || c == '\'' {
		start++
	}
	return start, start + n
}

func (y yamlText) header(f *largeFile, c chunk) hcl.Range {
	start, end := y.label(f.text(c))
	before := int(c.column) - 1
	after := end + start - before // a quote behind the label, too
	at := func(n int) hcl.Pos { return hcl.Pos{Line: int(c.line), Column: n + 1, Byte: int(c.start) + n} }
	return hcl.Range{Filename: f.name, Start: at(before), End: at(after)}
}

func (yamlText) parse(f *largeFile, c chunk) (*hcl.Block, hcl.Diagnostics) {
	at := yamlbody.Entry{Start: int(c.start), End: int(c.end), Line: int(c.line), Column: int(c.column)}
	return yamlbody.ParseEntry(f.text(c), f.name, at, deviceDef.Type)
}

func (yamlText) literals(text []byte, list []span) ([]span, bool) {
	found, ok := yamlbody.Plain(text, nil)
	for _, s := range found {
		list = append(list, span{start: s.Start, end: s.End, number: s.Number})
	}
	return list, ok
}

func (y yamlText) context(_ *largeFile, offset int) string {
	if nav, ok := y.rest.Nav.(interface{ ContextString(offset int) string }); ok {
		return nav.ContextString(offset)
	}
	return ""
}
