package secret

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinset/twinset/schema"
)

func resolver(t *testing.T, env map[string]string) Resolver {
	t.Helper()
	return Resolver{Dir: t.TempDir(), Getenv: func(k string) (string, bool) { v, ok := env[k]; return v, ok }}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	r := resolver(t, map[string]string{"A": " value\n", "EMPTY": ""})
	if err := os.WriteFile(filepath.Join(r.Dir, "k"), []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, ref, want, err string }{
		{"environment", "env://A", "value", ""},
		{"file", "file://k", "from-file", ""},
		{"unset", "env://B", "", "secret env://B: environment variable B is not set"},
		{"empty", "env://EMPTY", "", "secret env://EMPTY: is empty"},
		{"missing file", "file://none", "", "secret file://none: no such file or directory"},
		{"scheme", "vault://x", "", `secret vault://x: scheme "vault" is not known; use env:// or file://`},
		{"no scheme", "A", "", "secret A: not a reference; write env://NAME or file://path"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := r.Resolve(schema.SecretRef(tt.ref))
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Errorf("Resolve(%s): got %q, %v, want %q, %q", tt.ref, got, err, tt.want, tt.err)
			}
		})
	}
}

// A key is never part of the document or of an error; a thumbprint is compared
// in clear.
func TestObjects(t *testing.T) {
	t.Parallel()
	const key, thumb = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "0123456789abcdef0123456789abcdef01234567"
	r := resolver(t, map[string]string{"K": key, "T": thumb, "BAD": "not a key!"})
	object := func(a *schema.Auth) schema.Stream {
		d := schema.Device{ID: "d", Auth: a}
		o, err := d.Object(schema.Origin{})
		return func(yield func(schema.Object, error) bool) { yield(o, err) }
	}
	for o, err := range r.Objects(object(&schema.Auth{Type: "sas", PrimaryKey: "env://K", SecondaryKey: "env://K"})) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(o.Doc), key) || o.Secrets[0].Digest == "" || o.Secrets[0].Digest == o.Secrets[1].Digest {
			t.Errorf("keys: got %s, %+v", o.Doc, o.Secrets)
		}
	}
	for o, err := range r.Objects(object(&schema.Auth{Type: "x509_thumbprint", PrimaryThumbprintRef: "env://T"})) {
		want := `{"auth":{"primary_thumbprint":"` + strings.ToUpper(thumb) + `","type":"x509_thumbprint"}}`
		if err != nil || string(o.Doc) != want {
			t.Errorf("thumbprint: got %s, %v, want %s", o.Doc, err, want)
		}
	}
	for _, err := range r.Objects(object(&schema.Auth{Type: "sas", PrimaryKey: "env://BAD", SecondaryKey: "env://K"})) {
		if err == nil || strings.Contains(err.Error(), "not a key!") || !strings.Contains(err.Error(), "env://BAD") {
			t.Errorf("bad key: got %v", err)
		}
	}
}
