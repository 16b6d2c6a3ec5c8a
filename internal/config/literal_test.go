package config

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/schema"
)

// literalSyntax writes devices out in one of the syntaxes.
type literalSyntax struct {
	name   string // of the file
	begin  string
	values []string // of which the first are usual
	usual  int
	device func(t *rapid.T, label string, values *rapid.Generator[string]) string
}

var hclLiterals = literalSyntax{
	name:  "fleet.twin.hcl",
	begin: "project \"p\" {}\nlocals {\n  shared = \"s\"\n}\nprofile \"p\" {\n  tags = { a = \"from p\", z = 1 }\n}\n",
	values: []string{
		`"a"`, `"north"`, `"plant-1/line 2"`, `""`, "1", "-20", "0", "85.5", "true", "false", "null", "{}", "[]", `[1, "x"]`, `{ x = 1, y = "b" }`, "{\n x = 2\n y = 3 # why\n }",
		"0.10", "1e3", "007", `"q\"uote"`, `"${local.shared}"`, "local.shared", `upper("x")`, "1 + 2", `"Ünï"`, `"$${x}"`, `"<&>"`, "{ for k, v in { a = 1 } : k => v if v > 0 }",
		`"` + strings.Repeat("l", 41) + `"`, `"` + strings.Repeat("m", 5000) + `"`, "(3)", "1 // one\n", `"# no comment"`, "- 1", `{ "x" : 1 }`, `{ x = 1, x = 2 }`, "5 == 5", "1.2.3",
	},
	usual: 16,
	device: func(t *rapid.T, label string, values *rapid.Generator[string]) string {
		var b strings.Builder
		fmt.Fprintf(&b, "device \"%s\" {\n", label)
		for _, line := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			`profiles = ["p"]`, `status = "disabled"`, "edge = true", "# a note", `status_reason = "why"`, "auth {\n    type = \"sas\"\n  }",
			"lifecycle {\n    prevent_destroy = true\n  }", "edge = false", `for_each = { x = 1 }`, `id = "other"`,
		}), 0, 2, rapid.ID[string]).Draw(t, "lines") {
			fmt.Fprintf(&b, "  %s\n", line)
		}
		fmt.Fprintf(&b, "  tags = { a = %s, b = %s }\n  desired = {\n    c = %s\n    d = { e = %s }\n  }\n", values.Draw(t, "a"), values.Draw(t, "b"), values.Draw(t, "c"), values.Draw(t, "e"))
		if rapid.IntRange(0, 3).Draw(t, "module") == 0 {
			fmt.Fprintf(&b, "  module \"m\" {\n    desired = { f = %s }\n  }\n", values.Draw(t, "f"))
		}
		return b.String() + "}\n"
	},
}

var yamlLiterals = literalSyntax{
	name:  "fleet.twin.yaml",
	begin: "project:\n  p:\nlocals:\n  shared: s\nprofile:\n  p:\n    tags: { a: from p, z: 1 }\ndevice:\n",
	values: []string{
		"a", "north", "plant-1/line 2", `""`, "1", "-20", "0", "85.5", "true", "false", "null", "{}", "[]", "[1, x]", "{ x: 1, y: b }", "'single'", `"double"`, "4.2.1", "2026-11-23", "", "a:b",
		"0.10", "1e3", "007", "0x1F", "1_000", `"q\"uote"`, "'it''s'", `"${local.shared}"`, "${local.shared}", "Ünï", `"Ünï"`, "|\n        block", "&anchor x", "!!str 1", "yes", "~", ".5", "-", "- x", "a # b", "a #b",
		"{ x: 1, x: 2 }", "{a: 1}", "{ 'x': a:b }", strings.Repeat("l", 41), strings.Repeat("m", 5000), "x: y", "\"open", "'%{ if }'", "a  b", "a\n        b", "\"two\n  lines\"", "[1,2]", "@x", "=", "{ x: a, }",
	},
	usual: 21,
	device: func(t *rapid.T, label string, values *rapid.Generator[string]) string {
		var b strings.Builder
		fmt.Fprintf(&b, "  %s:%s\n", label, rapid.SampledFrom([]string{"", "", " # a note"}).Draw(t, "note"))
		for _, line := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			"profiles: [p]", "status: disabled", "edge: true", "# a note", "status_reason: why", "auth:\n      type: sas", "lifecycle: { prevent_destroy: true }",
			"profiles:\n    - p", "edge: false", "for_each: { x: 1 }", "id: other", "- item", "x-note: { a: 1 }",
		}), 0, 2, rapid.ID[string]).Draw(t, "lines") {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		fmt.Fprintf(&b, "    tags: { a: %s, b: 1 }\n    desired:\n      c: %s\n      list:\n      - %s\n      d:\n        e: %s\n", flowValue(values).Draw(t, "a"), values.Draw(t, "c"), values.Draw(t, "list"), values.Draw(t, "e"))
		if rapid.IntRange(0, 3).Draw(t, "module") == 0 {
			fmt.Fprintf(&b, "    module:\n      m:\n        desired: { f: %s }\n", flowValue(values).Draw(t, "f"))
		}
		return b.String()
	},
}

func flowValue(values *rapid.Generator[string]) *rapid.Generator[string] {
	return values.Filter(func(s string) bool { return s != "" })
}

// What is written for the blocks of a large file is what evaluating them gives in a
// file that is parsed as a whole, to the byte and to the place.
func TestLiteralsProperty(t *testing.T) {
	t.Parallel()
	for _, syntax := range []literalSyntax{hclLiterals, yamlLiterals} {
		t.Run(filepath.Ext(syntax.name), func(t *testing.T) {
			t.Parallel()
			testLiterals(t, syntax)
		})
	}
}

func testLiterals(t *testing.T, syntax literalSyntax) {
	t.Helper()
	dir := t.TempDir()
	used := 0
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SampledFrom(syntax.values[:syntax.usual])
		if rapid.IntRange(0, 2).Draw(t, "odd") == 0 {
			values = rapid.SampledFrom(syntax.values)
		}
		text := syntax.begin
		for i := range rapid.IntRange(1, 4).Draw(t, "devices") {
			label := fmt.Sprintf("d-%d", i)
			if rapid.IntRange(0, 30).Draw(t, "odd label") == 0 {
				label = rapid.SampledFrom([]string{"d-0", "x-1", "true", "a.b", "A:1", "1"}).Draw(t, "label")
			}
			text += syntax.device(t, label, values)
		}
		write(t, filepath.Join(dir, syntax.name), text)
		whole, said := Load(dir, Options{splitAbove: math.MaxInt})
		whole.evaluateAll = true
		parts, saidToo := Load(dir, Options{splitAbove: 1})
		want, wrong := written(whole)
		got, alsoWrong := written(parts)
		if said.HasErrors() || wrong != "" || saidToo.HasErrors() || alsoWrong != "" {
			if (said.HasErrors() || wrong != "") != (saidToo.HasErrors() || alsoWrong != "") {
				t.Fatalf("%s\nas a whole: %v %s\nblock by block: %v %s", text, said, wrong, saidToo, alsoWrong)
			}
			return
		}
		if diff := cmp.Diff(byAddress(want), byAddress(got), cmp.Transformer("text", func(d schema.Doc) string { return string(d) })); diff != "" {
			t.Fatalf("%s\n(-evaluated +written)\n%s", text, diff)
		}
		used += len(literalsOf(parts))
	})
	if used == 0 {
		t.Error("no block was written")
	}
}

// byAddress leaves out the order: blocks that are text come last.
func byAddress(objects []schema.Object) map[schema.Address]schema.Object {
	list := map[schema.Address]schema.Object{}
	for _, o := range objects {
		list[o.Addr] = o
	}
	return list
}

// literalsOf are the blocks of a configuration that are written.
func literalsOf(c *Config) (list []deviceSource) {
	w := walker{Config: c, seen: newKeySet(), kin: newFamily(), emit: func(schema.Object) bool { return true }}
	l := w.literals()
	for _, s := range c.devices {
		if s.block == nil && l.take(s) != nil {
			list = append(list, s)
		}
	}
	return list
}

// Blocks as people write fleets out are written, not evaluated.
func TestLiteralsAreTaken(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a.twin.hcl": `
device "a-1" {
  profiles = ["p"]
  tags     = { site = "x", floor = -3 } // where
  # what it does
  desired = {
    limits = { low = -20.5, high = 85, on = true, "key" = null }
    list   = [
      1, "two",
    ]
  }
  module "m" {
    desired = { interval = 5 }
  }
}
`,
		"a.twin.yaml": `
device:
  # the first
  a-1:
    profiles: [p]
    tags: { site: x, floor: -3 } # where
    desired:
      limits:
        low: -20.5

        version: 4.2.1
        "key": 'text'
      list:
      - 1
      - two
    module:
      m:
        desired: { interval: 5 }
`,
	} {
		t.Run(filepath.Ext(name), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "p.twin.hcl"), []byte("project \"p\" {}\nprofile \"p\" {}\n"))
			writeFile(t, filepath.Join(dir, name), []byte(text))
			c, diags := Load(dir, Options{splitAbove: 1})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if list := literalsOf(c); len(list) != 1 {
				t.Errorf("got %d blocks, want 1 written", len(list))
			}
		})
	}
}

// TestLiteralsOfAFleet: of a fleet that is written out nearly all blocks are looked at
// away from who iterates, and what comes out, and in which order, is what evaluation makes
// of them.
func TestLiteralsOfAFleet(t *testing.T) {
	t.Parallel()
	const files, perFile = 6, 300
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "p.twin.hcl"), []byte("project \"p\" {}\nprofile \"p\" { tags = { role = \"sensor\" } }\n"))
	for f := range files {
		var b strings.Builder
		for i := range perFile {
			floor := []string{"3", "-2.5", `upper("x")`, "null", `"<&>"`}[min(max(0, i%50-45), 4)]
			fmt.Fprintf(&b, "device \"d-%d-%03d\" {\n  profiles = [\"p\"]\n  tags = { site = \"plant-%d\", floor = %s }\n}\n", f, (i*7)%perFile, i%7, floor)
		}
		writeFile(t, filepath.Join(dir, fmt.Sprintf("fleet-%d.twin.hcl", f)), []byte(b.String()))
	}
	load := func() *Config {
		c, diags := Load(dir, Options{splitAbove: 1})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		return c
	}
	slow := load()
	slow.evaluateAll = true
	want, shouldSay := written(slow)
	got, says := written(load())
	if diff := cmp.Diff(want, got); diff != "" || says != shouldSay {
		t.Errorf("says %q, should %q; (-evaluated +written)\n%s", says, shouldSay, diff)
	}
	if len(got) != files*perFile {
		t.Errorf("got %d devices, want %d", len(got), files*perFile)
	}
	c := load()
	w := walker{Config: c}
	l, away := w.literals(), 0
	for b, err := range l.looked(c.devices) {
		if err != nil {
			t.Fatal(err)
		}
		if b.left {
			l.take(b.deviceSource)
		} else {
			away++
		}
	}
	if away == 0 {
		t.Error("no block was written away from who iterates")
	}
}
