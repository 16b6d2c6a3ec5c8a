package convert

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/internal/config"
)

var update = flag.Bool("update", false, "write the golden files")

// What people see when a file cannot be converted, or not as a whole. A file of
// the archive is named TARGET/NAME, and what is said about it TARGET/NAME.diag.
func TestMistakes(t *testing.T) {
	t.Parallel()
	const golden = "testdata/mistakes.txtar"
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := txtar.Format(archive)
	var files []txtar.File
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".diag") {
			continue
		}
		to, name, _ := strings.Cut(f.Name, "/")
		files = append(files, f, txtar.File{Name: f.Name + ".diag", Data: said(t, File{name, f.Data}, Syntax(to))})
	}
	archive.Files = files
	got := txtar.Format(archive)
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func said(t *testing.T, f File, to Syntax) []byte {
	t.Helper()
	_, diags := Convert([]File{f}, to)
	if len(diags) == 0 {
		t.Errorf("%s to %s: got no diagnostic, want one", f.Name, to)
	}
	var b bytes.Buffer
	if err := config.WriteDiagnostics(&b, map[string]*hcl.File{f.Name: {Bytes: f.Bytes}}, diags, 0, false); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
