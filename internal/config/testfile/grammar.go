package testfile

import (
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/schema"
)

// The grammar of test files. Variables may be written as a block, as Terraform
// has it, or as an argument; in YAML and JSON that is the same. What the rows
// say is also what editors show.
var (
	environmentArg = config.ArgDef{Name: "environment", Type: "string", Doc: "Name of the environment. A run's wins over the file's, the file's over --env."}
	variablesArg   = config.ArgDef{Name: "variables", Type: "object", Doc: "Values of variables. A run's win over the file's, these over everything else."}
	tagsArg        = config.ArgDef{Name: "tags", Type: "object", Doc: "Tags of the twin."}
	desiredArg     = config.ArgDef{Name: "desired", Type: "object", Doc: "Desired properties of the twin."}
	reportedArg    = config.ArgDef{Name: "reported", Type: "object", Doc: "Reported properties of the twin, as the device sent them."}
	ownerArg       = config.ArgDef{Name: "owner", Type: "string", Doc: "PROJECT/ENVIRONMENT whose mark the object bears; without one it belongs to nobody."}

	authBlock = &config.BlockDef{
		Type: "auth", Single: true, Doc: "How the device or module authenticates. Without it by keys that the hub generates.",
		Args: []config.ArgDef{
			{Name: "type", Type: "string", OneOf: schema.AuthTypes(), Required: true, Doc: `"sas" (keys that the hub generates), "x509_thumbprint" or "x509_ca".`},
			{Name: "primary_thumbprint", Type: "string", Doc: "SHA-1 or SHA-256 thumbprint of the certificate, in hex."},
			{Name: "secondary_thumbprint", Type: "string", Doc: "Thumbprint of the other certificate."},
		},
	}

	variablesBlock = &config.BlockDef{Type: "variables", Free: true, Doc: variablesArg.Doc}

	moduleBlock = &config.BlockDef{
		Type: "module", Label: "id", Doc: "A module of the device. With for_each, the module's id is each.key.",
		Args: []config.ArgDef{
			{Name: "for_each", Type: "object", Doc: "One module for each member of a map or set of strings."},
			tagsArg, desiredArg, reportedArg, ownerArg,
		},
		Blocks: []*config.BlockDef{authBlock},
	}
	deviceBlock = &config.BlockDef{
		Type: "device", Label: "id", Doc: "A device that the hub holds, or many with for_each.",
		Args: []config.ArgDef{
			{Name: "for_each", Type: "object", Doc: "One device for each member of a map or set of strings."},
			{Name: "id", Type: "string", Doc: "Device id. Default: each.key with for_each, else the label."},
			{Name: "status", Type: "string", OneOf: []string{"enabled", "disabled"}, Doc: `"enabled" (default) or "disabled".`},
			{Name: "status_reason", Type: "string", Doc: "Why the device has its status."},
			{Name: "edge", Type: "bool", Doc: "Whether the device is an IoT Edge device."},
			{Name: "parent", Type: "string", Doc: "Id of the IoT Edge device of the seed that the device is attached to."},
			tagsArg, desiredArg, reportedArg, ownerArg,
		},
		Blocks: []*config.BlockDef{authBlock, moduleBlock},
	}
	seedBlock = &config.BlockDef{
		Type: "seed", Doc: "What the hub holds before a run; several add up.",
		Args:   []config.ArgDef{{Name: "file", Type: "string", Doc: "A file of twins in JSON, as queries of the service return them: one a line, or an array."}},
		Blocks: []*config.BlockDef{deviceBlock},
	}

	optionsBlock = &config.BlockDef{
		Type: "plan_options", Single: true, Doc: "The flags of twinset plan.",
		Args: []config.ArgDef{
			{Name: "targets", Type: "list", Doc: "Plan only the objects at these addresses, and their modules."},
			{Name: "destroy", Type: "bool", Doc: "Plan the removal of everything that the project owns."},
			{Name: "adopt", Type: "bool", Doc: "Take over existing objects that the project does not own yet."},
			{Name: "take_ownership", Type: "bool", Doc: "Take over fields that another owner holds."},
			{Name: "allow_deletes", Type: "number", Doc: "Allow so many removals beyond the limits of the environment."},
		},
	}
	assertBlock = &config.BlockDef{
		Type: "assert", Doc: "What must hold after the run.",
		Args: []config.ArgDef{
			{Name: "condition", Type: "bool", Required: true, Doc: "True when the run did what it should."},
			{Name: "error_message", Type: "string", Required: true, Doc: "What to say when it is not."},
		},
	}
	runBlock = &config.BlockDef{
		Type: "run", Label: "name", Doc: "A run: evaluate, plan or apply, then look at what came of it.",
		Args: []config.ArgDef{
			{Name: "command", Type: "string", OneOf: []string{string(Evaluate), string(Plan), string(Apply)}, Doc: `"evaluate", "plan" or "apply" (default).`},
			environmentArg, variablesArg,
			{Name: "expect_failures", Type: "list", Doc: "Failures that must occur, each by its summary or by an address that it is about, such as var.NAME or policy.NAME."},
		},
		Blocks: []*config.BlockDef{variablesBlock, seedBlock, optionsBlock, assertBlock},
	}

	// fileBlock is the body of a file.
	fileBlock = &config.BlockDef{
		Args:   []config.ArgDef{environmentArg, variablesArg},
		Blocks: []*config.BlockDef{variablesBlock, seedBlock, runBlock},
	}
)

// The rows as the parsers understand them.
var (
	fileSchema    = fileBlock.BodySchema()
	runSchema     = runBlock.BodySchema()
	optionsSchema = optionsBlock.BodySchema()
	assertSchema  = assertBlock.BodySchema()
	seedSchema    = seedBlock.BodySchema()
	deviceSchema  = deviceBlock.BodySchema()
	moduleSchema  = moduleBlock.BodySchema()
	authSchema    = authBlock.BodySchema()
)

// JSONSchema describes test files in YAML and JSON, for editors.
func JSONSchema() ([]byte, error) {
	return fileBlock.JSONSchema("twinset tests", "A file *.twintest.yaml or *.twintest.json: runs of a configuration against a hub in memory.")
}
