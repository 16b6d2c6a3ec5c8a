package config

// addressType is the type of arguments that name an object. Their value is source
// text in every syntax.
const addressType = "address"

var importDef = &blockDef{
	Type: "import", Doc: "An object that exists on the hub already and comes under the project.",
	Args: []argDef{
		{Name: "to", Type: addressType, Required: true, Doc: `Address of the declared object: device.gateway["gw-1"].`},
		{Name: "id", Type: "string", Required: true, Doc: "Its id on the hub; of a module DEVICE/MODULE. It must be the declared one."},
	},
}

var movedDef = &blockDef{
	Type: "moved", Doc: "An object that has another address in the configuration than before.",
	Args: []argDef{
		{Name: "from", Type: addressType, Required: true, Doc: "The address that is declared no more."},
		{Name: "to", Type: addressType, Required: true, Doc: "The address that is declared now."},
	},
}

var removedDef = &blockDef{
	Type: "removed", Doc: "An object that left the configuration, and what becomes of it on the hub.",
	Args: []argDef{
		{Name: "from", Type: addressType, Required: true, Doc: "Its address on the hub: device.ID, device.ID.module.ID, configuration.ID or deployment.ID. A device stands for its modules too."},
		{Name: "on_remove", Type: "string", OneOf: onRemoves(), Required: true, Doc: `"delete": it is deleted. "disable": the device is disabled and kept. "abandon": only the ownership mark goes, everything else stays.`},
	},
}
