package config

import (
	"bytes"
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/twinset/twinset/internal/config/bounded"
)

// splitAbove is the size in bytes from which an HCL file is read block by block:
// its device blocks stay text until they are evaluated, and are forgotten then.
const splitAbove = 1 << 20

// plainDevice is the header of a device block as everybody writes it.
var plainDevice = regexp.MustCompile(`^device[ \t]+"([A-Za-z0-9_.:-]+)"[ \t]*\{[ \t]*\r?\n`)

// largeFile is a file whose device blocks are text.
type largeFile struct {
	name    string
	src     []byte
	devices []chunk
	others  []chunk

	scope    *scope  // of the directory of the file
	unfolded []chunk // devices that are blocks among those of other files
}

// largeBody is the body of a large file without its device blocks.
type largeBody struct {
	*hclsyntax.Body
	file *largeFile
}

// parseLarge parses a file block by block. ok is false when the file is to be
// parsed as a whole.
func parseLarge(name string, src []byte) (f *hcl.File, diags hcl.Diagnostics, ok bool) {
	chunks, ok := split(src)
	if !ok {
		return nil, nil, false
	}
	large := &largeFile{name: name, src: src}
	start := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	rest := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: start, EndRange: start}
	for _, c := range chunks {
		if large.label(c) != "" {
			large.devices = append(large.devices, c)
			continue
		}
		large.others = append(large.others, c)
		body, d := large.parse(c)
		diags = append(diags, d...)
		rest.Blocks = append(rest.Blocks, body.Blocks...)
		maps.Copy(rest.Attributes, body.Attributes)
	}
	return &hcl.File{Body: &largeBody{rest, large}, Bytes: src, Nav: large}, diags, true
}

func (f *largeFile) text(c chunk) []byte { return f.src[c.start:c.end] }

// label is the label of a device block as everybody writes it, empty for
// anything else.
func (f *largeFile) label(c chunk) string {
	m := plainDevice.FindSubmatch(f.text(c))
	if m == nil {
		return ""
	}
	return string(m[1])
}

func (f *largeFile) parse(c chunk) (*hclsyntax.Body, hcl.Diagnostics) {
	file, diags := bounded.ParseConfig(f.text(c), f.name, c.pos())
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return &hclsyntax.Body{}, diags
	}
	return body, diags
}

// block parses a device block. It is nil when that fails.
func (f *largeFile) block(c chunk) (*hcl.Block, hcl.Diagnostics) {
	body, diags := f.parse(c)
	if diags.HasErrors() || len(body.Blocks) != 1 {
		return nil, diags
	}
	b := body.Blocks[0].AsHCLBlock()
	b.Body = f.scope.body(b.Body)
	return b, diags
}

// header is the range of the block's type and label.
func (f *largeFile) header(c chunk) hcl.Range {
	n := bytes.LastIndexByte(plainDevice.Find(f.text(c)), '"') + 1
	end := c.pos()
	end.Byte, end.Column = end.Byte+n, end.Column+n
	return hcl.Range{Filename: f.name, Start: c.pos(), End: end}
}

// ContextString is the header of the block at a place. HCL's text writer finds
// it by the method's name.
func (f *largeFile) ContextString(offset int) string {
	for _, chunks := range [][]chunk{f.devices, f.others} {
		i, found := slices.BinarySearchFunc(chunks, uint32(offset), func(c chunk, at uint32) int {
			switch {
			case c.end <= at:
				return -1
			case c.start > at:
				return 1
			default:
				return 0
			}
		})
		if found {
			header, _, _ := bytes.Cut(f.text(chunks[i]), []byte("{"))
			return string(bytes.TrimSpace(header))
		}
	}
	return ""
}

// deviceSource is a device block: decoded, or text of a large file.
type deviceSource struct {
	block *deviceBlock // nil for text
	file  *largeFile
	text  chunk
}

// rng is the place of the block.
func (s deviceSource) rng() hcl.Range {
	if s.block != nil {
		return s.block.rng
	}
	return s.file.header(s.text)
}

// decoded is the block of a source, nil when its text has mistakes, which are
// reported.
func (c *Config) decoded(s deviceSource) *deviceBlock {
	if s.block != nil {
		return s.block
	}
	b, diags := s.file.block(s.text)
	c.add(diags...)
	if b == nil {
		return nil
	}
	return c.decodeDevice(b)
}

// blocks yields the device blocks in order of the files. Those of large files
// are decoded when it is their turn.
func (c *Config) blocks(yield func(*deviceBlock) bool) {
	for _, s := range c.devices {
		if d := c.decoded(s); d != nil && !yield(d) {
			return
		}
	}
}
