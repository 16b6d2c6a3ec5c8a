package config

func instanceEntries() []catalogued {
	return []catalogued{
		{"Invalid for_each", "for_each is not a map, an object or a set of strings, or it is secret.", "Use toset for a list of strings, or a for expression that makes keys."},
		{"Duplicate device block", "Two device blocks have the same label.", "Rename or remove one."},
		{"Duplicate module block", "Two module blocks of a device have the same label.", "Rename or remove one."},
		{"Duplicate device id", "Two instances declare the same device.", "Remove one, or give it another id."},
		{"Duplicate module id", "Two instances declare the same module of a device.", "Remove one, or give it another id."},
		{"Duplicate profile", "Two profiles have the same name.", "Rename or remove one."},
		{"Invalid profile", "The argument \"for\" of a profile names no kind of object.", "Write \"device\" or \"module\", or leave it out."},
		{"Unknown profile", "No profile has this name.", "Use the name that is suggested, or declare the profile."},
		{"Profile of another kind", "A profile for devices is used by a module, or the other way round.", "Use another profile, or remove its argument \"for\"."},
		{"Cycle in profiles", "Profiles extend each other in a circle.", "Break the circle at one of the places that are named."},
	}
}

func moveEntries() []catalogued {
	return []catalogued{
		{"Invalid address", "An argument of import, moved or removed is not the address of an object.", "Write device.LABEL, device.LABEL[\"KEY\"] or one of a module below it."},
		{"Unknown object", "Nothing is declared under an address.", "Correct the address, or remove the block."},
		{"Object still declared", "A removed or moved block is about an object that is declared.", "Remove the block, or the declaration."},
		{"Import of another id", "The id of an import block is not the one that is declared.", "Write the same id in both places."},
		{"Duplicate import", "Two import blocks name the same object.", "Remove one."},
		{"Duplicate move", "Two moved blocks start at the same address.", "Remove one."},
		{"Duplicate removal", "Two removed blocks name the same object.", "Remove one."},
		{"Invalid move", "A moved block turns an object into something else, or moves go round in a circle.", "Follow the message."},
	}
}

func overlayEntries() []catalogued {
	return []catalogued{
		{"Invalid overlay condition", "The condition of an overlay cannot be read, or is not one on devices.", "Follow the message."},
		{"Duplicate overlay", "Two overlays have the same name.", "Rename or remove one."},
		{"Empty overlay", "An overlay writes neither tags nor desired properties.", "Give it some, or remove it."},
		{"Overlay decides about itself", "The condition of an overlay reads a value that an overlay writes.", "Use a tag that no overlay writes."},
	}
}

func secretEntries() []catalogued {
	return []catalogued{
		{"Key in the configuration", "A symmetric key or a SAS is written in the configuration, or made from something else than one secret.", "Write secret(\"env://NAME\") or secret(\"file://PATH\"); a key can be left out to let the hub generate it."},
		{"Secret outside of auth", "A value made by secret() stands where it would be written to plans, logs and the hub in clear.", "Use secrets for keys and thumbprints of auth blocks, and for passwords of registries in deployments."},
		{"Sensitive value in configuration", "A value from a sensitive variable would become part of an object.", "Use secret() for keys; other values of objects cannot be sensitive."},
	}
}

func objectEntries() []catalogued {
	return []catalogued{
		{"Invalid id", "The id of a device or module is empty, too long, or holds a character that the hub does not allow.", "Ids have at most 128 letters, digits and the characters that the message lists."},
		{"System module", "A module's id begins with $, which belongs to the IoT Edge runtime.", "Choose another id."},
		{"Invalid status", "The status of a device is neither enabled nor disabled.", "Write one of the two."},
		{"Invalid parent", "The parent of a device is the device itself, or text that is no id.", "Write the id of the IoT Edge device that it connects through."},
		{"Cycle in parents", "The parents of an IoT Edge device lead back to it.", "Give one of the devices that are named another parent, or none."},
		{"Parent is no edge device", "The parent of a device is declared with edge = false.", "Declare the parent with edge = true, or name another one."},
		{"Identity managed elsewhere", "A device with manage = \"twin\" declares a part of its identity.", "Remove the argument that is named, or manage the device in full."},
		{"Status reason too long", "The status_reason has more characters than the hub allows.", "Shorten it."},
		{"Invalid authentication type", "The type of an auth block is not one that the hub has.", "Write sas, x509_thumbprint or x509_ca."},
		{"Incomplete keys", "One of two symmetric keys is given.", "Give both, or neither to let the hub generate them."},
		{"Missing thumbprint", "Authentication by thumbprint has no thumbprint.", "Add primary_thumbprint."},
		{"Invalid thumbprint", "A thumbprint is not 40 or 64 hexadecimal digits.", "Write it without colons and spaces."},
		{"Unexpected authentication material", "A key or thumbprint does not go with the type of authentication.", "Remove it, or change the type."},
		{"Reserved tag", "A tag has the name that twinset keeps its ownership mark under.", "Choose another name."},
		{"Section too large", "The tags or desired properties are larger than the hub allows.", "Leave out what devices do not need, or split it over modules."},
		{"Key too long", "A key is longer than the hub allows.", "Shorten it."},
		{"String too long", "A text is longer than the hub allows.", "Shorten it, or split it over several keys."},
		{"Null inside an array", "An array holds null, which the hub refuses.", "Leave the element out."},
		{"Integer out of range", "An integer is outside of what the hub keeps exactly.", "Send it as a string."},
		{"Number out of range", "A number does not fit a 64-bit floating-point value.", "Send it as a string."},
		{"Invalid UTF-8", "A text is not valid UTF-8.", "Encode binary data with base64encode."},
		{"Invalid mode", "The mode of a lifecycle block is neither merge nor exact.", "Write one of the two."},
		{"Invalid path", "A member of ignore is not a path that can be ignored.", "Write paths like tags.site or desired.*.interval_s."},
		{"Invalid object", "An object cannot be written as a document.", "Follow the message."},
	}
}

func targetingEntries() []catalogued {
	return []catalogued{
		{"Duplicate configuration", "Two configurations have the same id.", "Rename or remove one."},
		{"Duplicate deployment", "Two deployments have the same id.", "Rename or remove one."},
		{"Id used twice", "A configuration and a deployment have the same id; the hub keeps both under one list of ids.", "Rename one."},
		{"Invalid priority", "The priority is not a whole number that the hub can hold.", "Write a number like 10; the highest wins."},
		{"Invalid target condition", "The condition is empty, or does not go with the kind of content.", "Write * for all devices, tags.site = 'a' for some, FROM devices.modules WHERE ... for modules."},
		{"Invalid label", "A label is not a string, or has no name.", "Write it in quotes."},
		{"Reserved label", "A label begins like those that hold twinset's ownership mark.", "Choose another name."},
		{"Too many metrics", "A configuration has more metrics than the hub allows.", "Remove some."},
		{"Invalid metric", "A metric is not a query.", "Write SELECT ... FROM ..."},
		{"Two contents", "A configuration has content for devices and content for modules.", "Make two configurations of it."},
		{"Missing content", "A configuration or deployment writes nothing.", "Say what it writes."},
		{"Invalid content", "A value in the content has the wrong shape.", "Follow the message."},
		{"Invalid content key", "A key of a content is not properties.desired or a path below it.", "Write \"properties.desired.NAME\"."},
		{"Content writes twice", "Two keys of a content write the same property.", "Keep one of them."},
		{"Null in content", "A content holds null.", "Leave the property out."},
		{"Missing $edgeAgent", "A deployment has no content for $edgeAgent.", "Add it; in a layered deployment it may be an empty object."},
		{"Too many modules", "A deployment has more modules than the hub allows.", "Split it into layered deployments."},
		{"Two manifests", "A deployment has modules_content and blocks that declare a manifest.", "Keep one of the two."},
		{"Missing runtime", "The manifest has no image for a part of the runtime.", "Set runtime = \"1.5\", give the images in system_module blocks, or say layered = true."},
		{"Runtime in a layer", "A layered deployment declares a part of the runtime.", "Declare it in the deployment below, or remove layered."},
		{"Unknown system module", "A system_module is neither edgeAgent nor edgeHub.", "Use module for modules of your own."},
		{"Duplicate system_module block", "Two system_module blocks of a deployment have the same name.", "Remove one."},
		{"Duplicate route block", "Two routes of a deployment have the same name.", "Rename or remove one."},
		{"Credential in the manifest", "A manifest holds the password of a registry, which would stand in plans.", "Give it by reference in a deployment: secret(\"env://NAME\") in its place, or given to a variable of contentdecode."},
		{"Manifest without the runtime", "A device that is no IoT Edge device has a manifest.", "Declare edge = true, or remove the manifest."},
		{"Empty manifest", "The manifest block of a device says nothing.", "Declare modules_content, or runtime and modules; or remove the block."},
		{"Layer in a device's manifest", "The manifest of a device adds to a path of a module instead of writing all of its properties.", "Write properties.desired as a whole."},
		{"Desired properties declared twice", "The manifest of a device and a module block of it declare desired properties of the same module.", "Declare them in one of the two."},
		{"Invalid manifest", "The runtime of an edge device would not understand a part of the deployment.", "Follow the message."},
	}
}

func testEntries() []catalogued {
	return []catalogued{
		{"No runs", "A test file has no run block.", "Add one, or remove the file."},
		{"Duplicate run", "Two runs of a file have the same name.", "Rename one."},
		{"Nothing to test", "A run evaluates the configuration and asserts nothing.", "Add an assert block or expect_failures."},
		{"Unknown command", "A run's command is none of evaluate, plan and apply.", "Write one of the three."},
		{"Unknown name", "A condition uses a name that tests do not have.", "Use objects, plan, hub, output, var or local."},
		{"No plan in this run", "A condition uses the plan of a run that makes none.", "Set the command plan or apply."},
		{"No hub in this run", "A condition uses the hub after a run that changes none.", "Set the command apply."},
		{"Hub in a run without one", "A run that only evaluates has a seed or options of a plan.", "Set the command plan or apply, or remove the block."},
		{"Invalid variable name", "A test gives a value to something that cannot be a variable's name.", "Correct the name."},
		{"Secret in a test", "A test gives a secret to a variable.", "Leave it out: references to secrets of the project have made-up values in tests."},
		{"Duplicate seed", "A seed holds an object twice.", "Remove one of the two."},
		{"Module without device", "A seed holds a module and not its device.", "Add the device."},
		{"Invalid seed", "An object of a seed could not be on a hub.", "Follow the message."},
		{"Cannot read seed", "A file of a seed cannot be read.", "Check its name and what it holds."},
		{"Seed refused", "The hub refuses an object of the seed.", "Follow the hub's message."},
		{"Invalid condition", "The condition of an assert block is neither true nor false.", "Write a comparison, or a function that gives a bool."},
		{"Test assertion failed", "A condition does not hold.", "The values behind it are shown below the message."},
		{"Expected failure did not occur", "A run expects a failure that did not happen.", "The message lists what failed instead."},
		{"Plan refused", "A plan refuses a change, or must not be applied as a whole.", "Expect it with expect_failures, or change the run's plan_options."},
		{"Apply failed", "A change of a plan could not be carried out.", "The message is the hub's answer."},
	}
}

func convertEntries() []catalogued {
	return []catalogued{
		{"Not a configuration file", "A file of tests is to be converted.", "Convert the configuration; tests may be in any syntax."},
		{"No form in HCL", "A name that YAML and JSON can hold is none in HCL.", "Rename it."},
		{"No form in YAML and JSON", "A name begins with x- or is //, and YAML and JSON ignore such keys.", "Rename it."},
		{"Expression cannot be converted", "A text that must be an expression is none.", "Write it as in HCL, for example list(string)."},
		{"Comment dropped", "The output has no place for this comment.", "Write it at another place, or convert to HCL or YAML."},
		{"Key dropped", "A key that YAML and JSON ignore has no form in HCL and was left out.", "Write a comment instead."},
		{"Alias written out", "The output has no aliases, and holds what the alias stands for.", "Nothing, or use a profile or a local value for what is shared."},
		{"Documents merged", "The output has no documents, and holds what all of them declare.", "Nothing; the file means the same."},
		{"Unreadable file", "A file that was read is not what its name says.", "Please report it with the file."},
		{"Conversion failed", "The output was read again, and is not what the source is.", "Please report it with the file. The source was not changed."},
	}
}
