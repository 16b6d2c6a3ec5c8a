package config

import (
	"bytes"
	"maps"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/twinset/twinset/internal/config/bounded"
)

// plainDevice is the header of a device block as everybody writes it.
var plainDevice = regexp.MustCompile(`^device[ \t]+"([A-Za-z0-9_.:-]+)"[ \t]*\{[ \t]*\r?\n`)

// hclText are the blocks of an HCL file.
type hclText struct{ others []chunk }

// parseLarge parses a file block by block. ok is false when the file is to be
// parsed as a whole.
func parseLarge(name string, src []byte) (f *hcl.File, diags hcl.Diagnostics, ok bool) {
	chunks, ok := split(src)
	if !ok {
		return nil, nil, false
	}
	syntax := &hclText{}
	large := &largeFile{name: name, src: src, syntax: syntax}
	start := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	rest := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: start, EndRange: start}
	for _, c := range chunks {
		if plainDevice.Match(large.text(c)) {
			large.devices = append(large.devices, c)
			continue
		}
		syntax.others = append(syntax.others, c)
		body, d := syntax.body(large, c)
		diags = append(diags, d...)
		rest.Blocks = append(rest.Blocks, body.Blocks...)
		maps.Copy(rest.Attributes, body.Attributes)
	}
	return &hcl.File{Body: &largeBody{rest, large}, Bytes: src, Nav: large}, diags, true
}

func (*hclText) body(f *largeFile, c chunk) (*hclsyntax.Body, hcl.Diagnostics) {
	file, diags := bounded.ParseConfig(f.text(c), f.name, c.pos())
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return &hclsyntax.Body{}, diags
	}
	return body, diags
}

func (*hclText) label(text []byte) (start, end int) {
	m := plainDevice.FindSubmatchIndex(text)
	return m[2], m[3]
}

func (h *hclText) parse(f *largeFile, c chunk) (*hcl.Block, hcl.Diagnostics) {
	body, diags := h.body(f, c)
	if len(body.Blocks) != 1 {
		return nil, diags
	}
	return body.Blocks[0].AsHCLBlock(), diags
}

func (h *hclText) header(f *largeFile, c chunk) hcl.Range {
	_, label := h.label(f.text(c))
	n := label + 1 // the quote
	end := c.pos()
	end.Byte, end.Column = end.Byte+n, end.Column+n
	return hcl.Range{Filename: f.name, Start: c.pos(), End: end}
}

func (h *hclText) literals(text []byte, list []span) ([]span, bool) {
	s := hclScanner{b: text, o: len(plainDevice.Find(text)), spans: list}
	if !s.body(false) {
		return list, false
	}
	s.space()
	return s.spans, s.o == len(text)
}

func (h *hclText) context(f *largeFile, offset int) string {
	c, found := chunkAt(h.others, offset)
	if !found {
		return ""
	}
	header, _, _ := bytes.Cut(f.text(c), []byte("{"))
	return string(bytes.TrimSpace(header))
}
