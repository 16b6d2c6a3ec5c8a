package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// hclWriter writes a tree as HCL.
type hclWriter struct {
	strings.Builder
	diags hcl.Diagnostics
}

func writeHCL(root *group) ([]byte, hcl.Diagnostics) {
	var w hclWriter
	w.comments(root.top, 0)
	if len(root.top) > 0 && len(root.items) > 0 {
		w.WriteByte('\n')
	}
	w.body(root, 0)
	return hclwrite.Format([]byte(w.String())), w.diags
}

func (w *hclWriter) report(d *hcl.Diagnostic) { w.diags = append(w.diags, d) }

func (w *hclWriter) indent(depth int) { w.WriteString(strings.Repeat("  ", depth)) }

func (w *hclWriter) comments(list []comment, depth int) {
	for _, c := range list {
		if !c.gap {
			w.indent(depth)
			w.WriteString("#" + c.text)
		}
		w.WriteByte('\n')
	}
}

// endLine ends a line with the item's comment.
func (w *hclWriter) endLine(it *item) {
	if it.line != nil {
		w.WriteString(" #" + it.line.text)
	}
	w.WriteByte('\n')
}

func (w *hclWriter) body(g *group, depth int) {
	written := 0
	for _, it := range g.items {
		if it.kind == holder {
			w.drop(it)
			continue
		}
		if it.blank && written > 0 {
			w.WriteByte('\n')
		}
		written++
		if it.kind == block {
			w.block(it, depth)
		} else {
			w.argument(it, depth)
		}
	}
	w.comments(g.foot, depth)
}

// drop says what has no place in HCL.
func (w *hclWriter) drop(it *item) {
	w.report(warning(it.at, "Key dropped", fmt.Sprintf("HCL has no keys that are ignored: %q was left out.", it.name)))
	for _, c := range it.comments() {
		w.report(droppedComment(c))
	}
}

func (w *hclWriter) block(it *item, depth int) {
	w.comments(it.head, depth)
	w.indent(depth)
	w.WriteString(it.name)
	for _, l := range it.labels {
		w.WriteString(` "` + quoteLiteral(l) + `"`)
	}
	w.WriteString(" {")
	if it.body.fits() {
		if len(it.body.items) > 0 && it.body.items[0].kind == argument {
			a := it.body.items[0]
			w.WriteString(" " + w.name(a) + " = ")
			w.value(a.value, depth, false)
			w.WriteByte(' ')
		}
		w.WriteByte('}')
		w.endLine(it)
		return
	}
	w.endLine(it)
	w.body(it.body, depth+1)
	w.indent(depth)
	w.WriteString("}\n")
}

func (w *hclWriter) name(it *item) string {
	if !hclsyntax.ValidIdentifier(it.name) {
		w.report(problem(it.at, "No form in HCL", fmt.Sprintf("HCL cannot hold an argument named %q: names are letters, digits, - and _. Rename it.", it.name)))
	}
	return it.name
}

func (w *hclWriter) argument(it *item, depth int) {
	w.assign(it, w.name(it), depth)
	if !w.endsLine() || it.line != nil {
		w.endLine(it)
	}
}

// assign writes a name and its value, but for the comment at the end.
func (w *hclWriter) assign(it *item, name string, depth int) {
	if it.value.lines && it.line != nil {
		it.head, it.line = append(slices.Clip(it.head), *it.line), nil
	}
	w.comments(it.head, depth)
	w.indent(depth)
	w.WriteString(name + " = ")
	w.itemValue(it, depth, true)
}

// endsLine tells whether the last thing was a heredoc, which ends its line.
func (w *hclWriter) endsLine() bool { return strings.HasSuffix(w.String(), "\n") }

// itemValue writes the value of an item; a comment of its line goes after an
// opening bracket.
func (w *hclWriter) itemValue(it *item, depth int, heredoc bool) {
	v := it.value
	if !v.collection() || v.fits() {
		w.value(v, depth, heredoc)
		return
	}
	w.WriteString(map[valueKind]string{object: "{", tuple: "["}[v.kind])
	w.endLine(it)
	w.items(v, depth+1)
	w.indent(depth)
	w.WriteString(map[valueKind]string{object: "}", tuple: "]"}[v.kind])
	it.line = nil
}

// items writes the members or elements of a collection on lines of their own.
func (w *hclWriter) items(v *value, depth int) {
	for _, it := range v.group.items {
		if it.blank {
			w.WriteByte('\n')
		}
		if v.kind == object {
			w.assign(it, key(it.name), depth)
			if !w.endsLine() || it.line != nil {
				w.endLine(it)
			}
			continue
		}
		w.comments(it.head, depth)
		w.indent(depth)
		if it.value.kind == source && endsInHeredoc(it.value.text) {
			w.WriteString("(" + it.value.text + "\n)")
		} else {
			w.itemValue(it, depth, false)
		}
		w.WriteByte(',')
		w.endLine(it)
	}
	w.comments(v.group.foot, depth)
}

// value writes a value. A collection is written on one line.
func (w *hclWriter) value(v *value, depth int, heredoc bool) {
	switch v.kind {
	case text:
		if here, ok := asHeredoc(v, depth); ok && heredoc {
			w.WriteString(here)
			return
		}
		w.WriteString(quote(v.text))
	case object:
		w.list("{", "}", v)
	case tuple:
		w.list("[", "]", v)
	default:
		w.WriteString(v.text)
	}
}

func (w *hclWriter) list(open, shut string, v *value) {
	w.WriteString(open)
	for i, it := range v.group.items {
		if i > 0 {
			w.WriteString(", ")
		} else if v.kind == object {
			w.WriteByte(' ')
		}
		if v.kind == object {
			w.WriteString(key(it.name) + " = ")
		}
		w.value(it.value, 0, false)
	}
	if v.kind == object && len(v.group.items) > 0 {
		w.WriteByte(' ')
	}
	w.WriteString(shut)
}

// key writes the key of an object.
func key(template string) string {
	if src, ok := unwrap(template); ok {
		return "(" + src + ")"
	}
	if hclsyntax.ValidIdentifier(template) && !slices.Contains([]string{"for", "null", "true", "false"}, template) {
		return template
	}
	return quote(template)
}

// asHeredoc writes a template line by line, indented if that is the same text.
func asHeredoc(v *value, depth int) (string, bool) {
	if !v.lines || !strings.HasSuffix(v.text, "\n") {
		return "", false
	}
	end := "EOT"
	for n := 2; strings.Contains(v.text, end); n++ {
		end = fmt.Sprintf("EOT%d", n)
	}
	margin := strings.Repeat("  ", depth+1)
	want := templateMeaning(v.text)
	for _, s := range []string{
		"<<-" + end + "\n" + margined(v.text, margin) + margin[2:] + end + "\n",
		"<<" + end + "\n" + v.text + end + "\n",
	} {
		if expressionMeaning(strings.TrimSuffix(s, "\n")) == want && printable(v.text) {
			return s, true
		}
	}
	return "", false
}
