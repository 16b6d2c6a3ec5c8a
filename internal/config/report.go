package config

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// Report is diagnostics on their way to a CI system or an editor.
type Report struct {
	Files       map[string]*hcl.File
	Diagnostics Diagnostics
	// Locate turns the name of a file of the project into the path that readers
	// know it by, with slashes: relative to the root of the repository. The empty
	// name is the project's directory.
	Locate  func(name string) string
	Version string // of twinset
}

// spot is a range as editors count: lines from 1, columns from 1 in UTF-16 code
// units, the end after the last character.
type spot struct {
	path               string
	line, column       int
	endLine, endColumn int
	directory          bool // the project's, not a file
}

// spot finds the place of a diagnostic. Values that were given on the command
// line or by the process stand in no file: their place is the project.
func (r Report) spot(d *hcl.Diagnostic) spot {
	if d.Subject == nil || notAFile(d.Subject.Filename) {
		return spot{path: r.Locate(""), directory: true}
	}
	at := *d.Subject
	s := spot{path: r.Locate(at.Filename), line: at.Start.Line, endLine: at.End.Line}
	s.column, s.endColumn = r.column(at.Filename, at.Start), r.column(at.Filename, at.End)
	return s
}

// notAFile tells the names that inputs bear which come from no file.
func notAFile(name string) bool {
	return name == "" || strings.HasPrefix(name, "--var ") || strings.HasPrefix(name, envPrefix) || strings.HasPrefix(name, "<")
}

const envPrefix = "TWINSET_VAR_"

func (r Report) column(name string, p hcl.Pos) int {
	f := r.Files[name]
	if f == nil || p.Byte > len(f.Bytes) {
		return p.Column
	}
	from := bytes.LastIndexByte(f.Bytes[:p.Byte], '\n') + 1
	line := f.Bytes[from:p.Byte]
	if from == 0 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return 1 + utf16Units(line)
}

func utf16Units(b []byte) int {
	n := 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r >= 0x10000 {
			n++
		}
		n++
		b = b[size:]
	}
	return n
}

// message is what follows the summary: the detail and the values. Where there is
// no file, it names what the place is instead.
func message(d *hcl.Diagnostic) string {
	text := d.Detail
	if d.Subject != nil && d.Subject.Filename != "" && notAFile(d.Subject.Filename) {
		text = "In " + d.Subject.Filename + ": " + text
	}
	if lines := valuesOf(d).lines(); len(lines) > 0 {
		text += "\n\n" + strings.Join(lines, "\n")
	}
	return strings.TrimSpace(text)
}

// severity is the word that SARIF, GitHub and Azure DevOps share.
func severity(d *hcl.Diagnostic) string {
	if d.Severity == hcl.DiagWarning {
		return "warning"
	}
	return "error"
}
