package config

var overlayDef = &blockDef{
	Type: "overlay", Label: "name", Doc: "Tags and desired properties for the twins of devices that are not declared.",
	Args: []argDef{
		{Name: "where", Type: "string", Required: true, Doc: `Which devices: a condition on deviceId, tags and reported properties, such as "tags.site = 'north'", or * for all.`},
		{Name: "tags", Type: "object", Doc: "Tags of the device twins. null: the tag must not exist."},
		{Name: "desired", Type: "object", Doc: "Desired properties of the device twins. null: the property must not exist."},
	},
}
