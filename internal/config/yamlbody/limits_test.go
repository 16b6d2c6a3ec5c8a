package yamlbody

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config/bounded"
)

// Files that would take hours, gigabytes or the whole stack are refused at once,
// with the place.
func TestRefused(t *testing.T) {
	t.Parallel()
	const n = 1_000_000
	many := func(s string) string { return strings.Repeat(s, n) }
	keys := func(format string) string {
		var b strings.Builder
		for i := range n / 10 {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	tests := []struct {
		name, src string
		json      bool
		want      string
	}{
		{"flow sequences", "a: " + many("["), false, "1:104 Nested too deep"},
		{"flow mappings", "a: " + many("{b: "), false, "1:404 Nested too deep"},
		{"flow mappings with question marks", "a: " + many("{? "), false, "1:304 Nested too deep"},
		{"block sequences", many("- "), false, "1:1 Nested too deep"},
		{"a hundred and one sequences", strings.Repeat("- ", 101) + "a", false, "1:203 Nested too deep"},
		{"JSON arrays", many("["), true, "1:101 Nested too deep"},
		{"JSON objects", many(`{"a":`), true, "1:501 Nested too deep"},
		{"an anchor bomb", bomb(), false, "5:45 Too many YAML aliases"},
		{"many aliases", "a: &a 1\nb: [" + many("*a,") + "]", false, "2:30005 Too many YAML aliases"},
		{"an unknown alias in many comments", many("# *a\n") + "b: *a\n", false, "1:1 Invalid YAML"},
		{"a deep template", `a: "${` + many("[") + `"`, false, "1:206 Nested too deep"},
		{"a deep JSON template", `{"a": "${` + many("[") + `"}`, true, "1:209 Nested too deep"},
		{"a long key", "? " + many("a") + "\n: 1\n", false, "1:3 Name too long"},
		{"a long JSON key", `{"` + many("a") + `": 1}`, true, "1:2 Name too long"},
		{"a huge number", "a: 1e999999999", false, "1:4 Number out of range"},
		{"a long number", "a: " + many("1"), false, "1:4 Number out of range"},
		{"a huge JSON number", `{"a": -1e999999999}`, true, "1:7 Number out of range"},
		{"values on a line", "a: [" + strings.Repeat(many("1,"), 4) + "]", false, "1:1 Configuration too large"},
		{"JSON values", "[" + strings.Repeat(many("1,"), 4) + "1]", true, "1:1 Configuration too large"},
		{"documents", strings.Repeat(many("---\n"), 4), false, "1:1 Configuration too large"},
		{"size", "#" + strings.Repeat("x", bounded.MaxFile), false, "1:1 File too large"},
		{"a late mistake", keys("a%d: 1\n") + "b: c: d\n", false, "100001:1 Invalid YAML"},
		{"unknown keys", keys("a%d: 1\n"), false, "1:1 Unsupported argument"},
		{"repeated keys", many("a: 1\n"), false, "2:1 Duplicate key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			parse := Parse
			if tt.json {
				parse = ParseJSON
			}
			file, diags := parse([]byte(tt.src), "f")
			if _, more := file.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "name"}}}); !diags.HasErrors() {
				diags = more
			}
			if len(diags) == 0 || len(diags) > bounded.MaxErrors {
				t.Fatalf("got %d diagnostics", len(diags))
			}
			at := diags[0].Subject.Start
			if got := fmt.Sprintf("%d:%d %s", at.Line, at.Column, diags[0].Summary); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if took := time.Since(start); took > far {
				t.Errorf("took %s, want far less", took)
			}
		})
	}
}

// far is what reading must stay below. It takes seconds, and ten times that under the
// race detector on a busy machine; what looks at a long line anew for each of its values
// takes a quarter of an hour.
const far = 5 * time.Minute

// bomb is the billion laughs.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 lol\n")
	for i := range 12 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return b.String()
}

// A file of one long line has its places as exactly as any other, and soon.
func TestLongLine(t *testing.T) {
	t.Parallel()
	const n = 30_000
	for name, key := range map[string]string{"ascii": "k", "not ascii": "ключ"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, `,"%s%06d":{"a":[1,"é"]}`, key, i)
			}
			src := []byte("{" + b.String()[1:] + "}")
			start := time.Now()
			for _, parse := range []func([]byte, string) (*hcl.File, hcl.Diagnostics){Parse, ParseJSON} {
				file, diags := parse(src, "f")
				attrs, more := file.Body.JustAttributes()
				if diags.HasErrors() || more.HasErrors() || len(attrs) != n {
					t.Fatalf("got %d arguments, want %d: %v %v", len(attrs), n, diags, more)
				}
				width := len([]rune(key)) + len(`,"000000":{"a":[1,"é"]}`) - 1
				for i := 0; i < n; i += 999 {
					a := attrs[fmt.Sprintf("%s%06d", key, i)]
					if got, want := a.NameRange.Start.Column, i*width+2; got != want {
						t.Fatalf("key %d: got column %d, want %d", i, got, want)
					}
				}
			}
			if took := time.Since(start); took > far {
				t.Errorf("took %s, want far less", took)
			}
		})
	}
}

// TestMemory: the tree of a large file takes less than half a kilobyte for each
// value.
func TestMemory(t *testing.T) {
	const n = 400_000
	for name, parse := range map[string]func([]byte, string) (*hcl.File, hcl.Diagnostics){"yaml": Parse, "json": ParseJSON} {
		src := []byte(`{"a":[` + strings.Repeat(`{"b":1},`, n/3) + `0]}`)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		file, diags := parse(src, "f")
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if each := (after.HeapAlloc - before.HeapAlloc) / n; each > 500 {
			t.Errorf("%s: got %d bytes for each value, want less", name, each)
		}
		runtime.KeepAlive(file)
	}
}

// A byte order mark is no part of the text, and line breaks of Windows are line
// breaks.
func TestMarksOfEditors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		src   string
		parse func([]byte, string) (*hcl.File, hcl.Diagnostics)
	}{
		"yaml": {"\ufeffa: 1\r\nb: ${x}\r\n", Parse},
		"json": {"\ufeff{\"a\": 1,\r\n\"b\": \"${x}\"}\r\n", ParseJSON},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, diags := c.parse([]byte(c.src), "f")
			attrs, more := file.Body.JustAttributes()
			if diags.HasErrors() || more.HasErrors() || len(attrs) != 2 {
				t.Fatal(attrs, diags, more)
			}
			for _, a := range attrs {
				if text := strings.Trim(string(a.NameRange.SliceBytes([]byte(c.src))), `"`); text != a.Name {
					t.Errorf("got %q at the place of %q", text, a.Name)
				}
			}
			if at := attrs["b"].NameRange.Start; at.Line != 2 || at.Column != 1 {
				t.Errorf("b: got line %d column %d, want line 2 column 1", at.Line, at.Column)
			}
			want := map[string]int{"yaml": 1, "json": 2}[name]
			if at := attrs["a"].NameRange.Start; at.Line != 1 || at.Column != want {
				t.Errorf("a: got line %d column %d, want line 1 column %d", at.Line, at.Column, want)
			}
		})
	}
}
