package convert

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/internal/config"
)

// Convert compares what it wrote with what it read, so that no error means the
// same meaning. The properties below add: generated HCL converts to everything
// and back, stays the same bytes after one normalisation, and keeps its comments.
func TestGeneratedConfigurations(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{T: t}
		src := File{"a.twin.hcl", []byte(g.file())}
		if _, diags := config.Parse(src.Name, src.Bytes); diags.HasErrors() {
			t.Fatalf("generated file: %v\n%s", diags, src.Bytes)
		}
		y := rewrite(t, src, YAML)
		g.checkComments(t, y)
		h := rewrite(t, y, HCL)
		g.checkComments(t, h)
		y2 := rewrite(t, h, YAML)
		h2 := rewrite(t, y2, HCL)
		g.checkComments(t, h2)
		y3 := rewrite(t, h2, YAML)
		h3 := rewrite(t, y3, HCL)
		if !bytes.Equal(h2.Bytes, h3.Bytes) {
			t.Fatalf("hcl by way of yaml and back differs:\n%s\nyaml:\n%s", cmp.Diff(string(h2.Bytes), string(h3.Bytes)), y3.Bytes)
		}
		if !bytes.Equal(y2.Bytes, y3.Bytes) {
			t.Fatalf("yaml by way of hcl and back differs:\n%s\nhcl:\n%s", cmp.Diff(string(y2.Bytes), string(y3.Bytes)), h2.Bytes)
		}
		j := rewrite(t, src, JSON)
		rewrite(t, j, HCL)
		rewrite(t, j, YAML)
		if j2 := rewrite(t, y, JSON); !bytes.Equal(j.Bytes, j2.Bytes) {
			t.Logf("json of hcl and of its yaml differ:\n%s", cmp.Diff(string(j.Bytes), string(j2.Bytes)))
		}
	})
}

func rewrite(t *rapid.T, f File, to Syntax) File {
	out, diags := Convert([]File{f}, to)
	if diags.HasErrors() {
		t.Fatalf("%s to %s: %v\n%s\noutput:\n%s", f.Name, to, diags, f.Bytes, out)
	}
	return File{"a.twin." + string(to), out}
}

// generator writes a configuration in HCL with numbered comments.
type generator struct {
	*rapid.T
	comments, names int
}

func (g *generator) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(g.T, label) }

func (g *generator) chance(n int) bool { return g.pick("chance", n) == 0 }

// checkComments finds every comment once.
func (g *generator) checkComments(t *rapid.T, f File) {
	for i := 1; i <= g.comments; i++ {
		if n := strings.Count(string(f.Bytes), fmt.Sprintf("note %d.", i)); n != 1 {
			t.Fatalf("got comment %d %d times in %s, want it once:\n%s", i, n, f.Name, f.Bytes)
		}
	}
}

func (g *generator) comment() string {
	g.comments++
	text := fmt.Sprintf(" note %d.", g.comments)
	switch g.pick("comment", 4) {
	case 0:
		return "//" + text
	case 1:
		return "/*" + text + " */"
	default:
		return "#" + text
	}
}

// before is what may stand on lines before something.
func (g *generator) before(indent string) string {
	var b strings.Builder
	for g.chance(6) {
		if g.chance(2) {
			b.WriteString("\n")
		} else {
			b.WriteString(indent + g.comment() + "\n")
		}
	}
	return b.String()
}

// after ends a line.
func (g *generator) after() string {
	if g.chance(8) {
		return " " + g.comment() + "\n"
	}
	return "\n"
}

func (g *generator) name() string {
	g.names++
	return fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"a", "b-", "_c", "é"}).Draw(g.T, "name"), g.names)
}

func (g *generator) file() string {
	var b strings.Builder
	b.WriteString(g.before(""))
	for range g.pick("blocks", 5) {
		b.WriteString(g.before(""))
		switch g.pick("block", 4) {
		case 0:
			b.WriteString(g.block("locals", "", []string{g.name(), g.name(), g.name()}, nil))
		case 1:
			b.WriteString(g.block("device", g.label(), []string{"id", "tags", "desired"}, []string{"module", "auth", "lifecycle"}))
		case 2:
			b.WriteString(g.block("profile", g.label(), []string{"tags", "extends"}, nil))
		default:
			b.WriteString(g.block("variable", g.label(), []string{"type", "default"}, []string{"validation", "validation"}))
		}
	}
	b.WriteString(g.before(""))
	return b.String()
}

func (g *generator) label() string {
	return ` "` + quoteLiteral(rapid.SampledFrom([]string{"a", "b", "true", "1", "a b", "${x}", "\"", "#", ": ", "é"}).Draw(g.T, "label")) + `"`
}

func (g *generator) block(kind, label string, arguments, blocks []string) string {
	var b strings.Builder
	b.WriteString(kind + label + " {")
	if len(blocks) == 0 && g.chance(4) {
		if kind == "locals" && g.chance(2) {
			b.WriteString(" " + arguments[0] + " = 1 ")
		}
		return b.String() + "}" + g.after()
	}
	b.WriteString(g.after())
	for _, a := range arguments {
		if g.chance(3) {
			continue
		}
		b.WriteString(g.before("  ") + "  " + a + " = ")
		if a == "type" {
			b.WriteString(rapid.SampledFrom([]string{"string", "list(number)", "object({ a = string, b = optional(number, 1) })"}).Draw(g.T, "type") + g.after())
		} else {
			b.WriteString(g.line(2))
		}
	}
	for _, k := range blocks {
		if g.chance(2) {
			continue
		}
		b.WriteString(g.before("  "))
		label := ""
		if k == "module" {
			label = g.label()
		}
		b.WriteString(g.block(k, label, map[string][]string{
			"module": {"tags"}, "auth": {"type"}, "lifecycle": {"ignore"}, "validation": {"condition", "error_message"},
		}[k], nil))
	}
	b.WriteString(g.before("  "))
	return b.String() + "}" + g.after()
}

// line is a value and the end of its line.
func (g *generator) line(depth int) string {
	v := g.value(depth)
	if strings.HasPrefix(v, "<<") {
		return v + "\n"
	}
	return v + g.after()
}

func (g *generator) value(depth int) string {
	n := 9
	if depth == 0 {
		n = 6
	}
	switch g.pick("value", n) {
	case 0:
		return rapid.SampledFrom([]string{"1", "-2.50", "1e3", "007", "true", "null", "- 3", "-0"}).Draw(g.T, "scalar")
	case 1:
		return rapid.SampledFrom([]string{"var.a", "local.b[0].c", "upper(\"x\")", "1 + 2", "var.x ? \"y\" : \"z\"", "!true", "[for x in [1, 2] : x if x > 1]", "{ for k, v in var.m : k => v... }", "(1)", "foo(\n  1,\n  \"a: #\",\n)", "(\n1\n+ 2)", "a.*.b", "a[*].b", "\"${var.x}\"", "jsonencode(<<EOT\n a\nEOT\n)"}).Draw(g.T, "expression")
	case 2, 3:
		return g.quoted()
	case 4, 5:
		return g.heredoc()
	case 6:
		return g.tuple(depth - 1)
	default:
		return g.object(depth - 1)
	}
}

// pieces are what templates are made of.
var pieces = []string{
	"a", "B c", " ", "  ", "$", "%", "$$", "{", "}", "'", ": ", " #", "- ", "é", "\U0001F600", "${var.x}", "${ 1+2 }", "${~ x ~}",
	"${upper(\"${y}\")}", "%{ if true }t%{ else }f%{ endif }", "$${", "%%{", "yes", "0x1", "*", "@", "<<", "|", ",", "]", "~",
}

func (g *generator) pieces(more ...string) []string {
	return rapid.SliceOfN(rapid.SampledFrom(append(more, pieces...)), 0, 5).Draw(g.T, "pieces")
}

func (g *generator) quoted() string {
	s := `"` + strings.Join(g.pieces(`\n`, `\"`, `\\`, `\t`, `\u0001`, `\u0024`, `\r`), "") + `"`
	return whole(s, `"?"`)
}

func (g *generator) heredoc() string {
	s := strings.Join(g.pieces("\n", "\n", "\n  ", "\n    ", "\t", `\`, `"`), "")
	s = rapid.SampledFrom([]string{"<<", "<<-"}).Draw(g.T, "heredoc") + "EOT\n" + s + "\n" + rapid.SampledFrom([]string{"", "  "}).Draw(g.T, "indent") + "EOT"
	return whole(s, "<<EOT\n?\nEOT")
}

// whole is an expression, or another where the pieces make none.
func whole(s, instead string) string {
	if _, ok := argumentExpression([]byte("x = " + s + "\n")); !ok {
		return instead
	}
	return s
}

func (g *generator) tuple(depth int) string {
	var b strings.Builder
	if g.chance(2) {
		var list []string
		for range g.pick("items", 3) {
			list = append(list, rapid.SampledFrom([]string{"1", `"a"`, "var.x", "[]", "{}", `"a, b"`, "{ a = 1 }"}).Draw(g.T, "item"))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	b.WriteString("[" + g.after())
	for range g.pick("items", 3) {
		v := g.value(depth)
		if strings.HasPrefix(v, "<<") {
			v += "\n"
		}
		b.WriteString(g.before("    ") + "    " + v + "," + g.after())
	}
	return b.String() + g.before("    ") + "]"
}

func (g *generator) object(depth int) string {
	var b strings.Builder
	if g.chance(2) {
		var list []string
		for range g.pick("members", 3) {
			list = append(list, g.key()+" = "+rapid.SampledFrom([]string{"1", `"a"`, "var.x", "[]", "{}", `"${a}-b"`, "[1, 2]"}).Draw(g.T, "item"))
		}
		return "{ " + strings.Join(list, ", ") + " }"
	}
	b.WriteString("{" + g.after())
	for range g.pick("members", 3) {
		b.WriteString(g.before("    ") + "    " + g.key() + rapid.SampledFrom([]string{" = ", " : "}).Draw(g.T, "sign") + g.line(depth))
	}
	return b.String() + g.before("    ") + "}"
}

func (g *generator) key() string {
	if g.chance(3) {
		return g.name()
	}
	return rapid.SampledFrom([]string{"1", "true", `"a b"`, `"for"`, "(var.x)", `"${each.key}-x"`, `"${each.key}"`, `"$edge"`, `"x.y"`, `"~"`, `"<<"`, `"no"`, `"//"`, `"x-y"`, `"- a"`, `"a: b"`, `"a\nb"`, `""`, "null"}).Draw(g.T, "key")
}
