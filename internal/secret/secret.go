// Package secret resolves the references that stand for secrets in a
// configuration: env://NAME, file://PATH and kv://VAULT/NAME.
//
// Values live in memory for as long as they are needed and are never part of an
// error. The package must not know what a secret is for.
package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/twinset/twinset/schema"
)

// Resolver looks references up.
type Resolver struct {
	Getenv func(string) (string, bool)
	Dir    string // files are relative to it

	// Vault reads a secret of a key vault. It is called from several goroutines.
	Vault func(context.Context, schema.VaultSecret) (string, error)
}

// maxFile bounds a secret's file: keys and thumbprints are short.
const maxFile = 64 << 10

// Resolve returns the value of a reference. White space around it is dropped:
// files end in a newline.
func (r Resolver) Resolve(ctx context.Context, ref schema.SecretRef) (string, error) {
	value, err := r.lookup(ctx, ref)
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", ref, err)
	}
	if value = strings.TrimSpace(value); value == "" {
		return "", fmt.Errorf("secret %s: is empty", ref)
	}
	return value, nil
}

func (r Resolver) lookup(ctx context.Context, ref schema.SecretRef) (string, error) {
	scheme, name, err := ref.Split()
	if err != nil {
		return "", err
	}
	switch scheme {
	case schema.SecretEnv:
		v, ok := r.Getenv(name)
		if !ok {
			return "", fmt.Errorf("environment variable %s is not set", name)
		}
		return v, nil
	case schema.SecretFile:
		return r.file(name)
	default:
		s, err := ref.VaultSecret()
		if err != nil {
			return "", err
		}
		return r.Vault(ctx, s)
	}
}

func (r Resolver) file(name string) (string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(r.Dir, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", errors.Unwrap(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", errors.Unwrap(err)
	}
	if len(b) > maxFile {
		return "", fmt.Errorf("file is larger than %d bytes", maxFile)
	}
	return string(b), nil
}

// Normal is the value as it is sent and compared: thumbprints in upper case.
func Normal(s schema.Secret, value string) string {
	if s.IsKey() {
		return value
	}
	return strings.ToUpper(value)
}

// Check tells whether a value can be what it is used as, without showing it.
func Check(s schema.Secret, value string) error {
	if s.IsKey() {
		if err := schema.CheckSASKey(value); err != nil {
			return fmt.Errorf("secret %s: %w", s.Ref, err)
		}
		return nil
	}
	if !schema.ValidThumbprint(value) {
		return fmt.Errorf("secret %s: the value is not a thumbprint: 40 or 64 hexadecimal digits without separators", s.Ref)
	}
	return nil
}
