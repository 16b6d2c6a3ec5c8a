package config

import "github.com/hashicorp/hcl/v2"

// Diagnostics is what is wrong with a configuration, or worth a warning. Only
// this package knows the language behind it.
type Diagnostics = hcl.Diagnostics

// FileOf is the source of one file that belongs to no project, for
// WriteDiagnostics.
func FileOf(name string, src []byte) map[string]*hcl.File {
	return map[string]*hcl.File{name: {Bytes: src}}
}
