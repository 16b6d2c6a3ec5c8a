package config

import (
	"errors"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// refused are functions that people know from elsewhere and cannot have here, and
// why. Evaluation is a pure function of files and variables.
func refused() map[string]string {
	const addresses = "network addresses are not computed here; write them down, or give them as a variable"
	return map[string]string{
		"abspath":         "its result differs from machine to machine; paths start at the directory of the file",
		"base64gunzip":    "compressed text cannot be reviewed; keep it as it is in a file",
		"base64gzip":      "compressed bytes differ between versions of the compressor, which would be changes that nobody made",
		"bcrypt":          "its result is another one each time, which would be a change in every plan",
		"cidrcontains":    addresses,
		"cidrhost":        addresses,
		"cidrnetmask":     addresses,
		"cidrsubnet":      addresses,
		"cidrsubnets":     addresses,
		"env":             `the environment of the process is not read, so that a plan is the same everywhere; use a variable, which TWINSET_VAR_NAME sets, or secret("env://NAME")`,
		"ephemeralasnull": "no value is ephemeral here; secrets are references that secret() makes",
		"getenv":          `the environment of the process is not read, so that a plan is the same everywhere; use a variable, which TWINSET_VAR_NAME sets, or secret("env://NAME")`,
		"list":            "write [a, b]",
		"map":             "write { a = b }",
		"pathexpand":      "its result differs from machine to machine; paths start at the directory of the file",
		"plantimestamp":   "the clock is not looked at, so that the same files give the same plan; give the time as a variable",
		"rsadecrypt":      "a decrypted secret would stand in plans and on the hub in clear; use secret() for keys",
		"timestamp":       "the clock is not looked at, so that the same files give the same plan; give the time as a variable",
		"uuid":            "its result is another one each time, which would be a change in every plan; uuidv5 makes an id from a name",
	}
}

func refusedFunctions() map[string]function.Function {
	table := map[string]function.Function{}
	for name, reason := range refused() {
		table[name] = refusedFunc(reason)
	}
	return table
}

// refusedFunc fails with a reason, whatever it is called with.
func refusedFunc(reason string) function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true},
		Type:     func([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, errors.New(reason) },
		Impl:     func([]cty.Value, cty.Type) (cty.Value, error) { return cty.DynamicVal, errors.New(reason) },
	})
}
