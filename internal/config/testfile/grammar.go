package testfile

import "github.com/hashicorp/hcl/v2"

// The grammar of test files. Variables may be written as a block, as Terraform
// has it, or as an argument; in YAML and JSON that is the same.
var (
	variablesBlock = hcl.BlockHeaderSchema{Type: "variables"}
	seedBlock      = hcl.BlockHeaderSchema{Type: "seed"}

	fileSchema = &hcl.BodySchema{
		Attributes: arguments("environment", "variables"),
		Blocks:     []hcl.BlockHeaderSchema{variablesBlock, seedBlock, {Type: "run", LabelNames: []string{"name"}}},
	}
	runSchema = &hcl.BodySchema{
		Attributes: arguments("command", "environment", "variables", "expect_failures"),
		Blocks:     []hcl.BlockHeaderSchema{variablesBlock, seedBlock, {Type: "plan_options"}, {Type: "assert"}},
	}
	optionsSchema = &hcl.BodySchema{Attributes: arguments("targets", "destroy", "adopt", "take_ownership", "allow_deletes")}
	assertSchema  = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "condition", Required: true}, {Name: "error_message", Required: true}}}
	seedSchema    = &hcl.BodySchema{
		Attributes: arguments("file"),
		Blocks:     []hcl.BlockHeaderSchema{{Type: "device", LabelNames: []string{"id"}}},
	}
	deviceSchema = &hcl.BodySchema{
		Attributes: arguments("status", "status_reason", "tags", "desired", "owner"),
		Blocks:     []hcl.BlockHeaderSchema{{Type: "module", LabelNames: []string{"id"}}},
	}
	moduleSchema = &hcl.BodySchema{Attributes: arguments("tags", "desired", "owner")}
)

func arguments(names ...string) []hcl.AttributeSchema {
	list := make([]hcl.AttributeSchema, len(names))
	for i, name := range names {
		list[i].Name = name
	}
	return list
}
