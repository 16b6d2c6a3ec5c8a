package convert

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/twinset/twinset/internal/config/bounded"
)

// canonical lays out the source text of an expression as HCL's formatter does
// at the margin, such that it can stand after the equals sign of an argument:
// where a line break would end it, in parentheses. ok is false for text that is
// no expression.
func canonical(src string) (string, bool) {
	src = strings.TrimSpace(src)
	want := expressionMeaning(src)
	for _, s := range []string{strings.ReplaceAll(src, "\r\n", "\n"), src} {
		for _, form := range []string{s, "(" + s + ")", "(" + s + "\n)"} {
			if got, ok := layOut(form); ok && expressionMeaning(got) == want {
				return got, true
			}
		}
	}
	return src, false
}

// layOut formats the expression of an argument.
func layOut(src string) (string, bool) {
	const name = "x = "
	out := hclwrite.Format([]byte(name + src + "\n"))
	expr, ok := argumentExpression(out)
	if !ok {
		return "", false
	}
	if end := expr.Range().End.Byte; len(bytes.TrimSpace(out[end:])) > 0 {
		return "", false // a comment, which would end an interpolation too
	}
	return strings.TrimSpace(string(out[len(name):])), true
}

// argumentExpression parses a file with one argument.
func argumentExpression(src []byte) (hclsyntax.Expression, bool) {
	f, diags := bounded.ParseConfig(src, "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, false
	}
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok || len(body.Attributes) != 1 || len(body.Blocks) != 0 || body.Attributes["x"] == nil {
		return nil, false
	}
	return body.Attributes["x"].Expr, true
}

// wrap writes an expression as an interpolation. A heredoc at its end needs a
// line break before the brace.
func wrap(src string) string {
	if endsInHeredoc(src) {
		return "${" + src + "\n}"
	}
	return "${" + src + "}"
}

func endsInHeredoc(src string) bool {
	return strings.Contains(src, "<<") && strings.Contains(src, "\n") && templateMeaning("${"+src+"}") != expressionMeaning(src)
}

// unwrap is the expression of a template that is one interpolation and nothing
// else.
func unwrap(template string) (string, bool) {
	list := cut(template)
	if len(list) != 1 || list[0].literal || !strings.HasPrefix(template, "${") {
		return "", false
	}
	src := strings.TrimSuffix(strings.TrimPrefix(template[2:], "~"), "}")
	return canonical(strings.TrimSuffix(src, "~"))
}
