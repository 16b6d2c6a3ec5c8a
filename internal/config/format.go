package config

import (
	"bytes"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns the canonical layout of a file. HCL is rewritten; YAML and JSON
// are only checked, because re-encoding them would lose blank lines and comments.
func Format(filename string, src []byte) ([]byte, hcl.Diagnostics) {
	_, diags := parse(filename, src)
	switch filepath.Ext(filename) {
	case ".yaml", ".yml", ".json":
		return src, diags
	}
	if diags.HasErrors() {
		return src, diags
	}
	return canonicalHCL(src), diags
}

// maxPasses bounds the search for a layout that formatting does not change.
const maxPasses = 4

// canonicalHCL formats until nothing changes any more: what one pass moves to
// another line, the next one may indent.
func canonicalHCL(src []byte) []byte {
	for range maxPasses {
		out := hclwrite.Format(src)
		if bytes.Equal(out, src) {
			break
		}
		src = out
	}
	return src
}

// IsVarsFile tells whether a file of this name holds values for variables.
func IsVarsFile(name string) bool {
	return hasSuffix(name, ".vars.hcl", ".vars.yaml", ".vars.yml", ".vars.json") && name[0] != '.'
}
