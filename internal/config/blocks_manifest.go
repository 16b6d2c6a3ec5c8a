package config

// containerArgs are what modules and system modules share.
func containerArgs(own ...argDef) []argDef {
	shared := []argDef{
		{Name: "version", Type: "string", Doc: "Version of the module, for people."},
		{Name: "image_pull_policy", Type: "string", OneOf: []string{"on-create", "never"}, Doc: "When the image is pulled."},
		{Name: "startup_order", Type: "number", Doc: "The runtime starts modules of lower numbers first."},
		{Name: "env", Type: "object", Doc: "Environment variables: values by name."},
		{Name: "create_options", Type: "object", Doc: "How the container is made, as the container engine reads it. It becomes JSON in a string."},
	}
	return append(own, shared...)
}

var manifestModuleDef = &blockDef{
	Type: "module", Label: "id", Doc: "A module that the devices run.",
	Args: containerArgs(
		argDef{Name: "image", Type: "string", Required: true, Doc: "Image with its tag."},
		argDef{Name: "status", Type: "string", OneOf: []string{"running", "stopped"}, Doc: `"running" (default) or "stopped".`},
		argDef{Name: "restart_policy", Type: "string", OneOf: []string{"always", "never", "on-failure", "on-unhealthy"}, Doc: `When the runtime starts it again; default "always".`},
		argDef{Name: "desired", Type: "object", Doc: "Desired properties of its twin."},
	),
}

var systemModuleDef = &blockDef{
	Type: "system_module", Label: "id", Doc: `A part of the runtime: "edgeAgent" or "edgeHub".`,
	Args: containerArgs(argDef{Name: "image", Type: "string", Doc: "Image with its tag. Default: Microsoft's with the tag of runtime."}),
}

var routeDef = &blockDef{
	Type: "route", Label: "name", Doc: "A way for messages.",
	Args: []argDef{
		{Name: "route", Type: "string", Required: true, Doc: `Such as "FROM /messages/modules/opcua/* INTO $upstream".`},
		{Name: "priority", Type: "number", Doc: "0 (highest) to 9."},
		{Name: "time_to_live_s", Type: "number", Doc: "Seconds that messages wait for the way to work."},
	},
}

// manifestArgs are the arguments of a deployment that stand for its manifest.
func manifestArgs() []argDef {
	return []argDef{
		{Name: "modules_content", Type: "object", Doc: `The manifest: by module id, values by "properties.desired" or "properties.desired.PATH". $edgeAgent must be among them. Or blocks:`},
		{Name: "layered", Type: "bool", Doc: "The blocks add to what other deployments declare, and hold no runtime."},
		{Name: "runtime", Type: "string", Doc: `Tag of Microsoft's images of edgeAgent and edgeHub, such as "1.5".`},
		{Name: "keep_messages_s", Type: "number", Doc: "Seconds that the edge hub keeps messages which cannot be sent."},
	}
}

// manifestDef is the manifest of one device.
var manifestDef = &blockDef{
	Type: "manifest", Single: true, Doc: "What this IoT Edge device runs, where no deployment says so.",
	Args: []argDef{
		{Name: "modules_content", Type: "object", Doc: `The manifest as JSON says it: by module id, values by "properties.desired". $edgeAgent must be among them. Or blocks:`},
		{Name: "runtime", Type: "string", Doc: `Tag of Microsoft's images of edgeAgent and edgeHub, such as "1.5".`},
		{Name: "keep_messages_s", Type: "number", Doc: "Seconds that the edge hub keeps messages which cannot be sent."},
	},
	Blocks: manifestBlocks(),
}

func manifestBlocks() []*blockDef {
	return []*blockDef{manifestModuleDef, systemModuleDef, routeDef}
}

// manifestNames are the names of arguments in the content.
var manifestNames = map[string][]string{
	"image": {"settings", "image"}, "create_options": {"settings"}, "restart_policy": {"restartPolicy"},
	"image_pull_policy": {"imagePullPolicy"}, "startup_order": {"startupOrder"}, "time_to_live_s": {"timeToLiveSecs"},
}
