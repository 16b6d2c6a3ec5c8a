package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/schema"
)

// blockDef is a row of the grammar: a block type in all three syntaxes. The
// decoder, the reference documents and the JSON Schema are made from it.
type blockDef struct {
	Type   string
	Label  string // what the label names; empty for a block without one
	Doc    string
	Args   []argDef
	Blocks []*blockDef
	Single bool // at most one in its body
	Free   bool // any argument is allowed
}

// argDef is an argument of a block.
type argDef struct {
	Name     string
	Type     string // for the documents: string, number, bool, list, object, type, address, any
	Doc      string
	OneOf    []string // the strings that it can be; empty for any
	Required bool
}

// onRemoves are the values of on_remove.
func onRemoves() []string {
	return []string{schema.OnRemoveDelete, schema.OnRemoveDisable, schema.OnRemoveAbandon}
}

var lifecycleDef = &blockDef{
	Type: "lifecycle", Single: true, Doc: "How the object may be changed.",
	Args: []argDef{
		{Name: "manage", Type: "string", OneOf: []string{"full", schema.ManageTwin}, Doc: `"full" (default): identity and twin are managed. "twin": the identity belongs to whoever provisions it; only tags and desired properties are written.`},
		{Name: "on_remove", Type: "string", OneOf: onRemoves(), Doc: `What becomes of the object when it leaves the configuration. "delete": it is deleted. "disable": the device is disabled and kept. "abandon": only the ownership mark goes. Default: that of the environment.`},
		{Name: "prevent_destroy", Type: "bool", Doc: "Refuse a plan that deletes the object."},
		{Name: "ignore", Type: "list", Doc: "Paths that are left alone once the object exists, such as desired.telemetry; * stands for one name."},
		{Name: "mode", Type: "string", OneOf: []string{"merge", "exact"}, Doc: `"merge" (default) leaves undeclared leaves alone, "exact" removes them.`},
		{Name: "adopt", Type: "bool", Doc: "Take over an existing object that carries no ownership mark."},
	},
}

var authDef = &blockDef{
	Type: "auth", Single: true, Doc: "How the device or module authenticates.",
	Args: []argDef{
		{Name: "type", Type: "string", OneOf: schema.AuthTypes(), Required: true, Doc: `"sas" (symmetric keys), "x509_thumbprint" or "x509_ca".`},
		{Name: "primary_key", Type: "string", Doc: "A secret(...) reference. Without keys the hub generates both."},
		{Name: "secondary_key", Type: "string", Doc: "A secret(...) reference."},
		{Name: "primary_thumbprint", Type: "string", Doc: "SHA-1 or SHA-256 thumbprint in hex, or a secret(...) reference."},
		{Name: "secondary_thumbprint", Type: "string", Doc: "SHA-1 or SHA-256 thumbprint in hex, or a secret(...) reference."},
	},
}

var moduleDef = &blockDef{
	Type: "module", Label: "id", Doc: "A module of the device. With for_each, the module's id is each.key.",
	Args: []argDef{
		{Name: "for_each", Type: "object", Doc: "One module for each member of a map or set of strings."},
		{Name: "profiles", Type: "list", Doc: "Names of profiles, merged in order before the module's own values."},
		{Name: "tags", Type: "object", Doc: "Tags of the module twin."},
		{Name: "desired", Type: "object", Doc: "Desired properties of the module twin."},
	},
	Blocks: []*blockDef{authDef, lifecycleDef},
}

var deviceDef = &blockDef{
	Type: "device", Label: "name", Doc: "A device identity with its twin, or many with for_each.",
	Args: []argDef{
		{Name: "for_each", Type: "object", Doc: "One device for each member of a map or set of strings."},
		{Name: "id", Type: "string", Doc: "Device id. Default: each.key with for_each, else the label."},
		{Name: "edge", Type: "bool", Doc: "Whether the device is an IoT Edge device, which others can have as their parent."},
		{Name: "status", Type: "string", OneOf: []string{schema.StatusEnabled, schema.StatusDisabled}, Doc: `"enabled" or "disabled".`},
		{Name: "status_reason", Type: "string", Doc: "Why the device has its status."},
		{Name: "parent", Type: "string", Doc: `Id of the IoT Edge device that the device connects through. "": it has none.`},
		{Name: "profiles", Type: "list", Doc: "Names of profiles, merged in order before the device's own values."},
		{Name: "tags", Type: "object", Doc: "Tags of the device twin. null: the tag must not exist."},
		{Name: "desired", Type: "object", Doc: "Desired properties of the device twin. null: the property must not exist."},
	},
	Blocks: []*blockDef{authDef, moduleDef, manifestDef, lifecycleDef},
}

var variableDef = &blockDef{
	Type: "variable", Label: "name", Doc: "A value given from outside, used as var.NAME.",
	Args: []argDef{
		{Name: "type", Type: "type", Doc: "Type of the value: string, number, bool, list(string), object({...})."},
		{Name: "default", Type: "any", Doc: "Value when none is given."},
		{Name: "description", Type: "string", Doc: "What the value is for."},
		{Name: "sensitive", Type: "bool", Doc: "Keep the value out of messages; it cannot become part of an object."},
		{Name: "nullable", Type: "bool", Doc: "Whether null is allowed; default true."},
	},
	Blocks: []*blockDef{{
		Type: "validation", Doc: "A condition that the value must meet.",
		Args: []argDef{
			{Name: "condition", Type: "bool", Required: true, Doc: "True when the value is good."},
			{Name: "error_message", Type: "string", Required: true, Doc: "What to say when it is not."},
		},
	}},
}

var environmentDef = &blockDef{
	Type: "environment", Label: "name", Doc: "A hub, and what differs from one to the next.",
	Args: []argDef{
		{Name: "for_each", Type: "object", Doc: "The block stands for several hubs, one for each member of a map or set of strings: each.key and each.value tell them apart in the other arguments."},
		{Name: "where", Type: "string", Doc: "With for_each: which devices stand on the hub, as a condition on their id and the tags that they declare. Each device meets exactly one. Without it every hub has the whole fleet."},
		{Name: "hub", Type: "string", Required: true, Doc: `"emulator", a host name, or a hub's short name.`},
		{Name: "vars", Type: "object", Doc: "Values of variables in this environment."},
		{Name: "protect", Type: "bool", Doc: "Refuse destroy, and deletions without --allow-deletes."},
		{Name: "on_remove", Type: "string", OneOf: onRemoves(), Doc: `What becomes of objects that leave the configuration: "delete", "disable" or "abandon". Default: that of the project.`},
		{Name: "parallelism", Type: "number", Doc: "Requests in flight at a time."},
		{Name: "subscription", Type: "string", Doc: "Id of the Azure subscription that the hub is in. Default: AZURE_SUBSCRIPTION_ID, or ARM_SUBSCRIPTION_ID."},
		{Name: "resource_group", Type: "string", Doc: "Resource group that the hub is in. With it, its SKU and units are read from Azure when limits do not tell them."},
		{Name: "default", Type: "bool", Doc: "Use this environment when none is named."},
	},
	Blocks: []*blockDef{{
		Type: "limits", Single: true, Doc: "How large the hub is, and how much a plan may delete: one that deletes more than both is refused.",
		Args: []argDef{
			{Name: "sku", Type: "string", OneOf: quota.SKUs(), Doc: "SKU of the hub. It decides about the pace of requests and the times that plans tell."},
			{Name: "units", Type: "number", Doc: "Units of the hub; default 1."},
			{Name: "delete_percent", Type: "number", Doc: "Share of the owned objects of a kind, in percent."},
			{Name: "delete_count", Type: "number", Doc: "Number of objects of a kind."},
		},
	}, jobsDef},
}

var jobsDef = &blockDef{
	Type: "jobs", Single: true, Doc: "A blob container through which the hub's own import and export jobs read and write the fleet.",
	Args: []argDef{
		{Name: "container", Type: "string", Required: true, Doc: "URL of the container, such as https://ACCOUNT.blob.core.windows.net/CONTAINER, without a SAS."},
		{Name: "sas", Type: "string", Doc: "A secret(...) reference to a SAS with the permissions racwdl. Without it the hub's managed identity is used, and Entra ID here."},
		{Name: "identity", Type: "string", Doc: "Resource id of the user-assigned identity that the hub is to use; default: its system-assigned one."},
	},
}

var projectDef = &blockDef{
	Type: "project", Label: "name", Single: true, Doc: "The project: its name is the owner mark on the hub.",
	Args: []argDef{
		{Name: "required_version", Type: "string", Doc: `Versions of twinset that may be used, such as ">= 0.1, < 2".`},
		{Name: "owner", Type: "string", Doc: "Owner in ownership marks; default: the project's name."},
		{Name: "on_remove", Type: "string", OneOf: onRemoves(), Doc: `What becomes of objects that leave the configuration: "delete" (default), "disable" or "abandon".`},
		{Name: "defaults", Type: "object", Doc: "What every device starts with, written out as { tags, desired, profiles }. Profiles and the device's own values win."},
	},
	Blocks: []*blockDef{policyDef},
}

var policyDef = &blockDef{
	Type: "policy", Label: "name", Doc: "A condition that every object, or every member of a collection, must meet.",
	Args: []argDef{
		{Name: "condition", Type: "bool", Required: true, Doc: "True when the policy is met. It sees the object as object, or the member as each."},
		{Name: "error_message", Type: "string", Required: true, Doc: "What to say when it is not. It sees the same."},
		{Name: "severity", Type: "string", OneOf: []string{"error", "warning"}, Doc: `"error" (default) refuses plans, "warning" only says so.`},
		{Name: "for", Type: "string", OneOf: []string{"device", "module"}, Doc: `"device" or "module": the kind of objects that it is about; default both.`},
		{Name: "for_each", Type: "object", Doc: "Check the members of this map or set of strings instead of the objects."},
	},
}

var outputDef = &blockDef{
	Type: "output", Label: "name", Doc: "A value to show, printed by twinset output, and used as output.NAME by twinset console and tests.",
	Args: []argDef{
		{Name: "value", Type: "any", Required: true, Doc: "The value."},
		{Name: "description", Type: "string", Doc: "What the value is."},
		{Name: "sensitive", Type: "bool", Doc: "Keep the value out of messages. Required when it comes from a sensitive variable or a secret."},
	},
}

var includeDef = &blockDef{
	Type: "include", Doc: "Another directory whose files are part of the project.",
	Args: []argDef{
		{Name: "path", Type: "string", Required: true, Doc: "The directory, relative to that of this file and inside of the repository. It may use functions only."},
	},
}

var localsDef = &blockDef{Type: "locals", Free: true, Doc: "Named values, used as local.NAME."}

var profileDef = &blockDef{
	Type: "profile", Label: "name", Doc: "Tags and desired properties to share between devices or modules.",
	Args: []argDef{
		{Name: "extends", Type: "list", Doc: "Profiles that come before this one."},
		{Name: "for", Type: "string", OneOf: []string{"device", "module"}, Doc: `"device" or "module": where the profile may be used; default both.`},
		{Name: "tags", Type: "object", Doc: "Tags."},
		{Name: "desired", Type: "object", Doc: "Desired properties."},
	},
}

// fileDef is the body of a file.
var fileDef = &blockDef{
	Blocks: []*blockDef{
		projectDef, environmentDef, variableDef,
		localsDef, profileDef, deviceDef, policyDef, outputDef, includeDef,
		importDef, movedDef, removedDef,
		configurationDef, deploymentDef, overlayDef,
	},
}

// schema is the row as the parsers understand it.
func (d *blockDef) schema() *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, a := range d.Args {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: a.Name, Required: a.Required})
	}
	for _, b := range d.Blocks {
		h := hcl.BlockHeaderSchema{Type: b.Type}
		if b.Label != "" {
			h.LabelNames = []string{b.Label}
		}
		s.Blocks = append(s.Blocks, h)
	}
	return s
}

func (d *blockDef) block(blockType string) *blockDef {
	for _, b := range d.Blocks {
		if b.Type == blockType {
			return b
		}
	}
	return nil
}

// decode reads a body by its row.
func decode(body hcl.Body, def *blockDef) (*hcl.BodyContent, hcl.Diagnostics) {
	if def.Free {
		attrs, diags := body.JustAttributes()
		return &hcl.BodyContent{Attributes: attrs, MissingItemRange: body.MissingItemRange()}, diags
	}
	schema := def.schema()
	content, diags := sparse(body, schema).Content(schema)
	kept := content.Blocks[:0]
	seen := map[string]hcl.Range{}
	for _, b := range content.Blocks {
		if first, again := seen[b.Type]; again && def.block(b.Type).Single {
			diags = append(diags, errorAt(b.DefRange, "Duplicate block", fmt.Sprintf("There may be only one %s block here; the first is at %s.", b.Type, first)))
		} else {
			kept = append(kept, b)
		}
		seen[b.Type] = b.DefRange
	}
	content.Blocks = kept
	return content, diags
}
