package config

import "github.com/hashicorp/hcl/v2"

// Diagnostics is what is wrong with a configuration, or worth a warning. Only
// this package knows the language behind it.
type Diagnostics = hcl.Diagnostics

// Sources are the files that diagnostics refer to, by name.
type Sources = map[string]*hcl.File

// FileOf is the source of one file that belongs to no project, for
// WriteDiagnostics.
func FileOf(name string, src []byte) Sources {
	return Sources{name: {Bytes: src}}
}
