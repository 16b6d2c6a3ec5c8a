package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/tools/txtar"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		src  string
		want []string // nil: not to be split
	}{
		"blocks":        {"a {}\n\n  b \"x\" {\n  c = 1\n}\n", []string{"a {}\n", "b \"x\" {\n  c = 1\n}\n"}},
		"comments":      {"# a {\na {} // }\n/* b\n{ */\nc = [\n1 # ]\n]\n", []string{"a {} // }\n", "c = [\n1 # ]\n]\n"}},
		"no last break": {"a {}", []string{"a {}"}},
		"strings":       {`a = "}\" ${ { x = "}" }.x } $${ %%{"` + "\nb {}\n", []string{`a = "}\" ${ { x = "}" }.x } $${ %%{"` + "\n", "b {}\n"}},
		"heredoc":       {"a = <<-E\n  } ${ \"E\" }\n  E\nb {}\n", []string{"a = <<-E\n  } ${ \"E\" }\n  E\n", "b {}\n"}},
		"inner heredoc": {"a {\n  b = <<E\n}\nE\n}\nc {}\n", []string{"a {\n  b = <<E\n}\nE\n}\n", "c {}\n"}},
		"unbalanced":    {"a {\n", nil},
		"wrong bracket": {"a = [}\n", nil},
		"open string":   {"a = \"x\nb {}\n", nil},
		"open comment":  {"a {}\n/* b", nil},
		"open heredoc":  {"a = <<E\nx\n", nil},
		"no name":       {"= 1\n", nil},
		"deep":          {"a = " + strings.Repeat("[", 1e6), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chunks, ok := split([]byte(c.src))
			var got []string
			for _, k := range chunks {
				got = append(got, c.src[k.start:k.end])
			}
			if ok != (c.want != nil) {
				t.Fatalf("got %q, %v", got, ok)
			}
			if diff := cmp.Diff(c.want, got); ok && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzSplit compares the chunks, parsed one by one, with the whole file: they
// hold the same blocks and attributes at the same places, or have mistakes too.
func FuzzSplit(f *testing.F) {
	cases, err := filepath.Glob("testdata/parity/*.txtar")
	if err != nil || len(cases) == 0 {
		f.Fatal("no corpus", err)
	}
	for _, path := range cases {
		a, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if file.Name == "in.hcl" {
				f.Add(file.Data)
			}
		}
	}
	f.Add([]byte("a = <<-E\n  } ${ \"E\" }\n%{ if true ~}\nE\n%{ endif }\nE\n  E\nb {}\n"))
	f.Add([]byte("a = \"é\" # é\nb \"é\" é {\n}\r\n/* */ c {}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		chunks, ok := split(src)
		if !ok {
			return
		}
		whole, wrong := outline(src, hcl.InitialPos)
		var parts []string
		partsWrong := false
		attributes := map[string]bool{}
		for _, c := range chunks {
			items, bad := outline(src[c.start:c.end], c.pos())
			parts, partsWrong = append(parts, items...), partsWrong || bad
			for _, item := range items {
				if name, ok := strings.CutPrefix(item, "attribute "); ok {
					name, _, _ = strings.Cut(name, " ")
					partsWrong = partsWrong || attributes[name] // only the whole shows that there are two
					attributes[name] = true
				}
			}
		}
		if wrong != partsWrong {
			t.Fatalf("the whole file is wrong: %v; its parts are: %v", wrong, partsWrong)
		}
		slices.Sort(whole)
		slices.Sort(parts)
		if diff := cmp.Diff(whole, parts); !wrong && diff != "" {
			t.Error(diff)
		}
	})
}

// outline lists the items of a file with their places.
func outline(src []byte, start hcl.Pos) (items []string, wrong bool) {
	f, diags := hclsyntax.ParseConfig(src, "f", start)
	body, ok := f.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		return nil, true
	}
	attrs := make([]string, 0, len(body.Attributes))
	for _, name := range sortedNames(body.Attributes) {
		a := body.Attributes[name]
		attrs = append(attrs, fmt.Sprint("attribute "+name+" ", a.SrcRange, a.Expr.Range()))
	}
	for _, b := range body.Blocks {
		items = append(items, fmt.Sprint("block ", b.Type, b.Labels, b.TypeRange, b.LabelRanges, b.Body.SrcRange, b.CloseBraceRange))
	}
	return append(items, attrs...), false
}

// What is wrong is said in the same words, however the file is read.
func TestBlockByBlockSaysTheSame(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"label again":           "device \"d\" {\n}\ndevice \"d\" {\n  module \"m\" {}\n  module \"m\" {}\n}\n",
		"label again, inline":   "device \"d\" {\n}\ndevice \"d\" {}\n",
		"inline, label again":   "device \"d\" {}\ndevice \"d\" {\n}\n",
		"unknown argument":      "device \"d\" {\n  tag = {}\n}\n",
		"wrong value":           "device \"d\" {\n  tags = \"x\"\n}\n",
		"syntax inside a block": "device \"d\" {\n  tags = {\n    a = = 1\n  }\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := map[string][]byte{}
			_, _, whole := loadCase(t, in, "hcl", []byte("project \"p\" {}\n"+src), 0)
			_, _, parts := loadCase(t, in, "hcl", []byte("project \"p\" {}\n"+src), 1)
			if diff := cmp.Diff(whole, parts); diff != "" || whole == "" {
				t.Errorf("whole file (-), block by block (+):\n%s", diff)
			}
		})
	}
}
