package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/hashicorp/hcl/v2"
)

// maxData is the size of a file that becomes text in memory, in bytes. A table of
// a million rows has about 100 MB; csvmap reads any number of rows one by one.
const maxData = 256 << 20

// openRegular opens a regular file. Anything else is refused before it is opened:
// a named pipe would block, and a device might never end.
func openRegular(root *os.Root, name string) (*os.File, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("this is %s, not a file", fileKind(info.Mode()))}
	}
	return root.Open(name)
}

func fileKind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	default:
		return "something special"
	}
}

// readRegular reads a regular file that is not too large.
func readRegular(root *os.Root, name string) ([]byte, error) {
	f, err := openRegular(root, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() <= maxData {
		b, err := io.ReadAll(io.LimitReader(f, maxData+1))
		if err != nil || len(b) <= maxData {
			return b, err
		}
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
}

var errTooLarge = errors.New("the file has more than 256 MB; read tables row by row with csvmap or jsonlines in for_each")

// missingFile is the error for a file that is not there.
type missingFile string

func (m missingFile) Error() string { return string(m) }

func (missingFile) Is(target error) bool { return target == fs.ErrNotExist }

// cannotRead reports a file that cannot be read, at its beginning if there is
// one.
func cannotRead(name string, err error) *hcl.Diagnostic {
	d := errorNowhere("Cannot read file", capital(err.Error())+".")
	if !errors.Is(err, fs.ErrNotExist) {
		d.Subject = &hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	}
	return d
}
