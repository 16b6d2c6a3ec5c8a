package remote

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

// generatedKey is the size in bytes of the keys that the hub makes (FACTS §1.3).
const generatedKey = 32

// Refusal is why keys are not rotated although the hub would let it happen.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Keys are the symmetric keys of one device or module, read to be rotated. The
// identity is written whole and only as it was read. The hub can make keys itself
// since a later version of its API, but not under a condition (FACTS §1.6).
type Keys struct {
	addr schema.Address
	auth *hub.Authentication
	put  func(context.Context) error
	read func(context.Context) (hub.Authentication, error)

	// Connected is what the hub says; it is late by minutes.
	Connected bool
}

// Keys reads the keys of an object. It is a [Refusal] when there are none, when
// they are not shown, or when a project declares them.
func (r *Remote) Keys(ctx context.Context, a schema.Address) (*Keys, error) {
	k, err := r.identityOf(ctx, a)
	if err != nil {
		return nil, err
	}
	switch {
	case k.auth.Type != wireSAS:
		return nil, Refusal(fmt.Sprintf("%s does not connect with symmetric keys, its type of authentication is %s", a, k.auth.Type))
	case k.auth.SymmetricKey.Primary == "" || k.auth.SymmetricKey.Secondary == "":
		return nil, Refusal(errNoKeys.Error())
	}
	live, exists, err := r.read(ctx, a)
	if err != nil || !exists {
		return k, err
	}
	marks, _ := schema.Marks(live.Doc)
	for owner, mark := range marks {
		if mark.Keys != "" {
			return nil, Refusal(fmt.Sprintf("the keys of %s are declared by %s: change the secrets that its auth block refers to, and apply", a, owner))
		}
	}
	return k, nil
}

func (r *Remote) identityOf(ctx context.Context, a schema.Address) (*Keys, error) {
	k := &Keys{addr: a, read: func(ctx context.Context) (hub.Authentication, error) {
		return target{Remote: r}.authentication(ctx, a)
	}}
	if a.Kind == schema.KindModule {
		m, err := r.client.Module(ctx, a.ID, a.Sub)
		k.auth, k.Connected = &m.Authentication, m.ConnectionState == "Connected"
		k.put = func(ctx context.Context) error { _, err := r.client.PutModule(ctx, m, m.ETag); return err }
		return k, err
	}
	d, err := r.client.Device(ctx, a.ID)
	k.auth, k.Connected = &d.Authentication, d.ConnectionState == "Connected"
	k.put = func(ctx context.Context) error { _, err := r.client.PutDevice(ctx, d, d.ETag); return err }
	return k, err
}

// Swap puts a new secondary key in and leaves the primary one alone. It returns
// the fingerprint of the new key.
func (k *Keys) Swap(ctx context.Context) (fingerprint string, err error) {
	key, err := newKey()
	if err != nil {
		return "", err
	}
	k.auth.SymmetricKey.Secondary = key
	return fingerprintOf(key), k.write(ctx)
}

// Finish makes the secondary key, which must have the fingerprint, the primary
// one, and puts a new secondary one in that nobody knows: the old primary key is
// good for nothing then.
func (k *Keys) Finish(ctx context.Context) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	k.auth.SymmetricKey = hub.SymmetricKey{Primary: k.auth.SymmetricKey.Secondary, Secondary: key}
	return k.write(ctx)
}

// Check refuses to finish when the secondary key is not the one with the
// fingerprint.
func (k *Keys) Check(fingerprint string) error {
	switch strings.ToLower(fingerprint) {
	case fingerprintOf(k.auth.SymmetricKey.Secondary):
		return nil
	case fingerprintOf(k.auth.SymmetricKey.Primary):
		return Refusal(fmt.Sprintf("the key with the fingerprint %s is the primary one of %s already: its rotation is finished", fingerprint, k.addr))
	default:
		return Refusal(fmt.Sprintf("the secondary key of %s is not the one with the fingerprint %s. Begin again with --swap", k.addr, fingerprint))
	}
}

// write puts the identity back. An answer that was lost is made up for by reading.
func (k *Keys) write(ctx context.Context) error {
	err := k.put(ctx)
	switch {
	case err == nil:
		return nil
	case hub.IsPreconditionFailed(err):
		return fmt.Errorf("%s was changed by somebody else at the same time; its keys are as they were: %w", k.addr, err)
	case !hub.IsAmbiguous(err):
		return err
	}
	now, rerr := k.read(ctx)
	if rerr != nil || now.SymmetricKey != k.auth.SymmetricKey {
		return err
	}
	return nil
}

func newKey() (string, error) {
	b := make([]byte, generatedKey)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

// fingerprintOf tells keys apart and gives nothing of them away: 40 bits of the
// digest of 256 random ones.
func fingerprintOf(key string) string {
	sum := sha256.Sum256([]byte("twinset key\x00" + key))
	return hex.EncodeToString(sum[:5])
}
