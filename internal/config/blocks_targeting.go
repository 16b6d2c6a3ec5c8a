package config

import "github.com/twinset/twinset/schema"

var targetingLifecycleDef = &blockDef{
	Type: "lifecycle", Single: true, Doc: "How the object may be changed.",
	Args: []argDef{
		{Name: "replace", Type: "string", OneOf: []string{schema.ReplaceSuccessor, schema.ReplaceInPlace}, Doc: `How content changes, which the hub does not let change: "successor" (default) makes the new one under another id and removes the old one once it is applied, "in_place" removes the old one first.`},
		{Name: "on_remove", Type: "string", OneOf: []string{schema.OnRemoveDelete, schema.OnRemoveAbandon}, Doc: `What becomes of the object when it leaves the configuration. "delete": it is deleted. "abandon": only the ownership mark goes. Default: that of the environment, where "disable" deletes it.`},
		{Name: "prevent_destroy", Type: "bool", Doc: "Refuse a plan that deletes the object."},
		{Name: "adopt", Type: "bool", Doc: "Take over an existing object that carries no ownership mark."},
	},
}

// targetingArgs are the arguments that configurations and deployments share.
func targetingArgs(own ...argDef) []argDef {
	shared := []argDef{
		{Name: "priority", Type: "number", Required: true, Doc: "Whole number. Of those that set the same property of a device the highest wins, among equals the one made last."},
		{Name: "target_condition", Type: "string", Required: true, Doc: `Which devices: a condition on deviceId, tags and reported properties, such as "tags.site = 'north'", or * for all.`},
		{Name: "labels", Type: "object", Doc: "Labels: strings by name. null: the label must not exist."},
		{Name: "metrics", Type: "object", Doc: "Up to five queries by name, whose rows the hub counts. null: the metric must not exist."},
	}
	return append(shared, own...)
}

var configurationDef = &blockDef{
	Type: "configuration", Label: "id", Doc: "An automatic configuration: desired properties that the hub writes to the devices or modules that meet a condition.",
	Args: targetingArgs(
		argDef{Name: "device_content", Type: "object", Doc: `What is written to devices: values by "properties.desired" or "properties.desired.PATH".`},
		argDef{Name: "module_content", Type: "object", Doc: `What is written to modules. The condition starts with "FROM devices.modules WHERE".`},
	),
	Blocks: []*blockDef{targetingLifecycleDef},
}

var deploymentDef = &blockDef{
	Type: "deployment", Label: "id", Doc: "An IoT Edge deployment: what the hub writes to the modules of edge devices that meet a condition.",
	Args:   targetingArgs(manifestArgs()...),
	Blocks: append(manifestBlocks(), targetingLifecycleDef),
}
