package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// splitAbove is the size in bytes from which a file is read block by block: its device
// blocks stay text until they are evaluated, and are forgotten then.
const splitAbove = 4 << 10

// largeFile is a file whose device blocks are text.
type largeFile struct {
	name    string
	src     []byte
	syntax  textSyntax
	devices []chunk

	scope    *scope  // of the directory of the file
	unfolded []chunk // devices that are blocks among those of other files
}

// textSyntax knows device blocks as text.
type textSyntax interface {
	// label is where the label stands in the text of a block, without quotes.
	label(text []byte) (start, end int)
	// header is the range of a block that messages show.
	header(f *largeFile, c chunk) hcl.Range
	// parse makes a block of its text. It is nil when that fails.
	parse(f *largeFile, c chunk) (*hcl.Block, hcl.Diagnostics)
	// literals adds the literals below tags and desired to a list. ok is false when there
	// is anything but literals in the text.
	literals(text []byte, list []span) (_ []span, ok bool)
	// context is the header of the block, not of a device, at a place.
	context(f *largeFile, offset int) string
}

// largeBody is the body of a large file without its device blocks.
type largeBody struct {
	hcl.Body
	file *largeFile
}

func (f *largeFile) text(c chunk) []byte { return f.src[c.start:c.end] }

// label is the label of a device block.
func (f *largeFile) label(c chunk) string {
	text := f.text(c)
	start, end := f.syntax.label(text)
	return string(text[start:end])
}

// block parses a device block. It is nil when that fails.
func (f *largeFile) block(c chunk) (*hcl.Block, hcl.Diagnostics) {
	b, diags := f.syntax.parse(f, c)
	if diags.HasErrors() || b == nil {
		return nil, diags
	}
	b.Body = f.scope.body(b.Body)
	return b, diags
}

// header is the range of the block's type and label.
func (f *largeFile) header(c chunk) hcl.Range { return f.syntax.header(f, c) }

// ContextString is the header of the block at a place. HCL's text writer finds
// it by the method's name.
func (f *largeFile) ContextString(offset int) string {
	if c, found := chunkAt(f.devices, offset); found {
		return fmt.Sprintf("device %q", f.label(c))
	}
	return f.syntax.context(f, offset)
}

func chunkAt(chunks []chunk, offset int) (chunk, bool) {
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
	if !found {
		return chunk{}, false
	}
	return chunks[i], true
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
