package secret

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/twinset/twinset/schema"
)

// ahead is how many objects with secrets are resolved side by side: a vault
// answers in tens of milliseconds, and a fleet may refer to one secret a device.
const ahead = 32

// Objects resolves what a desired stream refers to, in memory: thumbprints
// become part of the document, because the hub shows them and they are compared
// in clear; keys are known by their digest only. The order stays.
func (r Resolver) Objects(ctx context.Context, in schema.Stream) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		w := window{resolver: r, yield: yield}
		for o, err := range in {
			if err != nil {
				if w.flush(ctx) {
					yield(o, err)
				}
				return
			}
			if !w.add(ctx, o) {
				return
			}
		}
		w.flush(ctx)
	}
}

// window is a run of objects that are resolved together. It begins with one that
// has secrets, so that a stream without any passes through.
type window struct {
	resolver Resolver
	yield    func(schema.Object, error) bool
	objects  []schema.Object
	secrets  int // objects that have some
}

// add tells whether more is wanted.
func (w *window) add(ctx context.Context, o schema.Object) bool {
	if hasSecrets(o) {
		w.secrets++
	}
	if w.secrets == 0 {
		return w.yield(o, nil)
	}
	w.objects = append(w.objects, o)
	if w.secrets < ahead && len(w.objects) < 8*ahead {
		return true
	}
	return w.flush(ctx)
}

// flush hands the window on. It tells whether more is wanted.
func (w *window) flush(ctx context.Context) bool {
	errs := make([]error, len(w.objects))
	var all sync.WaitGroup
	for i := range w.objects {
		if hasSecrets(w.objects[i]) {
			all.Go(func() { w.objects[i], errs[i] = w.resolver.object(ctx, w.objects[i]) })
		}
	}
	all.Wait()
	for i, o := range w.objects {
		if !w.yield(o, errs[i]) || errs[i] != nil {
			return false
		}
	}
	w.objects, w.secrets = w.objects[:0], 0
	return true
}

func hasSecrets(o schema.Object) bool { return len(o.Secrets) > 0 || len(o.Passwords) > 0 }

func (r Resolver) object(ctx context.Context, o schema.Object) (schema.Object, error) {
	resolved := make([]schema.Secret, len(o.Secrets))
	for i, s := range o.Secrets {
		value, err := r.Resolve(ctx, s.Ref)
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
	return r.passwords(ctx, o)
}

// passwords learns the digests of passwords that stand in no document.
func (r Resolver) passwords(ctx context.Context, o schema.Object) (schema.Object, error) {
	if len(o.Passwords) == 0 {
		return o, nil
	}
	resolved := slices.Clone(o.Passwords)
	for i, s := range resolved {
		value, err := r.Resolve(ctx, s.Ref)
		if err == nil && value == "" {
			err = fmt.Errorf("secret %s: the value is empty", s.Ref)
		}
		if err != nil {
			return o, fmt.Errorf("%s: %s: %w", o.Name(), s.Path, err)
		}
		resolved[i].Digest = schema.DigestSecret(o.Addr, s.Path, value)
	}
	o.Passwords = resolved
	return o, nil
}
