//go:build unix && !race

package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// hostile is a project that wants to break whoever reads it.
type hostile struct {
	name  string
	files map[string]string
	links map[string]string // symbolic links, by name
	want  string            // FILE:LINE,COLUMN SUMMARY of the first error; empty when it is read as usual
	says  string            // a part of the detail
}

// TestHostile: such a project gets an error with its place, soon and in bounded
// memory, and a message that a terminal can show. It does not run beside other
// tests, because it measures what it allocates, and not with the race detector,
// which multiplies both time and memory and has nothing to find in one goroutine.
func TestHostile(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	writeFile(t, secret, []byte("root:x:0:0\n"))
	for _, group := range [][]hostile{
		hostileLinks(secret), hostileSizes(), hostileDepths(), hostileBytes(), hostileNames(), hostileValues(), hostileFunctions(), hostileTemplates(),
	} {
		for _, h := range group {
			t.Run(h.name, func(t *testing.T) { h.run(t) })
		}
	}
}

// What a hostile project may cost, in processor time and memory. Most take a
// hundredth of it.
const (
	hostileTime   = 10 * time.Second
	hostileMemory = 5 << 29
	hostileOutput = 200 << 10
)

func (h hostile) run(t *testing.T) {
	dir := project(t, h.files)
	if h.files["p.twin.hcl"] == "" {
		writeFile(t, filepath.Join(dir, "p.twin.hcl"), []byte("project \"p\" {}\n"))
	}
	for name, target := range h.links {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	h.check(t, dir)
}

func (h hostile) check(t *testing.T, dir string) {
	t.Helper()
	peak := watchMemory()
	start := processorTime()
	c, _ := Load(dir, Options{})
	diags := c.Check()
	var out bytes.Buffer
	if err := WriteDiagnostics(&out, c.Files(), diags, 0, false); err != nil {
		t.Fatal(err)
	}
	took := processorTime() - start
	if used := peak(); used > hostileMemory {
		t.Errorf("got %d MB of memory in use, want less", used>>20)
	}
	if took > hostileTime {
		t.Errorf("took %s, want far less", took)
	}
	if out.Len() > hostileOutput {
		t.Errorf("got %d KB of messages, want less", out.Len()>>10)
	}
	h.compare(t, diags)
}

// watchMemory begins to look at the memory in use. What it returns ends that,
// and tells the most that it saw more than at the beginning.
func watchMemory() (peak func() uint64) {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	read := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64() + sample[1].Value.Uint64()
	}
	first := read()
	most, stop, done := first, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			most = max(most, read())
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return most - first
	}
}

func (h hostile) compare(t *testing.T, diags hcl.Diagnostics) {
	t.Helper()
	if h.want == "" {
		if diags.HasErrors() {
			t.Errorf("got %.500s, want it read as usual", diags.Error())
		}
		return
	}
	if len(diags) == 0 {
		t.Fatalf("got no error, want %q", h.want)
	}
	d := diags[0]
	if d.Subject == nil {
		t.Fatalf("got %s: %.300s, without a place", d.Summary, d.Detail)
	}
	got := fmt.Sprintf("%s:%d,%d %s", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column, d.Summary)
	if got != h.want || !strings.Contains(d.Detail, h.says) {
		t.Errorf("got %q: %.300s\nwant %q: %s", got, d.Detail, h.want, h.says)
	}
}

// of is a project with a file beside the project block.
func of(name, text string) map[string]string { return map[string]string{name: text} }

// evaluated is a project that evaluates an expression, which may read a file d.
func evaluated(expr, data string) map[string]string {
	return map[string]string{"x.twin.hcl": "locals {\n  x = " + expr + "\n}\n", "d": data}
}

func hostileLinks(secret string) []hostile {
	link := func(target string) map[string]string { return map[string]string{"l": target} }
	return []hostile{
		{name: "configuration is a link out of the root", links: map[string]string{"x.twin.hcl": secret}, want: "x.twin.hcl:1,1 Cannot read file", says: "escapes"},
		{name: "configuration is a link to itself", links: map[string]string{"x.twin.yaml": "x.twin.yaml"}, want: "x.twin.yaml:1,1 Cannot read file", says: "too many"},
		{name: "configuration is a directory", files: of("x.twin.hcl/a", "1"), want: "x.twin.hcl:1,1 Cannot read file", says: "this is a directory, not a file"},
		{name: "variables are a directory", files: of("x.auto.vars.yaml/a", "1"), want: "x.auto.vars.yaml:1,1 Cannot read file", says: "this is a directory"},
		{name: "data is a link out of the root", files: evaluated(`file("l")`, ""), links: link(secret), want: "x.twin.hcl:2,13 Invalid function argument", says: "escapes"},
		{name: "data is a link to a directory out of the root", files: evaluated(`file("l/secret")`, ""), links: link(filepath.Dir(secret)), want: "x.twin.hcl:2,13 Invalid function argument", says: "escapes"},
		{name: "digest of a link out of the root", files: evaluated(`filesha256("l")`, ""), links: link(secret), want: "x.twin.hcl:2,19 Invalid function argument", says: "escapes"},
		{name: "template is a link out of the root", files: evaluated(`templatefile("l", {})`, ""), links: link(secret), want: "x.twin.hcl:2,21 Invalid function argument", says: "escapes"},
		{name: "table is a link out of the root", files: of("x.twin.hcl", "device \"d\" {\n  for_each = csvmap(\"l\", \"id\")\n}\n"), links: link(secret), want: "x.twin.hcl:2,22 Invalid function argument", says: "escapes"},
		{name: "existence of a link out of the root", files: evaluated(`fileexists("l")`, ""), links: link(secret), want: "x.twin.hcl:2,19 Invalid function argument", says: "escapes"},
		{name: "set with a link out of the root", files: evaluated(`fileset(".", "l*")`, ""), links: link(secret), want: "x.twin.hcl:2,16 Invalid function argument", says: "escapes"},
		{name: "set out of the root", files: evaluated(`fileset("..", "*")`, ""), want: "x.twin.hcl:2,16 Invalid function argument", says: "leads out of"},
		{name: "pattern out of the root", files: evaluated(`fileset(".", "a/../../*")`, ""), want: "x.twin.hcl:2,21 Invalid function argument", says: "leads out of"},
		{name: "set with a circle of links", files: evaluated(`length(fileset(".", "**/*"))`, ""), links: map[string]string{"a": ".", "b": "b"}, want: "x.twin.hcl:2,23 Invalid function argument", says: "too many"},
		{name: "data is a link to itself", files: evaluated(`file("l")`, ""), links: link("l"), want: "x.twin.hcl:2,13 Invalid function argument", says: "too many"},
		{name: "data is a directory", files: evaluated(`file(".")`, ""), want: "x.twin.hcl:2,13 Invalid function argument", says: "this is a directory"},
		{name: "absolute path", files: evaluated(`file("/etc/passwd")`, ""), want: "x.twin.hcl:2,13 Invalid function argument", says: "leads out of"},
		{name: "include out of the repository", files: of("x.twin.hcl", "include { path = \"../../../../../../../etc\" }\n"), want: "x.twin.hcl:1,18 Invalid include"},
	}
}

func hostileSizes() []hostile {
	const big = 100 << 20
	line := strings.Repeat("x", big)
	rows := map[string]string{"x.twin.hcl": "device \"d\" {\n  for_each = csvmap(\"d.csv\", \"id\")\n}\n", "d.csv": line}
	fits := strings.Repeat("x", 4<<20)
	return []hostile{
		{name: "100 MB line of HCL", files: of("x.twin.hcl", line), want: "x.twin.hcl:1,1 File too large"},
		{name: "100 MB line of YAML", files: of("x.twin.yaml", line), want: "x.twin.yaml:1,1 File too large"},
		{name: "100 MB line of JSON", files: of("x.twin.json", line), want: "x.twin.json:1,1 File too large"},
		{name: "100 MB line of variables", files: of("x.auto.vars.json", line), want: "x.auto.vars.json:1,1 File too large"},
		{name: "100 MB line of CSV, read row by row", files: rows, want: "x.twin.hcl:2,22 Invalid function argument", says: "a line is longer than 1 MiB"},
		{name: "10 MB line of CSV", files: evaluated(`csvdecode(file("d"))`, line[:10<<20]), want: "x.twin.hcl:2,17 Invalid function argument", says: "no data row"},
		{name: "long string in HCL", files: of("x.twin.hcl", "locals {\n  x = \""+fits+"\"\n}\n")},
		{name: "mistake behind a long string in HCL", files: of("x.twin.hcl", "locals {\n  x = [\""+fits+"\", y]\n}\n"), want: "x.twin.hcl:2,4194316 Unknown variable"},
		{name: "mistake behind a long string in YAML", files: of("x.twin.yaml", "locals: {x: [\""+fits+"\", \"${y}\"]}\n"), want: "x.twin.yaml:1,4194325 Unknown variable"},
		{name: "mistake behind a long string in JSON", files: of("x.twin.json", "{\"locals\": {\"x\": [\""+fits+"\", \"${y}\"]}}\n"), want: "x.twin.json:1,4194330 Unknown variable"},
		{name: "20 million list members in HCL", files: of("x.twin.hcl", "locals {\n  x = ["+strings.Repeat("1,", 20<<20)+"]\n}\n"), want: "x.twin.hcl:2,2000002 Configuration too large"},
		{name: "20 million list members in YAML", files: of("x.twin.yaml", "locals: {x: ["+strings.Repeat("1,", 20<<20)+"1]}\n"), want: "x.twin.yaml:1,1 Configuration too large"},
		{name: "20 million list members in JSON", files: of("x.twin.json", `{"locals": {"x": [`+strings.Repeat("1,", 20<<20)+"1]}}\n"), want: "x.twin.json:1,1 Configuration too large"},
	}
}

func hostileDepths() []hostile {
	const n = 1_000_000
	many := func(s string) string { return strings.Repeat(s, n) }
	return []hostile{
		{name: "lists in HCL", files: of("x.twin.hcl", "locals {\n  x = "+many("[")+many("]")+"\n}\n"), want: "x.twin.hcl:2,206 Nested too deep"},
		{name: "blocks in HCL", files: of("x.twin.hcl", many("device \"d\" {\n")), want: "x.twin.hcl:201,8 Nested too deep"},
		{name: "parentheses in HCL", files: of("x.twin.hcl", "locals {\n  x = "+many("(")+"1"+many(")")+"\n}\n"), want: "x.twin.hcl:2,206 Nested too deep"},
		{name: "minus signs in HCL", files: of("x.twin.hcl", "locals {\n  x = "+many("-")+"1\n}\n"), want: "x.twin.hcl:2,5006 Expression too long"},
		{name: "conditionals in HCL", files: of("x.twin.hcl", "locals {\n  x = "+many("true ? 1 : ")+"1\n}\n"), want: "x.twin.hcl:2,27505 Expression too long"},
		{name: "flow sequences in YAML", files: of("x.twin.yaml", "locals: {x: "+many("[")+many("]")+"}\n"), want: "x.twin.yaml:1,112 Nested too deep"},
		{name: "block sequences in YAML", files: of("x.twin.yaml", "locals:\n  x:\n  "+many("- ")+"1\n"), want: "x.twin.yaml:2,3 Nested too deep"},
		{name: "arrays in JSON", files: of("x.twin.json", `{"locals": {"x": `+many("[")+many("]")+"}}\n"), want: "x.twin.json:1,116 Nested too deep"},
		{name: "decoded JSON", files: evaluated(`jsondecode(file("d"))`, many("[")+many("]")), want: "x.twin.hcl:2,18 Invalid function argument", says: "nests more than 100 levels"},
		{name: "decoded YAML", files: evaluated(`yamldecode(file("d"))`, many("[")+many("]")), want: "x.twin.hcl:2,18 Invalid function argument", says: "Nested too deep"},
		{name: "template", files: evaluated(`templatefile("d", {})`, many("%{if true}")), want: "x.twin.hcl:2,7 Error in function call", says: "d:1,"},
		{name: "splats", files: of("x.twin.hcl", "locals {\n  x = 1"+strings.Repeat("[*]", 2000)+"\n}\n"), want: "x.twin.hcl:2,7 Value too large", says: "levels deep"},
		{name: "chain of local values", files: of("x.twin.hcl", chain("  l%d = [local.l%d]\n", 20_000)), want: "x.twin.hcl:103,10 Value too large", says: "levels deep"},
		{name: "long chain of local values", files: of("x.twin.hcl", chain("  l%d = local.l%d\n", 50_000))},
	}
}

// chain declares values that each refer to the one before.
func chain(format string, n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  l0 = 1\n")
	for i := range n {
		fmt.Fprintf(&b, format, i+1, i)
	}
	return b.String() + "}\n"
}

func hostileBytes() []hostile {
	const n = 10 << 20
	return []hostile{
		{name: "not UTF-8 in HCL", files: of("x.twin.hcl", "locals {\n  x = \"\xff\"\n}\n"), want: "x.twin.hcl:2,8 Invalid character encoding"},
		{name: "not UTF-8 in YAML", files: of("x.twin.yaml", "locals:\n  x: \xff\n"), want: "x.twin.yaml:2,6 Invalid character encoding"},
		{name: "not UTF-8 in JSON", files: of("x.twin.json", "{\"locals\":\n  {\"x\": \"\xff\"}}\n"), want: "x.twin.json:2,10 Invalid character encoding"},
		{name: "not UTF-8 in data", files: evaluated(`file("d")`, "\xff\xfe"), want: "x.twin.hcl:2,13 Invalid function argument", says: "not UTF-8"},
		{name: "10 MB of no UTF-8", files: of("x.twin.hcl", strings.Repeat("\xff", n)), want: "x.twin.hcl:1,1 Invalid character encoding"},
		{name: "NUL in HCL", files: of("x.twin.hcl", "locals {\n  x = \x00\n}\n"), want: "x.twin.hcl:2,7 Invalid character"},
		{name: "NUL in YAML", files: of("x.twin.yaml", "locals:\n  x: \x00\n"), want: "x.twin.yaml:2,6 Invalid character"},
		{name: "NUL in JSON", files: of("x.twin.json", "{\"locals\":\n  {\"x\": \x00}}\n"), want: "x.twin.json:2,9 Invalid JSON"},
		{name: "10 MB of NUL in HCL", files: of("x.twin.hcl", strings.Repeat("\x00", n)), want: "x.twin.hcl:1,101 Invalid character"},
		{name: "10 MB of NUL in YAML", files: of("x.twin.yaml", strings.Repeat("\x00", n)), want: "x.twin.yaml:1,1 Invalid character"},
		{name: "10 MB of NUL in CSV", files: evaluated(`csvmap("d", "id")`, strings.Repeat("\x00", n)), want: "x.twin.hcl:2,15 Invalid function argument", says: "a line is longer"},
		{name: "comments that do not end", files: of("x.twin.hcl", strings.Repeat("/* ", n/3)), want: "x.twin.hcl:1,1 Unterminated comment"},
		{name: "quotes that do not end", files: of("x.twin.hcl", "locals {\n  x = \""+strings.Repeat("\n", n)), want: "x.twin.hcl:2,8 Invalid multi-line string"},
		{name: "byte order mark and CRLF in HCL", files: of("x.twin.hcl", "\ufefflocals {\r\n  x = y\r\n}\r\n"), want: "x.twin.hcl:2,7 Unknown variable"},
		{name: "byte order mark and CRLF in YAML", files: of("x.twin.yaml", "\ufefflocals:\r\n  x: ${y}\r\n"), want: "x.twin.yaml:2,8 Unknown variable"},
		{name: "byte order mark and CRLF in JSON", files: of("x.twin.json", "\ufeff{\"locals\":\r\n  {\"x\": \"${y}\"}}\r\n"), want: "x.twin.json:2,12 Unknown variable"},
	}
}

func hostileNames() []hostile {
	const n = 1_000_000
	name := strings.Repeat("a", n)
	attributes := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	return []hostile{
		{name: "long argument in HCL", files: of("x.twin.hcl", "device \"d\" {\n  "+name+" = 1\n}\n"), want: "x.twin.hcl:2,3 Name too long"},
		{name: "long reference in HCL", files: of("x.twin.hcl", "locals {\n  x = var."+name+"\n}\n"), want: "x.twin.hcl:2,11 Name too long"},
		{name: "long label in HCL", files: of("x.twin.hcl", "device \""+name+"\" {}\n"), want: "x.twin.hcl:1,1 Invalid id"},
		{name: "long key in YAML", files: of("x.twin.yaml", "device:\n  d:\n    ? "+name+"\n    : 1\n"), want: "x.twin.yaml:3,7 Name too long"},
		{name: "long key in JSON", files: of("x.twin.json", "{\"device\": {\"d\":\n  {\""+name+"\": 1}}}\n"), want: "x.twin.json:2,4 Name too long"},
		{name: "a million arguments in HCL", files: of("x.twin.hcl", "device \"d\" {\n"+attributes(n, "  a%d = 1\n")+"}\n"), want: "x.twin.hcl:500000,13 Configuration too large"},
		{name: "many arguments in HCL", files: of("x.twin.hcl", "device \"d\" {\n"+attributes(n/4, "  a%d = 1\n")+"}\n"), want: "x.twin.hcl:2,3 Unsupported argument"},
		{name: "many arguments in YAML", files: of("x.twin.yaml", "device:\n  d:\n"+attributes(n/4, "    a%d: 1\n")), want: "x.twin.yaml:3,5 Unsupported argument"},
		{name: "many equal arguments in HCL", files: of("x.twin.hcl", "device \"d\" {\n"+strings.Repeat("  a = 1\n", n/4)+"}\n"), want: "x.twin.hcl:3,3 Attribute redefined"},
		{name: "many members in HCL", files: of("x.twin.hcl", "locals {\n  x = {\n"+attributes(n/4, "    a%d = 1\n")+"  }\n}\n")},
	}
}

func hostileValues() []hostile {
	laughs := func(format string, n int) string {
		return strings.ReplaceAll(chain(format, n), "  l0 = 1\n", "  l0 = \"lol\"\n")
	}
	device := "device \"d\" {\n  desired = { x = local.l20 }\n}\n"
	var bomb strings.Builder
	bomb.WriteString("locals:\n  a0: &a0 lol\n")
	for i := range 12 {
		fmt.Fprintf(&bomb, "  a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return []hostile{
		{name: "doubling lists", files: of("x.twin.hcl", laughs("  l%d = [local.l%[2]d, local.l%[2]d]\n", 40)), want: "x.twin.hcl:23,9 Value too large", says: "values"},
		{name: "doubling text", files: of("x.twin.hcl", laughs("  l%d = \"${local.l%[2]d}${local.l%[2]d}\"\n", 60)), want: "x.twin.hcl:28,9 Value too large", says: "text"},
		{name: "large value in a twin", files: of("x.twin.hcl", laughs("  l%d = [local.l%[2]d, local.l%[2]d]\n", 20)+device), want: "x.twin.hcl:25,13 Value too large", says: "more than 100000 values"},
		{name: "a billion laughs in YAML", files: of("x.twin.yaml", bomb.String()), want: "x.twin.yaml:6,47 Too many YAML aliases"},
		{name: "a billion laughs in decoded YAML", files: evaluated(`yamldecode(file("d"))`, bomb.String()), want: "x.twin.hcl:2,18 Invalid function argument", says: "Too many YAML aliases"},
		{name: "thousands of aliases", files: of("x.twin.yaml", "locals:\n  a: &a 1\n  b: ["+strings.Repeat("*a,", 100_000)+"]\n"), want: "x.twin.yaml:3,30007 Too many YAML aliases"},
		{name: "huge number", files: of("x.twin.hcl", "locals {\n  x = \"${1e600000000}\"\n}\n"), want: "x.twin.hcl:2,10 Number out of range"},
		{name: "for_each of a huge range", files: of("x.twin.hcl", "device \"d\" {\n  for_each = toset(range(0, 1e9))\n}\n"), want: "x.twin.hcl:2,20 Error in function call", says: "more than 1024 values"},
	}
}

func hostileFunctions() []hostile {
	calls := func(name, expr, data, want, says string) hostile {
		if want != "" {
			want = "x.twin.hcl:" + want
		}
		return hostile{name: name, files: evaluated(expr, data), want: want, says: says}
	}
	long := strings.Repeat("a", 1<<20)
	return []hostile{
		calls("width", `format("%1000000000d", 1)`, "", "2,15 Invalid function argument", "a width or precision may be"),
		calls("widths", `format(replace("`+strings.Repeat("x", 1000)+`", "x", "%90000d"), 1)`, "", "2,7 Error in function call", "more than 16 MB"),
		calls("format many times", `format(replace("`+strings.Repeat("x", 1000)+`", "x", "%[1]s"), file("d"))`, long, "2,7 Error in function call", "more than 16 MB"),
		calls("indentation", `indent(1e9, "a\nb")`, "", "2,14 Invalid function argument", "an indentation may be"),
		calls("indentation of many lines", `indent(90000, file("d"))`, strings.Repeat("\n", 100_000), "2,7 Error in function call", "more than 16 MB"),
		calls("join", `join(file("d"), range(1000))`, long, "2,7 Error in function call", "more than 16 MB"),
		calls("replacement", `replace(file("d"), "a", file("d"))`, long, "2,7 Error in function call", "more than 16 MB"),
		calls("replacement of nothing", `replace(file("d"), "", file("d"))`, long, "2,7 Error in function call", "more than 16 MB"),
		calls("replacement of a pattern", `replace(file("d"), "/a/", "$0$0$0")`, strings.Repeat("a", 100<<10), "2,27 Invalid function argument", "reasonable time"),
		calls("expansion of a match", `replace(file("d"), "/^a*/", "`+strings.Repeat("$0", 100)+`")`, long, "2,7 Error in function call", "more than 16 MB"),
		calls("pieces", `split("", file("d"))`, strings.Repeat("a", 20<<20), "2,17 Invalid function argument", "members"),
		calls("product", `setproduct(range(1000), range(1000), range(1000))`, "", "2,7 Error in function call", "the product has more than"),
		calls("power", `pow(10, 1e9)`, "", "2,7 Error in function call", "infinite"),
		calls("pattern over much text", `regex("(a{0,1000}){0,1}b$", file("d"))`, strings.Repeat("a", 10<<20), "2,35 Invalid function argument", "reasonable time"),
		calls("quadratic pattern", `length(regexall("a*b|a", file("d")))`, strings.Repeat("a", 100<<10), "2,32 Invalid function argument", "reasonable time"),
		calls("long pattern", `can(regex(file("d"), ""))`, strings.Repeat("(a|b)*", 10<<20), "", ""),
		calls("different values", `length(distinct(split(",", file("d"))))`, strings.Repeat("a,", 200_000), "", ""),
		calls("table as one value", `csvdecode(file("d"))`, "a,b\n"+strings.Repeat("1,2\n", 1_000_000), "2,17 Invalid function argument", "more than 1000000 fields"),
		calls("number of a million digits", `tonumber(file("d"))`, strings.Repeat("1", 1_000_000), "2,16 Invalid function argument", "characters"),
		calls("parsed number of a million digits", `parseint(file("d"), 10)`, strings.Repeat("1", 1_000_000), "2,16 Invalid function argument", "characters"),
		calls("pattern of paths", `fileset(".", "`+strings.Repeat("**/", 3000)+`x")`, "", "", ""),
		calls("long pattern of paths", `fileset(".", "`+strings.Repeat("**/", 5000)+`x")`, "", "2,21 Invalid function argument", "bytes"),
	}
}

func hostileTemplates() []hostile {
	return []hostile{
		{name: "template that renders itself", files: evaluated(`templatefile("d", {})`, `${templatefile("d", {})}`), want: "x.twin.hcl:2,7 Error in function call", says: "a template cannot render another one"},
		{name: "template that looks around", files: evaluated(`templatefile("d", { a = 1 })`, "${a}\n ${local.x}"), want: "x.twin.hcl:2,7 Error in function call", says: "d:2,4-9: Unknown variable"},
		{name: "template with a mistake", files: evaluated(`templatefile("d", {})`, "a\n${1 +}"), want: "x.twin.hcl:2,7 Error in function call", says: "d:2,6-7: "},
		{name: "template of secrets", files: evaluated(`templatefile("d", {})`, `${file("../secret")}`), want: "x.twin.hcl:2,7 Error in function call", says: "leads out of"},
	}
}
