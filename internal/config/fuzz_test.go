package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/tools/txtar"
)

// FuzzLoad: no project makes evaluation panic, and every diagnostic points into
// a file that it was made from.
func FuzzLoad(f *testing.F) {
	cases, err := filepath.Glob("testdata/parity/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range cases {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if ext, ok := strings.CutPrefix(file.Name, "in."); ok && len(file.Data) < 2000 {
				f.Add(ext, string(file.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, ext, src string) {
		if ext != "hcl" && ext != "yaml" && ext != "json" || len(src) > 4000 {
			return
		}
		c, _ := Load(project(t, map[string]string{"f.twin." + ext: src}), Options{})
		checkPlaces(t, c.Files(), c.Check())
	})
}

func checkPlaces(t *testing.T, files map[string]*hcl.File, diags hcl.Diagnostics) {
	t.Helper()
	for _, d := range diags {
		if d.Summary == "" {
			t.Errorf("diagnostic without a summary: %+v", d)
		}
		if d.Subject == nil {
			continue
		}
		f := files[d.Subject.Filename]
		if f == nil || d.Subject.Start.Byte > len(f.Bytes) || d.Subject.End.Byte > len(f.Bytes) || d.Subject.End.Byte < d.Subject.Start.Byte {
			t.Errorf("%s points outside of its file", d)
		}
	}
}
