package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/twinset/twinset/schema"
)

// backups are what an apply deletes, a file for each object in a directory of its
// own. It is made with the first of them.
type backups struct {
	dir  string
	kept atomic.Int64
}

// backups of an apply are named as its journal is.
func (g *global) backups(applyID string) *backups {
	return &backups{dir: filepath.Join(g.dir(), ".twinset", "backup", applyID)}
}

// keep writes a file that is there, whole, when it returns: what it is a copy of is
// deleted next. Twins can hold what is nobody else's business, so that files are
// private.
func (b *backups) keep(a schema.Address, text []byte) error {
	err := b.write(backupName(a), text)
	if err == nil {
		b.kept.Add(1)
	}
	return err
}

func (b *backups) write(name string, text []byte) error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(b.dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(b.dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(b.dir)
}

// syncDir makes a rename last. Systems on which a directory cannot be opened for
// that do without.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	_ = d.Sync() // not every file system can
	return d.Close()
}

// maxName keeps names, with what is put around them, below the 255 bytes that file
// systems allow.
const maxName = 200

// backupName is the name of an object's file: its kind and its ids. Ids that differ
// only by case have names that differ by more, and no name has a character that
// some file system does not take.
func backupName(a schema.Address) string {
	name := escaped(a.ID)
	if a.Sub != "" {
		name += "~" + escaped(a.Sub)
	}
	if len(name) > maxName {
		sum := sha256.Sum256([]byte(a.ID + "\x00" + a.Sub))
		name = name[:maxName] + "~" + hex.EncodeToString(sum[:8])
	}
	return a.Kind.String() + "-" + name + ".json"
}

// escaped writes every character but lower-case letters, digits, '-', '_' and '.' as
// '%' and two hex digits.
func escaped(id string) string {
	var b strings.Builder
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}
