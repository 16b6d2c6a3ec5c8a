package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twinset/twinset/schema"
)

func resolver(t *testing.T, env map[string]string) Resolver {
	t.Helper()
	return Resolver{
		Dir: t.TempDir(), Getenv: func(k string) (string, bool) { v, ok := env[k]; return v, ok },
		Vault: func(_ context.Context, s schema.VaultSecret) (string, error) {
			if s != (schema.VaultSecret{Host: "contoso.vault.azure.net", Name: "gw-01"}) {
				return "", fmt.Errorf("vault %s holds no such secret", s.Host)
			}
			return "from-vault", nil
		},
	}
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
		{"vault", "kv://contoso/gw-01", "from-vault", ""},
		{"not in the vault", "kv://contoso/gw-02", "", "secret kv://contoso/gw-02: vault contoso.vault.azure.net holds no such secret"},
		{"unset", "env://B", "", "secret env://B: environment variable B is not set"},
		{"empty", "env://EMPTY", "", "secret env://EMPTY: is empty"},
		{"missing file", "file://none", "", "secret file://none: no such file or directory"},
		{"scheme", "vault://x", "", "secret vault://x: the scheme vault:// is unknown; use env://NAME, file://PATH or kv://VAULT/NAME"},
		{"no scheme", "A", "", "secret A: a reference is env://NAME, file://PATH or kv://VAULT/NAME"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := r.Resolve(t.Context(), schema.SecretRef(tt.ref))
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
	for o, err := range r.Objects(t.Context(), object(&schema.Auth{Type: "sas", PrimaryKey: "env://K", SecondaryKey: "env://K"})) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(o.Doc), key) || o.Secrets[0].Digest == "" || o.Secrets[0].Digest == o.Secrets[1].Digest {
			t.Errorf("keys: got %s, %+v", o.Doc, o.Secrets)
		}
	}
	for o, err := range r.Objects(t.Context(), object(&schema.Auth{Type: "x509_thumbprint", PrimaryThumbprintRef: "env://T"})) {
		want := `{"auth":{"primary_thumbprint":"` + strings.ToUpper(thumb) + `","type":"x509_thumbprint"}}`
		if err != nil || string(o.Doc) != want {
			t.Errorf("thumbprint: got %s, %v, want %s", o.Doc, err, want)
		}
	}
	for _, err := range r.Objects(t.Context(), object(&schema.Auth{Type: "sas", PrimaryKey: "env://BAD", SecondaryKey: "env://K"})) {
		if err == nil || strings.Contains(err.Error(), "not a key!") || !strings.Contains(err.Error(), "env://BAD") {
			t.Errorf("bad key: got %v", err)
		}
	}
}

// Objects are resolved side by side and come in the order in which they were
// declared, up to the first one that cannot be resolved.
func TestObjectsKeepOrder(t *testing.T) {
	t.Parallel()
	const n, bad = 10*ahead + 3, 9 * ahead
	var asked atomic.Int32
	r := Resolver{Vault: func(_ context.Context, s schema.VaultSecret) (string, error) {
		asked.Add(1)
		if s.Name == fmt.Sprint("d-", bad) {
			return "", errors.New("locked")
		}
		return strings.Repeat("0", 40), nil
	}}
	var want, got []string
	in := func(yield func(schema.Object, error) bool) {
		for i := range n {
			d := schema.Device{ID: fmt.Sprint("d-", i)}
			if i%3 == 0 {
				d.Auth = &schema.Auth{Type: "x509_thumbprint", PrimaryThumbprintRef: schema.SecretRef("kv://contoso/" + d.ID)}
			}
			o, err := d.Object(schema.Origin{})
			if !yield(o, err) {
				return
			}
		}
	}
	for i := range bad + 1 {
		want = append(want, fmt.Sprint("d-", i))
	}
	var failure error
	for o, err := range r.Objects(t.Context(), in) {
		got, failure = append(got, o.Addr.ID), err
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d objects to %s, want %d to %s", len(got), got[len(got)-1], len(want), want[len(want)-1])
	}
	if failure == nil || !strings.Contains(failure.Error(), fmt.Sprintf("d-%d", bad)) || !strings.Contains(failure.Error(), "locked") {
		t.Errorf("got error %v, want the one of d-%d", failure, bad)
	}
	if asked.Load() > int32(bad/3+1+ahead) {
		t.Errorf("asked %d times, although object %d failed", asked.Load(), bad)
	}
}
