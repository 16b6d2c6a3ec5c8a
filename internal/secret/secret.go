// Package secret resolves the references that stand for secrets in a
// configuration: env://NAME and file://path.
//
// Values live in memory for as long as they are needed and are never part of an
// error. The package must not know what a secret is for.
package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/twinset/twinset/schema"
)

// Resolver looks references up. It remembers nothing.
type Resolver struct {
	Getenv func(string) (string, bool)
	Dir    string // files are relative to it
}

// maxFile bounds a secret's file: keys and thumbprints are short.
const maxFile = 64 << 10

// Resolve returns the value of a reference. White space around it is dropped:
// files end in a newline.
func (r Resolver) Resolve(ref schema.SecretRef) (string, error) {
	scheme, name, ok := strings.Cut(string(ref), "://")
	if !ok || name == "" {
		return "", fmt.Errorf("secret %s: not a reference; write env://NAME or file://path", ref)
	}
	value, err := r.lookup(scheme, name)
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", ref, err)
	}
	if value = strings.TrimSpace(value); value == "" {
		return "", fmt.Errorf("secret %s: is empty", ref)
	}
	return value, nil
}

func (r Resolver) lookup(scheme, name string) (string, error) {
	switch scheme {
	case "env":
		v, ok := r.Getenv(name)
		if !ok {
			return "", fmt.Errorf("environment variable %s is not set", name)
		}
		return v, nil
	case "file":
		return r.file(name)
	default:
		return "", fmt.Errorf("scheme %q is not known; use env:// or file://", scheme)
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

// Objects resolves what a desired stream refers to, in memory: thumbprints
// become part of the document, because the hub shows them and they are compared
// in clear; keys are known by their digest only.
func (r Resolver) Objects(in schema.Stream) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		for o, err := range in {
			if err == nil && len(o.Secrets) > 0 {
				o, err = r.object(o)
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

func (r Resolver) object(o schema.Object) (schema.Object, error) {
	resolved := make([]schema.Secret, len(o.Secrets))
	for i, s := range o.Secrets {
		value, err := r.Resolve(s.Ref)
		if err == nil {
			err = Check(s, value)
		}
		if err != nil {
			return o, fmt.Errorf("%s: %s: %w", o.Name(), s.Path, err)
		}
		s.Digest = schema.DigestSecret(o.Addr, s.Path, Normal(s, value))
		resolved[i] = s
		if !s.IsKey() {
			if o.Doc, err = schema.SetString(o.Doc, s.Path, Normal(s, value)); err != nil {
				return o, fmt.Errorf("%s: %w", o.Name(), err)
			}
		}
	}
	o.Secrets = resolved
	return o, nil
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
