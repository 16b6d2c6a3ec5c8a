package convert

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

func TestConvert(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, from string
		to         Syntax
		src, want  string
		warnings   []string // "line: summary"
	}{
		{
			name: "quotes", from: "a.twin.hcl", to: YAML,
			src: `locals {
  a = "plain text"
  b = "1.5"
  c = "yes"
  d = "a: b"
  e = "say \"hi\""
  f = "it's ${var.x}"
  g = "${var.x}-${var.y.z}"
  h = upper("x")
  i = "two\nlines"
  j = ""
  k = "$${x} %%{y}"
  l = "2024-01-01"
  m = [1, "${var.x}", "a, b"]
  p = "x #y"
  o = "\u0001"
  q = "1e99999"
}
`,
			want: `locals:
  a: plain text
  b: "1.5"
  c: "yes"
  d: "a: b"
  e: say "hi"
  f: it's ${var.x}
  g: ${var.x}-${var.y.z}
  h: '${upper("x")}'
  i: "two\nlines"
  j: ""
  k: $${x} %%{y}
  l: "2024-01-01"
  m: [1, '${var.x}', "a, b"]
  p: "x #y"
  o: "\u0001"
  q: "1e99999"
`,
		},
		{
			name: "heredocs", from: "a.twin.hcl", to: YAML,
			src: "locals {\n  a = <<-EOT\n    one ${var.x}\n      two\n\n    three\n  EOT\n  b = <<EOT\n  all lines\n  indented\nEOT\n}\n",
			want: `locals:
  a: |
    one ${var.x}
      two

    three
  b: |2
      all lines
      indented
`,
		},
		{
			name: "block scalars", from: "a.twin.yaml", to: HCL,
			src: "locals:\n  a: |\n    one\n      two\n  b: |2\n      all lines\n      indented\n  c: >-\n    folded\n    text\n  d: |\n    EOT \\ \"q\"\n",
			want: `locals {
  a = <<-EOT
    one
      two
  EOT
  b = <<EOT
  all lines
  indented
EOT
  c = "folded text"
  d = <<-EOT2
    EOT \ "q"
  EOT2
}
`,
		},
		{
			name: "static arguments", from: "a.twin.hcl", to: YAML,
			src:  "variable \"v\" {\n  type = object({ a = string,b=optional(number,1) })\n}\n",
			want: "variable:\n  v:\n    type: object({ a = string, b = optional(number, 1) })\n",
		},
		{
			name: "repeated blocks", from: "a.twin.hcl", to: YAML,
			src:  "variable \"v\" {\n  validation {\n    condition = true\n    error_message = \"a\"\n  }\n  # second\n  validation {\n    condition = true\n    error_message = \"b\"\n  }\n}\nlocals {}\nvariable \"w\" {}\n",
			want: "variable:\n  v:\n    validation:\n      - condition: true\n        error_message: a\n      # second\n      - condition: true\n        error_message: b\n\n  w: {}\n\nlocals: {}\n",
		},
		{
			name: "expressions over lines", from: "a.twin.hcl", to: YAML,
			src:  "locals {\n  a = {\n    for k, v in var.m : # each\n    k => v\n  }\n  b = [\n    1\n    + 2,\n  ]\n}\n",
			want: "locals:\n  a: |-\n    ${{\n      for k, v in var.m : # each\n      k => v\n    }}\n  b:\n    - |-\n      ${(1\n      + 2)}\n",
		},
		{
			name: "keys", from: "a.twin.hcl", to: YAML,
			src:  "locals {\n  a = {\n    (var.k) = 1\n    \"${var.k}-x\" = 2\n    \"a.b\" = 3\n    \"$edgeAgent\" = 4\n    1 = 5\n    \"//\" = 6\n    \"<<\" = 7\n  }\n  b = { a = 1, a = 2 }\n}\n",
			want: "locals:\n  a:\n    '${var.k}': 1\n    '${var.k}-x': 2\n    a.b: 3\n    $edgeAgent: 4\n    \"1\": 5\n    //: 6\n    \"<<\": 7\n  b: '${{ a = 1, a = 2 }}'\n",
		},
		{
			name: "comments to YAML", from: "a.twin.hcl", to: YAML,
			src: `# Copyright

# about p
project "p" { # opens
  // owner of marks
  owner = "o" /* end */
  # last
}
/*
 * devices
 */
device "d" {
  tags = { # tags
    # key
    a = 1
    b = [ # list
      1, # one
      # none
    ]
  } # closes
}
# the end
`,
			want: `# Copyright

project:
  # about p
  p: # opens
    # owner of marks
    owner: o # end
    # last

device:
  # devices
  d:
    tags: # tags
      # key
      a: 1
      b: # list
        - 1 # one
        # none
      # closes
# the end
`,
		},
		{
			name: "comments to HCL", from: "a.twin.yaml", to: HCL,
			src: `# yaml-language-server: $schema=s.json
project: {p: }

# devices
device: # here
  d: # opens
    tags: {a: 1} # tags
    desired:
      # key
      text: | # text
        a # b
      # after text
    # after desired
  # after d
locals: {a: "x # y"} # z
`,
			want: `# yaml-language-server: $schema=s.json

project "p" {}

# devices
# here
device "d" {       # opens
  tags = { a = 1 } # tags
  desired = {
    # key
    # text
    text = <<-EOT
      a # b
    EOT
    # after text
  }
  # after desired
}

# after d
locals { a = "x # y" } # z
`,
		},
		{
			name: "comments to JSON", from: "a.twin.hcl", to: JSON,
			src: "# top\n\n# head\nproject \"p\" {\n  owner = \"o\" # line\n  # foot\n}\nlocals {\n  # a\n  # b\n  a = {\n    # lost\n    k = 1\n  }\n}\n",
			want: `{
  "//": {
    "//": [
      "top"
    ]
  },
  "project": {
    "//": {
      "p": [
        "head"
      ]
    },
    "p": {
      "//": {
        "owner": "line",
        "": [
          "foot"
        ]
      },
      "owner": "o"
    }
  },
  "locals": {
    "//": {
      "a": [
        "a",
        "b"
      ]
    },
    "a": {
      "k": 1
    }
  }
}
`,
			warnings: []string{"12: Comment dropped"},
		},
		{
			name: "comments from JSON", from: "a.twin.json", to: HCL,
			src: `{
  "//": {"//": ["top"], "": "end"},
  "project": {
    "//": {"p": ["head", null, "more"]},
    "p": {"//": {"owner": "line", "": ["foot"]}, "owner": "o"}
  },
  "locals": {"//": "next", "a": 1, "x-b": 2}
}`,
			want: `# top

# head

# more
project "p" {
  owner = "o" # line
  # foot
}

locals {
  # next
  a = 1
}
# end
`,
			warnings: []string{"7: Key dropped"},
		},
		{
			name: "anchors and documents", from: "a.twin.yaml", to: HCL,
			src: "x-t: &t {a: 1}\nproject: {p: }\n---\ndevice:\n  d: {tags: *t}\n  x-z: 1\n",
			want: `project "p" {}

device "d" { tags = { a = 1 } }
`,
			warnings: []string{"1: Key dropped", "4: Documents merged", "5: Alias written out", "6: Key dropped"},
		},
		{
			name: "holders stay", from: "a.twin.yaml", to: JSON,
			src:  "x-t: &t {a: \"${\"}\nproject: {p: }\n",
			want: "{\n  \"x-t\": {\n    \"a\": \"${\"\n  },\n  \"project\": {\n    \"p\": {}\n  }\n}\n",
		},
		{
			name: "strip markers", from: "a.twin.yaml", to: HCL,
			src:  "locals:\n  a: \"x ${~ var.y ~}\\n\\nz\"\n",
			want: "locals {\n  a = \"x${var.y}\\nz\"\n}\n",
		},
		{
			name: "variables", from: "prod.auto.vars.yaml", to: HCL,
			src:  "sites: [north, south]\nlimits: {a: 1}\n",
			want: "sites  = [\"north\", \"south\"]\nlimits = { a = 1 }\n",
		},
		{
			name: "control characters in a comment", from: "a.twin.hcl", to: YAML,
			src:  "# a\x0f\ufeffb\tc\nproject \"p\" {}\n",
			want: "project:\n  # ab\tc\n  p: {}\n",
		},
		{
			name: "nothing", from: "a.twin.yaml", to: HCL, src: "# only this\n", want: "# only this\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, diags := Convert([]File{{tt.from, []byte(tt.src)}}, tt.to)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(tt.want, string(out)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tt.warnings, summaries(diags)); diff != "" {
				t.Errorf("warnings -want +got:\n%s", diff)
			}
		})
	}
}

// summaries lists diagnostics with their lines.
func summaries(diags hcl.Diagnostics) []string {
	var list []string
	for _, d := range diags {
		list = append(list, fmt.Sprintf("%d: %s", d.Subject.Start.Line, d.Summary))
	}
	return list
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		to         Syntax
		src, want  string
	}{
		{"unknown argument", "a.twin.yaml", HCL, "device:\n  d:\n    tag: {}\n", "3: Unsupported argument"},
		{"unknown block", "a.twin.hcl", YAML, "devise \"d\" {}\n", "1: Unsupported block type"},
		{"syntax", "a.twin.hcl", YAML, "device {\n", "1: Unclosed configuration block"},
		{"ignored label", "a.twin.hcl", YAML, "device \"x-1\" {}\n", "1: No form in YAML and JSON"},
		{"ignored local", "a.twin.hcl", JSON, "locals {\n  x-a = 1\n}\n", "2: No form in YAML and JSON"},
		{"name that is no word", "a.twin.yaml", HCL, "locals:\n  a b: 1\n", "2: No form in HCL"},
		{"type that is no expression", "a.twin.yaml", HCL, "variable:\n  v: {type: 'list('}\n", "2: Expression cannot be converted"},
		{"test file", "a.twintest.hcl", YAML, "run \"r\" {}\n", "1: Not a configuration file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, diags := Convert([]File{{tt.file, []byte(tt.src)}}, tt.to)
			if !diags.HasErrors() || out != nil {
				t.Fatalf("got %q and %v, want an error", out, diags)
			}
			if got := summaries(diags)[0]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Files become one, in the order given.
func TestSeveralFiles(t *testing.T) {
	t.Parallel()
	out, diags := Convert([]File{
		{"a.twin.hcl", []byte("# a\n\nproject \"p\" {}\n# end of a\n")},
		{"b.twin.json", []byte(`{"locals": {"a": 1}}`)},
		{"c.twin.yaml", []byte("# c\n\nlocals: {b: 2}\n")},
	}, YAML)
	want := "# a\n\nproject:\n  p: {}\n\nlocals:\n  - {a: 1}\n\n  # c\n  - {b: 2}\n# end of a\n"
	if diff := cmp.Diff(want, string(out)); diff != "" || diags.HasErrors() {
		t.Errorf("%v\n-want +got:\n%s", diags, diff)
	}
}
