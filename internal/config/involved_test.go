package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"
)

// shownFor checks a configuration and returns what people see.
func shownFor(t *testing.T, src string, o Options) string {
	t.Helper()
	c, _ := Load(project(t, map[string]string{"a.twin.hcl": "project \"p\" {}\n" + src}), o)
	diags := c.Check()
	report := Report{Files: c.Files(), Diagnostics: diags, Locate: func(name string) string { return name }}
	sarif, err := report.SARIF()
	if err != nil {
		t.Fatal(err)
	}
	js, err := DiagnosticsJSON(c.Files(), diags)
	if err != nil {
		t.Fatal(err)
	}
	return diagnosticText(t, c.Files(), diags) + string(sarif) + string(js) + string(report.GitHub()) + string(report.AzureDevOps())
}

// No way to an error shows what is sensitive or secret.
func TestValuesKeepSecrets(t *testing.T) {
	t.Parallel()
	const declared = "variable \"pw\" {\n  sensitive = true\n}\nvariable \"list\" {\n  type = list(string)\n  sensitive = true\n}\n" +
		"variable \"obj\" {\n  type = object({ pin = string })\n  sensitive = true\n}\nlocals {\n  copy = { inner = [var.pw] }\n  ref = secret(\"env://hunter2\")\n}\n"
	given := func(secret string) Options {
		return Options{Vars: []VarInput{{Name: "pw", Expr: secret}, {Name: "list", Expr: fmt.Sprintf("[%q]", secret)}, {Name: "obj", Expr: fmt.Sprintf("{pin = %q}", secret)}}}
	}
	shortShown := regexp.MustCompile(`\b(is|as) [^\n]*h7q`)
	for name, body := range map[string]string{
		"plain":         `tags = var.pw`,
		"attribute":     `tags = var.pw.x`,
		"index":         `tags = [var.pw][var.obj.pin]`,
		"member":        `tags = var.obj.pni`,
		"loop":          `tags = [for x in var.list : x.y]`,
		"loop call":     `tags = { for i, x in var.list : i => parseint(x, 99) }`,
		"loop key":      `tags = { for x in var.list : x => x.y }`,
		"shadow":        `tags = [for each in var.list : each.y]`,
		"shadow var":    `tags = [for var in var.list : var.y]`,
		"inner loop":    `tags = [for o in [var.obj] : [for p in [o.pin] : p.y]]`,
		"template loop": `tags = "%{ for x in var.list }${x.y}%{ endfor }"`,
		"splat":         `tags = var.list[*].y`,
		"local":         `tags = local.copy.inner.x`,
		"nested":        `tags = [local.copy]`,
		"secret":        `tags = local.ref.x`,
		"secret loop":   `tags = [for x in toset([local.ref]) : x.y]`,
		"condition":     `tags = var.pw ? 1 : 2`,
		"text":          `tags = "a ${var.list}"`,
		"nothing":       `tags = [for x in ["a"] : x.y]`,
		"json":          `tags = jsondecode(var.pw)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The source of values that were not given by a sensitive variable is shown.
			got := strings.ReplaceAll(shownFor(t, declared+"device \"d\" {\n  "+body+"\n}\n", given("hunter2")), `secret(\"env://hunter2\")`, "")
			if strings.Contains(got, "hunter2") {
				t.Errorf("got\n%s\nwant nothing of the secret", got)
			}
			// Texts that are too short to be blotted out wherever they stand are no values either.
			if got := shownFor(t, declared+"device \"d\" {\n  "+body+"\n}\n", given("h7q")); shortShown.MatchString(got) {
				t.Errorf("got\n%s\nwant nothing of the short secret", got)
			}
			if !strings.Contains(got, "Error") {
				t.Errorf("got\n%s\nwant an error", got)
			}
		})
	}
}

// Names that loops bind are shown where nothing is sensitive.
func TestLoopValues(t *testing.T) {
	t.Parallel()
	got := shownFor(t, "locals { sites = [{ name = \"a\" }] }\ndevice \"d\" { tags = { x = [for s in local.sites : s.nmae] } }\n", Options{})
	if !strings.Contains(got, "      s is an object with 1 member: name\n") {
		t.Errorf("got\n%s\nwant the value of s", got)
	}
}

func TestJSONValues(t *testing.T) {
	t.Parallel()
	c, _ := Load(project(t, map[string]string{"a.twin.yaml": "project: {p: }\ndevice: {d: {for_each: {s-17: {site: a}}, tags: '${each.value.site}'}}\n"}), Options{})
	b, err := DiagnosticsJSON(c.Files(), c.Check())
	if err != nil {
		t.Fatal(err)
	}
	var got jsonReport
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]jsonValue{{"each.value.site", `is "a"`}}, got.Diagnostics[0].Snippet.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestBrief(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 60)
	many := map[string]cty.Value{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		many[name] = cty.StringVal(long)
	}
	for want, v := range map[string]cty.Value{
		"null":                       cty.NullVal(cty.String),
		`"a\nb"`:                     cty.StringVal("a\nb"),
		"12":                         cty.NumberIntVal(12),
		"[1, 2]":                     cty.TupleVal([]cty.Value{cty.NumberIntVal(1), cty.NumberIntVal(2)}),
		"{}":                         cty.EmptyObjectVal,
		"an object with 1 member: x": cty.ObjectVal(map[string]cty.Value{"x": cty.True}),
		"an object with 8 members: a, b, c, d, e, f, ...": cty.ObjectVal(many),
		"a list of 2 members":                             cty.TupleVal([]cty.Value{cty.StringVal(long), cty.StringVal(long)}),
		`"` + strings.Repeat("é", 39) + "...":             cty.StringVal(long),
		"(sensitive value)":                               cty.ObjectVal(many).Mark(sensitiveMark{}),
		"an object with 1 member: y":                      cty.MapVal(map[string]cty.Value{"y": cty.StringVal("a").Mark(sensitiveMark{})}),
	} {
		if got := line(v); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A line of a value is one line, and not long.
func TestLineIsShort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		for _, v := range []cty.Value{cty.StringVal(s), cty.ListVal([]cty.Value{cty.StringVal(s)}), cty.MapVal(map[string]cty.Value{"k": cty.StringVal(s)})} {
			if got := line(v); len(got) > maxLine+3 || strings.ContainsAny(got, "\n\r\x1b") {
				t.Fatalf("got %q", got)
			}
		}
	})
}

func TestReferences(t *testing.T) {
	t.Parallel()
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{
		"var":  cty.ObjectVal(map[string]cty.Value{"b": cty.StringVal("x"), "a": cty.ListVal([]cty.Value{cty.True})}),
		"each": cty.ObjectVal(map[string]cty.Value{"value": cty.ObjectVal(map[string]cty.Value{"site": cty.StringVal("s")})}),
	}}
	for src, want := range map[string]string{
		`var.b == "x" && var.a[0]`:             `var.b is "x"; var.a[0] is true`,
		`[var.b, var.b]`:                       `var.b is "x"`,
		`each.value.sit`:                       `each.value is an object with 1 member: site`,
		`each.vlaue.site`:                      ``,
		`nothing.at.all`:                       ``,
		`[for x in var.a : x ? var.b : x]`:     `var.a is [true]; var.b is "x"`,
		`var.a[5]`:                             `var.a is [true]`,
		`"${var.b} and ${each.value["site"]}"`: `var.b is "x"; each.value["site"] is "s"`,
		`5`:                                    ``,
		`{ (var.b) = upper(each.value.site) }`: `var.b is "x"; each.value.site is "s"`,
	} {
		expr, diags := hclsyntax.ParseExpression([]byte(src), "f", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		var got []string
		for _, v := range References(expr, ctx, line) {
			got = append(got, v.String())
		}
		if diff := cmp.Diff(want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
}
