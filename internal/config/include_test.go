package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names lists the objects of a project by their names and files.
func names(t *testing.T, c *Config) []string {
	t.Helper()
	var list []string
	for o, err := range c.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, o.Origin.File+" "+o.Name()+" "+string(o.Doc))
	}
	return list
}

func TestIncludeAcrossTheRepository(t *testing.T) {
	t.Parallel()
	root := project(t, map[string]string{
		".git/HEAD":                   "",
		"fleets/a/a.twin.hcl":         "project \"a\" {}\ninclude {\n  path = \"../../common\"\n}\ninclude {\n  path = \"../sites\"\n}\ndevice \"own\" { tags = local.tags }\n",
		"fleets/sites/sites.twin.hcl": "include {\n  path = \"../../common\"\n}\ndevice \"site\" { tags = local.tags }\n",
		"common/base.twin.hcl":        "locals { tags = { f = file(\"f.txt\") } }\n",
		"common/f.txt":                "common",
		"fleets/a/f.txt":              "not this one",
	})
	c, diags := Load(filepath.Join(root, "fleets", "a"), Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	want := []string{
		`../sites/sites.twin.hcl device.site {"tags":{"f":"common"}}`,
		`a.twin.hcl device.own {"tags":{"f":"common"}}`,
	}
	if diff := cmp.Diff(want, names(t, c)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if c.Files()["../../common/base.twin.hcl"] == nil {
		t.Errorf("got files %q, want the included one by its path from the project", sortedNames(c.Files()))
	}
}

// What a work tree of git has is a file .git.
func TestIncludeIsConfined(t *testing.T) {
	t.Parallel()
	outside := project(t, map[string]string{"a.twin.hcl": "device \"stolen\" {}\n", "secret.txt": "stolen"})
	tests := []struct {
		name, path, want string
		link             string // made in the repository, leads outside
	}{
		{"above", "../../x", `the path "../../x" leads out of the repository`, ""},
		{"symbolic link to a directory", "../link", `the path "../link" leads out of the repository`, "link"},
		{"symbolic link on the way", "../common/deep/link", `the path "../common/deep/link" leads out of the repository`, "common/deep/link"},
		{"file read through a symbolic link", "../common", `read link.txt`, "common/link.txt"},
		{"configuration file that is a symbolic link", "../common", `Cannot read file`, "common/x.twin.hcl"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := project(t, map[string]string{
				".git":                 "gitdir: elsewhere\n",
				"fleet/a.twin.hcl":     "project \"p\" {}\ninclude {\n  path = \"" + tt.path + "\"\n}\n",
				"common/a.twin.hcl":    "locals { x = file(\"link.txt\") }\n",
				"common/deep/keep.txt": "",
			})
			if tt.link != "" {
				target := outside
				switch filepath.Ext(tt.link) {
				case ".txt":
					target = filepath.Join(outside, "secret.txt")
				case ".hcl":
					target = filepath.Join(outside, "a.twin.hcl")
				}
				if err := os.Symlink(target, filepath.Join(root, tt.link)); err != nil {
					t.Fatal(err)
				}
			}
			c, diags := Load(filepath.Join(root, "fleet"), Options{})
			text := diagnosticText(t, c.Files(), diags)
			if !diags.HasErrors() || !strings.Contains(strings.ToLower(text), strings.ToLower(tt.want)) || strings.Contains(text, "stolen") {
				t.Errorf("got diagnostics\n%s\nwant one that holds %q", text, tt.want)
			}
		})
	}
}

// A symbolic link inside of the repository is as good as the directory, and is
// the same directory.
func TestIncludeThroughASymbolicLink(t *testing.T) {
	t.Parallel()
	root := project(t, map[string]string{
		".git/HEAD":         "",
		"fleet/a.twin.hcl":  "project \"p\" {}\ninclude {\n  path = \"../link\"\n}\n",
		"common/a.twin.hcl": "device \"d\" {}\n",
	})
	if err := os.Symlink("common", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	c, diags := Load(filepath.Join(root, "fleet"), Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if diff := cmp.Diff([]string{`../link/a.twin.hcl device.d {}`}, names(t, c)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	writeFile(t, filepath.Join(root, "fleet", "a.twin.hcl"), []byte("project \"p\" {}\ninclude {\n  path = \"../link\"\n}\ninclude {\n  path = \"../common\"\n}\n"))
	if _, diags = Load(filepath.Join(root, "fleet"), Options{}); !strings.Contains(diags.Error(), "already included") {
		t.Errorf("got %v, want the same directory refused the second time", diags)
	}
}

// A large file is read block by block in an included directory too.
func TestIncludeLargeFile(t *testing.T) {
	t.Parallel()
	root := project(t, map[string]string{
		"a.twin.hcl":            "project \"p\" {}\ninclude {\n  path = \"sub\"\n}\n",
		"sub/b.twin.hcl":        "device \"d\" {\n  tags = { f = file(\"f.txt\") }\n}\ndevice \"e\" {\n  tags = { x = 1 }\n}\n",
		"sub/f.txt":             "of sub",
		"sub/override.twin.hcl": "device \"e\" {\n  tags = { x = file(\"f.txt\") }\n}\n",
	})
	c, diags := Load(root, Options{splitAbove: 1})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	want := []string{
		`sub/b.twin.hcl device.e {"tags":{"x":"of sub"}}`, // no longer text, so it comes first
		`sub/b.twin.hcl device.d {"tags":{"f":"of sub"}}`,
	}
	if diff := cmp.Diff(want, names(t, c)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}
