package yamlbody

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// navigation tells in which top-level block a byte of the file stands. Blocks
// become known as bodies are decoded. HCL's text writer finds it by the method's
// name.
type navigation struct {
	blocks []span
}

type span struct {
	start, end int
	header     string
}

func (n *navigation) add(b *hcl.Block, end int) {
	parts := []string{b.Type}
	for _, l := range b.Labels {
		parts = append(parts, strconv.Quote(l))
	}
	n.blocks = append(n.blocks, span{start: b.DefRange.Start.Byte, end: end, header: strings.Join(parts, " ")})
}

// ContextString is the header of the block, as HCL would write it.
func (n *navigation) ContextString(offset int) string {
	for _, s := range n.blocks {
		if s.start <= offset && offset < s.end {
			return s.header
		}
	}
	return ""
}
