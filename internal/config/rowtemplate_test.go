package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/schema"
)

// written is what a configuration declares, and what there is to say about it.
func written(c *Config) (objects []schema.Object, said string) {
	for o, err := range c.Objects() {
		if err != nil {
			return objects, said + err.Error()
		}
		objects = append(objects, o)
	}
	return objects, said
}

// both loads a configuration twice, and returns the one whose rows are written by
// templates first.
func both(t *rapid.T, dir string) (quick, slow *Config) {
	quick, diags := Load(dir, Options{})
	slow, again := Load(dir, Options{})
	if diags.HasErrors() != again.HasErrors() {
		t.Fatal(diags, again)
	}
	slow.evaluateAll = true
	return quick, slow
}

var someCells = rapid.SampledFrom([]string{
	"", "a", "north", "plant-1/line 2", "1", "-20", "0", "007", "85.5", "0.10", "-0", "1e3", "12345678901234567890", "0.0001",
	"true", "false", "null", "${each.key}", "a\"b", "back\\slash", "<&>", "Ünï", "x\ty", "%{ if", strings.Repeat("l", 41), strings.Repeat("m", 300),
})

// expressions says what values are drawn from.
type expressions int

const (
	plain    expressions = iota // what templates write themselves
	sound                       // and what is computed for each row, and is right for all that are usual
	anything                    // and what is wrong for some, or not for templates
)

// places are expressions of values.
func places(depth int, of expressions) *rapid.Generator[string] {
	texts := []string{
		"each.key", "each.value.s", "each.value.n", "each.value.b", `each.value["s"]`, `"${each.value.s}"`, `"a-${each.value.s}/${each.value.n}"`,
		`"${each.key}-x"`, "(each.value.n)", "1", `"constant"`, "true", "null", "[]", "{}", "local.shared", "each.value.o", "[each.value.o]",
	}
	if of >= sound {
		texts = append(texts, "upper(each.value.s)", "lower(each.key)", `[for x in [each.value.s] : x]`, "try(each.value.missing, 1)",
			`format("%s/%03d", each.key, 7)`, `{ (each.key) = upper(each.key) }`, "length(each.key) * 2", `each.value.s == "a" ? 1.25 : 3`)
	}
	if of == anything {
		texts = append(texts, "each.value.n + 1", `each.value.b ? "y" : "n"`, "each.value.missing", "each.value", "tonumber(each.value.n)",
			`"${each.value.s}-${each.value.n * 2}"`, "each.value.b ? each.value.n : null", "(each.value.b ? 1.25 : 3)", "local.shared.z + each.value.n")
	}
	leaf := rapid.SampledFrom(texts)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf, rapid.Custom(func(t *rapid.T) string {
		sub := places(depth-1, of)
		if rapid.Bool().Draw(t, "list") {
			return "[" + strings.Join(rapid.SliceOfN(sub, 0, 3).Draw(t, "items"), ", ") + "]"
		}
		return object(t, sub)
	}))
}

func object(t *rapid.T, values *rapid.Generator[string]) string {
	var members []string
	for _, name := range []string{"a", "b", "c"} {
		if rapid.Bool().Draw(t, "has "+name) {
			members = append(members, name+" = "+values.Draw(t, name))
		}
	}
	return "{ " + strings.Join(members, ", ") + " }"
}

// csvTables are tables of which most rows are usual.
var csvTables = rapid.Custom(func(t *rapid.T) string {
	rows := []string{"k,s,n,b,o,unused"}
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
		key, number, flag := rowOf(t, i, []string{"", "1", "-20", "85.5", "0.10", "7", "123456789", "1234567890"}, []string{"true", "false", ""}, []string{"x", "1e400"})
		rows = append(rows, strings.Join([]string{quoted(key), quoted(someCells.Draw(t, "s")), number, flag, "text", quoted(someCells.Draw(t, "u"))}, ","))
	}
	return strings.Join(rows, "\n") + "\n"
})

// jsonTables are the same in JSON.
var jsonTables = rapid.Custom(func(t *rapid.T) string {
	var b strings.Builder
	for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
		key, number, flag := rowOf(t, i, []string{"null", "1", "-20", "85.5", "0.10", "7", "1234567890", "1e3", `"7"`}, []string{"true", "false", "null", `"yes"`}, []string{"{}", "1e400", "x"})
		text := func(s string) string { q, _ := json.Marshal(s); return string(q) }
		unused := rapid.SampledFrom([]string{"1", "null", `[1,{"a":2}]`, `"u"`}).Draw(t, "unused")
		if rapid.IntRange(0, 31).Draw(t, "repeat") == 30 {
			unused += rapid.SampledFrom([]string{`,"unused":2`, `,"s":"again"`}).Draw(t, "repeated")
		}
		fmt.Fprintf(&b, `{"k":%s,"s":%s,"n":%s,"b":%s,"o":%s,"unused":%s}`+"\n", text(key), text(someCells.Draw(t, "s")), number, flag, someJSON(2).Draw(t, "o"), unused)
	}
	return b.String()
})

// someJSON are collections, most of them usual.
func someJSON(depth int) *rapid.Generator[string] {
	leaf := rapid.SampledFrom([]string{"1", "-2.5", `"a"`, `"b c"`, `""`, "true", "null", "{}", "[]", `"a"`, "1", "1e3", `"é"`, `"<"`, `"\u0041"`, "0.10", `"` + strings.Repeat("n", 41) + `"`})
	if depth == 0 {
		return leaf
	}
	return rapid.Custom(func(t *rapid.T) string {
		var members []string
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "$g"}), 0, 3, rapid.ID[string]).Draw(t, "names") {
			members = append(members, fmt.Sprintf("%q: %s", name, rapid.OneOf(leaf, someJSON(depth-1)).Draw(t, name)))
		}
		return "{" + strings.Join(members, " , ") + "}"
	})
}

// rowOf draws fields of a row, of which few are wrong.
func rowOf(t *rapid.T, i int, numbers, flags, wrong []string) (key, number, flag string) {
	key, number, flag = fmt.Sprintf("k%d", i), rapid.SampledFrom(numbers).Draw(t, "n"), rapid.SampledFrom(flags).Draw(t, "b")
	switch rapid.IntRange(0, 15).Draw(t, "odd") {
	case 13:
		key = rapid.SampledFrom([]string{"k0", "k 0", ""}).Draw(t, "key")
	case 14:
		number = rapid.SampledFrom(wrong).Draw(t, "wrong n")
	}
	return key, number, flag
}

// What a template writes is what evaluating each row gives, to the byte, and so is
// what is said about rows and blocks.
func TestRowTemplateProperty(t *testing.T) {
	t.Parallel()
	t.Run("csv", func(t *testing.T) {
		t.Parallel()
		testRowTemplate(t, "t.csv", `csvmap("t.csv", "k", { n = number, b = bool })`, csvTables)
	})
	t.Run("json lines", func(t *testing.T) {
		t.Parallel()
		testRowTemplate(t, "t.ndjson", `jsonlines("t.ndjson", "k")`, jsonTables)
	})
}

func testRowTemplate(t *testing.T, name, forEach string, table *rapid.Generator[string]) {
	t.Helper()
	dir := t.TempDir()
	used, computed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.SampledFrom([]expressions{plain, sound, sound, anything}).Draw(t, "of")
		simple := min(of, rapid.SampledFrom([]expressions{plain, anything}).Draw(t, "simple profile"))
		id, status, tags := []string{"", "", `"x-${each.key}"`, "each.key", `lower("X-${each.key}")`}, []string{"", `"disabled"`}, rapid.Custom(func(t *rapid.T) string { return object(t, places(2, of)) })
		if of == anything {
			id, status, tags = append(id, "each.value.s"), append(status, "each.value.s"), rapid.OneOf(rapid.Just("each.value.o"), tags)
		}
		var b strings.Builder
		b.WriteString("project \"p\" {}\nlocals {\n  shared = { z = 1 }\n}\n")
		fmt.Fprintf(&b, "profile \"p\" {\n  tags    = %s\n  desired = %s\n}\n", object(t, places(1, simple)), object(t, places(2, simple)))
		fmt.Fprintf(&b, "device \"d\" {\n  for_each = %s\n", forEach)
		for _, a := range []struct{ name, value string }{
			{"id", rapid.SampledFrom(id).Draw(t, "id")},
			{"status_reason", rapid.SampledFrom([]string{"", "", "each.value.s", `"r ${each.value.n}"`}).Draw(t, "reason")},
			{"status", rapid.SampledFrom(status).Draw(t, "status")},
			{"edge", rapid.SampledFrom([]string{"", "", "true", "false"}).Draw(t, "edge")},
			{"profiles", rapid.SampledFrom([]string{"", `["p"]`}).Draw(t, "profiles")},
			{"tags", tags.Draw(t, "tags")},
			{"desired", object(t, places(2, of))},
		} {
			if a.value != "" {
				fmt.Fprintf(&b, "  %s = %s\n", a.name, a.value)
			}
		}
		if rapid.Bool().Draw(t, "module") {
			fmt.Fprintf(&b, "  module \"m\" {\n    tags = %s\n    desired = %s\n  }\n", object(t, places(1, of)), object(t, places(1, of)))
		}
		if rapid.IntRange(0, 4).Draw(t, "lifecycle") == 0 {
			b.WriteString("  lifecycle {\n    prevent_destroy = true\n    ignore = [\"tags.a\"]\n  }\n")
		}
		b.WriteString("}\n")
		rows := table.Draw(t, "rows")
		write(t, filepath.Join(dir, name), rows)
		write(t, filepath.Join(dir, "fleet.twin.hcl"), b.String())
		quick, slow := both(t, dir)
		got, says := written(quick)
		want, shouldSay := written(slow)
		if says != shouldSay {
			t.Fatalf("%s\n%s\nsays   %s\nshould %s", b.String(), rows, says, shouldSay)
		}
		if diff := cmp.Diff(want, got, cmp.Transformer("text", func(d schema.Doc) string { return string(d) })); diff != "" {
			t.Fatalf("%s\n%s\n(-evaluated +written)\n%s", b.String(), rows, diff)
		}
		if wrote, parts := wrote(quick); wrote {
			used++
			computed += min(parts, 1)
		}
	})
	if used == 0 || computed == 0 {
		t.Errorf("%d templates were used, %d with computed parts", used, computed)
	}
}

// wrote tells whether a row of the configuration is written by a template, and how many
// parts of that are computed.
func wrote(c *Config) (is bool, computed int) {
	w := walker{Config: c, seen: newKeySet(), kin: newFamily(), emit: func(schema.Object) bool { return true }}
	for d := range c.blocks {
		t := w.rowTemplate(d)
		for in := range c.instances(d, t.take) {
			if in.taken {
				return true, len(t.computed)
			}
		}
	}
	return false, 0
}

func write(t *rapid.T, path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
