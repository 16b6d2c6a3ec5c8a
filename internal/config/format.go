package config

import (
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns the canonical layout of a file. HCL is rewritten; YAML and JSON
// are only checked, because re-encoding them would lose blank lines and comments.
func Format(filename string, src []byte) ([]byte, hcl.Diagnostics) {
	_, diags := parse(filename, src)
	if diags.HasErrors() || filepath.Ext(filename) != ".hcl" {
		return src, diags
	}
	return hclwrite.Format(src), diags
}
