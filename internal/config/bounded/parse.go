package bounded

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Check returns the first thing in a file that is over a limit, nil if there is
// none. It is for those who do not parse the file at once.
func Check(src []byte, filename string) *hcl.Diagnostic {
	s := newScanner(src, filename, hcl.InitialPos)
	s.enter(inBody)
	return s.scan()
}

// ParseConfig is hclsyntax.ParseConfig within the limits. The file is never nil;
// its body is empty when the text was refused.
func ParseConfig(src []byte, filename string, start hcl.Pos) (*hcl.File, hcl.Diagnostics) {
	s := newScanner(src, filename, start)
	s.enter(inBody)
	if d := s.scan(); d != nil {
		file, _ := hclsyntax.ParseConfig(nil, filename, start)
		file.Bytes = src
		return file, hcl.Diagnostics{d}
	}
	file, diags := parsePieces(s)
	file.Bytes = src
	if s.arithmetic {
		boundArithmetic(file.Body.(*hclsyntax.Body))
	}
	return file, trim(diags)
}

// ParseExpression is hclsyntax.ParseExpression within the limits.
func ParseExpression(src []byte, filename string, start hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics) {
	s := newScanner(src, filename, start)
	s.enter(inExpression)
	return s.parse(hclsyntax.ParseExpression)
}

// ParseTemplate is hclsyntax.ParseTemplate within the limits.
func ParseTemplate(src []byte, filename string, start hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics) {
	s := newScanner(src, filename, start)
	s.enter(inTemplate)
	return s.parse(hclsyntax.ParseTemplate)
}

func (s *scanner) parse(parse func([]byte, string, hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics)) (hclsyntax.Expression, hcl.Diagnostics) {
	if d := s.scan(); d != nil {
		return &hclsyntax.LiteralValueExpr{SrcRange: *d.Subject}, hcl.Diagnostics{d}
	}
	expr, diags := parse(s.src, s.filename, s.start)
	if s.arithmetic && expr != nil {
		boundArithmetic(expr)
	}
	return expr, trim(diags)
}

// parsePieces parses a file of many blocks bit by bit, because the tokens of a
// text take thirty times its size. The result is that of the whole.
func parsePieces(s *scanner) (*hcl.File, hcl.Diagnostics) {
	var file *hcl.File
	var diags hcl.Diagnostics
	pos, from := s.start, 0
	for _, to := range append(s.pieces, len(s.src)) {
		piece := s.src[from:to]
		f, d := hclsyntax.ParseConfig(piece, s.filename, pos)
		diags = append(diags, d...)
		if file == nil {
			file = f
		} else {
			diags = append(diags, join(file.Body.(*hclsyntax.Body), f.Body.(*hclsyntax.Body))...)
		}
		if len(diags) > MaxErrors {
			break
		}
		pos = advance(pos, piece)
		from = to
	}
	return file, diags
}

// join adds what follows in the same file to a body.
func join(body, next *hclsyntax.Body) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for name, a := range next.Attributes {
		first, again := body.Attributes[name]
		if !again {
			body.Attributes[name] = a
			continue
		}
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "Attribute redefined",
			Detail:   fmt.Sprintf("The argument %q was already set at %s. Each argument may be set only once.", name, first.NameRange),
			Subject:  a.NameRange.Ptr(),
		})
	}
	body.Blocks = append(body.Blocks, next.Blocks...)
	body.SrcRange.End = next.SrcRange.End
	body.EndRange = next.EndRange
	return diags
}

// trim leaves out what nobody would read.
func trim(diags hcl.Diagnostics) hcl.Diagnostics {
	if len(diags) > MaxErrors {
		return diags[:MaxErrors:MaxErrors]
	}
	return diags
}
