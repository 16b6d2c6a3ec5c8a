package bounded

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// FuzzScan: the scanner sees the same brackets, strings, heredocs and
// interpolations as HCL's own, so that nothing can hide from the limits.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		"a = 1\nb \"c\" {\n d = [1, (2), {e = f}]\n}\n", `a = "x${b["c"]}%{if d}e%{else}f%{endif}$${ %%{ \" \\"`, "a = <<E\n x ${b}\nE\n", "a = <<-E\n  x $ % $${\n  E \r\nb = <<F\nE\n",
		"# a { \n// b [\n/* c ( \n*/ d = 1 /* */", "a = \"\n\"", "a = }{ ) ]", `"${"${"}"}"}"`, `a = "${{}}"`, "~} ${ %{ }", "a = \"${b ~} c", "1e5-/*x*/ 1.e 1..2", "<<-\n<<\r\n<<1\n<<ä\r\nä\n", "\ufeffa = $", "a = <<E\nb$\nE\n", "\r", "# a\r[", `"$${"`, `"$$${a}"`,
		"a = <<E\n${<<F\nE\nF\n}\nE\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4096 {
			return
		}
		for _, m := range []mode{inBody, inTemplate} {
			s := newScanner([]byte(src), "f", hcl.InitialPos)
			s.enter(m)
			d := s.scan()
			if d != nil {
				checkRange(t, src, *d.Subject)
				continue
			}
			if want, ok := scanTokens(src, m); ok && (s.deepest() != want.deepest() || s.braces != want.braces) {
				t.Errorf("mode %d: got %s and %d braces, want %s and %d, of %q", m, s.deepest(), s.braces, want.deepest(), want.braces, src)
			}
		}
		_, diags := ParseConfig([]byte(src), "f", hcl.InitialPos)
		for _, d := range diags {
			checkRange(t, src, *d.Subject)
		}
		expr, diags := ParseTemplate([]byte(src), "f", hcl.InitialPos)
		for _, d := range diags {
			checkRange(t, src, *d.Subject)
		}
		_, _ = expr.Value(&hcl.EvalContext{})
	})
}

// deepest are the kinds of the levels that are open at the end.
func (s *scanner) deepest() string {
	var b strings.Builder
	for _, l := range s.levels[1:] {
		b.WriteByte(l.kind)
	}
	return b.String()
}

// scanTokens finds the levels from HCL's tokens. ok is false where its scanner
// gave up.
func scanTokens(src string, m mode) (s *scanner, ok bool) {
	lex := hclsyntax.LexConfig
	if m == inTemplate {
		lex = hclsyntax.LexTemplate
	}
	tokens, _ := lex([]byte(src), "f", hcl.InitialPos)
	s = newScanner(nil, "f", hcl.InitialPos)
	s.enter(m)
	for _, tok := range tokens {
		if stuck(tok, len(src)) {
			return nil, false
		}
		switch tok.Type {
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrack:
			s.push(tok.Bytes[0], false)
		case hclsyntax.TokenOBrace:
			s.braces++
			s.push('{', false)
		case hclsyntax.TokenOQuote:
			s.push('"', false)
			s.modes = append(s.modes, inString)
		case hclsyntax.TokenOHeredoc:
			s.push('h', false)
			s.modes = append(s.modes, inHeredoc)
		case hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			s.braces++
			s.returns = append(s.returns, s.braces)
			s.push('$', false)
			s.modes = append(s.modes, inExpression)
		case hclsyntax.TokenCParen:
			s.closeLevel('(')
		case hclsyntax.TokenCBrack:
			s.closeLevel('[')
		case hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd:
			s.closeBracket('}')
		case hclsyntax.TokenCQuote:
			s.leave('"')
		case hclsyntax.TokenCHeredoc:
			s.leave('h')
		default: // opens and closes nothing
		}
	}
	return s, true
}

// stuck tells whether HCL's scanner gave up here: it makes one token of the rest.
func stuck(tok hclsyntax.Token, end int) bool {
	if tok.Range.End.Byte != end || tok.Type != hclsyntax.TokenInvalid && tok.Type != hclsyntax.TokenStringLit {
		return false
	}
	text := strings.ReplaceAll(string(tok.Bytes), "\r\n", "")
	return strings.Contains(text, "\r") || strings.HasSuffix(text, "$") || strings.HasSuffix(text, "%")
}

func checkRange(t *testing.T, src string, r hcl.Range) {
	t.Helper()
	if r.Start.Byte < 0 || r.End.Byte < r.Start.Byte || r.End.Byte > len(src) || r.Start.Line < 1 || r.Start.Column < 1 {
		t.Fatalf("range %v (bytes %d to %d) is outside the file of %d bytes: %q", r, r.Start.Byte, r.End.Byte, len(src), src)
	}
}
