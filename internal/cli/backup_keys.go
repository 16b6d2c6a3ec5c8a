package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"github.com/spf13/pflag"

	"github.com/twinset/twinset/schema"
)

// bindBackupKeys is the flag of every verb that deletes.
func bindBackupKeys(f *pflag.FlagSet, to *string) {
	f.StringVar(to, "backup-keys", "", "keep the keys of what is deleted, too, encrypted for the age recipient `age1...`")
}

// encryptor makes the function that keeps keys; nil when they are not asked for.
func (b *backups) encryptor(recipient string) (func(schema.Address, []byte) error, error) {
	if recipient == "" {
		return nil, nil
	}
	to, err := recipientOf(recipient)
	if err != nil {
		return nil, err
	}
	return func(a schema.Address, text []byte) error {
		var sealed bytes.Buffer
		w, err := age.Encrypt(&sealed, to)
		if err == nil {
			_, err = w.Write(text)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return fmt.Errorf("encrypt: %w", err)
		}
		return b.write(strings.TrimSuffix(backupName(a), ".json")+".keys.json.age", sealed.Bytes())
	}, nil
}

// recipientOf reads the public half of a key pair. What is no such thing may be the
// other half, so that errors do not repeat it.
func recipientOf(text string) (age.Recipient, error) {
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") {
		return nil, errors.New("--backup-keys: that is the secret half of a key pair, which is for decryption; age1... is the public one, to be given here")
	}
	to, err := age.ParseX25519Recipient(text)
	if err != nil {
		return nil, errors.New("--backup-keys: an age recipient is wanted, age1..., as age-keygen prints it")
	}
	return to, nil
}

// keysAre says where the keys of what was deleted are.
func keysAre(recipient string) string {
	if recipient == "" {
		return "without keys"
	}
	return "keys encrypted for " + recipient
}
