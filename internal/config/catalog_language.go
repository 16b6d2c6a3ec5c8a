package config

func fileEntries() []catalogued {
	return []catalogued{
		{"No configuration files", "The directory holds no file of a project.", "Run twinset init to make a project, or name its directory with --chdir."},
		{"Cannot read the project", "The project's directory cannot be listed.", "Check its name and who may read it."},
		{"Cannot read file", "A file that the configuration or the command line names cannot be read.", "Check its name and who may read it. Files of the project must lie in its directory."},
		{"Invalid character encoding", "A file is not UTF-8 text.", "Save it as UTF-8."},
		{"File too large", "A configuration file has more than 64 MB.", "Move lists of devices to a CSV file, and read it row by row with csvmap in for_each."},
		{"Configuration too large", "A configuration file holds so many values that reading them would take too much memory.", "Move lists of devices to a CSV file, and read it row by row with csvmap in for_each."},
		{"Too many mistakes", "There are more than a thousand mistakes, of which the others are not told.", "Mend the first ones, and try again."},
		{"Invalid include", "The path of an include block is not a directory that may be included.", "Name a directory of the repository with configuration files in it, which does not include itself."},
		{"Include in an override file", "An override file has an include block. It changes what other files declare, and reads nothing.", "Write the include in another file."},
		{"Block of a project only", "An included directory declares what only a project can have.", "Move the block to the project that includes the directory."},
		{"Nothing to override", "An override file changes a block or a local value that no other file declares.", "Correct its name, or move it to an ordinary file."},
	}
}

func syntaxEntries() []catalogued {
	return []catalogued{
		{"Argument or block definition required", "The body of a block holds something that is neither an argument nor a block.", "Write NAME = VALUE, or a block: TYPE \"LABEL\" { ... }."},
		{"Invalid argument name", "The name of an argument is in quotes.", "Write it without quotes."},
		{"Invalid block definition", "The header of a block is not followed by its body.", "Write TYPE \"LABEL\" { on one line."},
		{"Invalid single-argument block definition", "A block on one line holds more than one argument.", "Give each argument a line of its own."},
		{"Missing newline after argument", "Something follows an argument on its line.", "Begin a new line, or mend the expression before it."},
		{"Missing newline after block definition", "Something follows a block on its line.", "Begin a new line."},
		{"Unclosed configuration block", "A block has no closing brace.", "Add it; look for a brace too few inside the block."},
		{"Invalid character", "A character means nothing at its place.", "Remove it; strings stand in double quotes. In YAML write control characters as escapes in double quotes."},
		{"Invalid escape sequence", "A backslash in a string is followed by something that is no escape.", "Write \\\\ for a backslash; \\n, \\r, \\t, \\\", \\uNNNN and \\UNNNNNNNN are the escapes."},
		{"Invalid multi-line string", "A string in quotes goes over the end of its line.", "Close the quotes, write \\n, or use a heredoc."},
		{"Unterminated template string", "A string or heredoc has no end.", "Add the closing quote or the closing marker."},
		{"Unterminated comment", "A comment that begins with /* has no end.", "Add */, or write # before each line."},
		{"Expression too long", "An expression has thousands of operators or steps of references.", "Split it into local values, or use a list with contains, anytrue or alltrue."},
		{"Name too long", "A name or a key has thousands of bytes.", "Choose a shorter one; the longest that the hub takes are keys of 1 KB."},
		{"Unclosed template interpolation sequence", "${ has no closing brace before the end of the string.", "Add it, or write $${ for the two characters themselves."},
		{"Extra characters after interpolation expression", "Between ${ and } there is more than one expression.", "Remove what is too much, or write $${ for the two characters themselves."},
		{"Unexpected end of template", "A %{ if } or %{ for } has no end.", "Add %{ endif } or %{ endfor }."},
		{"Missing expression", "A value is missing.", "Write one, or null."},
		{"Invalid expression", "Something that is no expression stands where a value belongs.", "Write a value; text stands in quotes."},
		{"Invalid number literal", "A number is not written as a decimal.", "Write it with digits, at most one point, and an exponent if need be."},
		{"Invalid attribute name", "A dot is not followed by a name.", "Name the attribute, or write [\"...\"] for names with other characters."},
		{"Missing attribute separator", "Two members of an object stand side by side.", "Put a comma or a new line between them."},
		{"Missing key/value separator", "A key of an object has no value.", "Write KEY = VALUE."},
		{"Missing item separator", "Two members of a list stand side by side.", "Put a comma between them."},
		{"Missing argument separator", "Two arguments of a function stand side by side, or the call is not closed.", "Put a comma between them, or add the closing parenthesis."},
		{"Missing close bracket on index", "An index is not closed.", "Add the closing bracket."},
		{"Missing false expression in conditional", "A condition says what holds when it is true, but not what holds otherwise.", "Write CONDITION ? A : B."},
		{"Unbalanced parentheses", "A parenthesis is not closed.", "Add the closing one."},
		{"Unsupported operator", "The language does not have this operator.", "Conditions are combined with && and ||."},
		{"Invalid 'for' expression", "A for expression does not follow its grammar.", "Write [for VALUE in LIST : EXPRESSION] or { for KEY, VALUE in MAP : KEY => VALUE }."},
		{"Invalid type specification", "The type of a variable is not one.", "Use string, number, bool, any, list(T), set(T), map(T), tuple([T, ...]) or object({ NAME = T })."},
		{"Invalid default value for optional attribute", "The default of optional() does not fit the type.", "Give a default of the type of the attribute."},
	}
}

func yamlEntries() []catalogued {
	return []catalogued{
		{"Invalid YAML", "A file does not follow the grammar of YAML.", "Mend it at the place that is shown. Values with expressions are safest in single quotes."},
		{"Invalid JSON", "A file does not follow the grammar of JSON.", "Mend it at the place that is shown. JSON has no comments and no trailing commas."},
		{"Duplicate key", "A mapping has a key twice.", "Remove one of the two."},
		{"Invalid key", "A key is not text, or holds what the hub does not allow in keys.", "Put it in quotes; choose a key of letters, digits, - and _."},
		{"Mapping required", "There is a value where keys with values belong.", "Write the arguments as KEY: VALUE below the block."},
		{"Unsupported number", "A number is written in a way that readers of YAML understand differently.", "Write a plain decimal number, or quote the value if it is text."},
		{"Unsupported YAML tag", "A value has a tag that twinset does not read.", "Remove the tag; quote the value if it is text."},
		{"YAML merge keys are not supported", "A mapping uses the merge key <<.", "Use a profile, or the functions merge and deepmerge."},
		{"Recursive YAML alias", "An alias stands inside the value that it names.", "Write the value out."},
		{"Too many YAML aliases", "Aliases make a small file very large.", "Share values with a profile or a local value."},
		{"Nested too deep", "Collections are nested deeper than the file format or the hub allows.", "Flatten the structure."},
	}
}

func blockEntries() []catalogued {
	return []catalogued{
		{"Unsupported argument", "The block has no argument of this name.", "Use the name that is suggested, or look it up in the language reference. Keys that start with x- are ignored in YAML and JSON."},
		{"Unsupported block type", "There is no block of this type here.", "Use the name that is suggested, or look it up in the language reference."},
		{"Missing required argument", "An argument that the block needs is not there, or null.", "Add it."},
		{"Missing block label", "A block has no label, such as the name of a device.", "Write the label after the type; in YAML and JSON as a key below it."},
		{"Extra block label", "A block has a label too many.", "Remove it."},
		{"Attribute redefined", "An argument is set twice.", "Remove one of the two."},
		{"Duplicate block", "A block that may come once comes again.", "Put the arguments of both into one."},
		{"Incorrect value type", "A value has another type than the argument needs.", "Write a value of that type, or convert it with a function such as tostring, tonumber or toset."},
		{"Invalid value", "The argument has a few possible values, and this is none of them.", "Use one of those that the message names."},
		{"Invalid number", "A number is too small, too large or not whole; or it cannot be read.", "Write a number in the range that the message names."},
	}
}

func projectEntries() []catalogued {
	return []catalogued{
		{"Missing project block", "No file says which project this is.", "Add project \"NAME\" {}."},
		{"Duplicate project", "Two blocks name a project. A directory is one project.", "Remove one of the two."},
		{"Invalid project name", "The project has no name, which would be its owner mark on the hub.", "Give it one."},
		{"Invalid defaults", "The defaults of the project hold something that devices have no default for.", "Set tags, desired and profiles only."},
		{"Invalid version constraint", "required_version is not a list of constraints.", "Write versions like >= 0.1 or ~> 1.2, separated by commas."},
		{"Unsupported twinset version", "The project asks for another version of twinset.", "Install one that it allows, or change required_version."},
		{"Duplicate environment", "Two environments have the same name.", "Rename or remove one."},
		{"Duplicate default environment", "Two environments say that they are the default.", "Leave default = true in one of them."},
		{"Unknown environment", "The environment that was asked for is not declared.", "Name one that is, with --env."},
		{"Invalid size of the hub", "No hub has the SKU and the number of units that limits names.", "Write sku as one of F1, S1, S2 and S3, and units as the hub has them: S1 and S2 up to 200, S3 up to 10."},
		{"Invalid container", "What jobs names is not the URL of a blob container, or it is opened in two ways.", "Write https://ACCOUNT.blob.core.windows.net/CONTAINER, with sas or with identity, or with neither for the hub's own identity."},
		{"Invalid share", "The argument where of an environment cannot be read, asks for what is not declared, or stands in one without for_each.", "Write a condition on deviceId and tags, such as where = \"tags.region = '${each.key}'\"."},
		{"Two environments of one hub", "Two members of for_each give an environment the same hub.", "Give each member another hub."},
		{"Invalid hub", "The hub of an environment is empty.", "Write \"emulator\", a host name, or a hub's short name."},
	}
}

func valueEntries() []catalogued {
	return []catalogued{
		{"Undeclared variable", "An expression uses a variable that no block declares.", "Correct the name, or declare the variable."},
		{"Undeclared local value", "An expression uses a local value that no file declares.", "Correct the name, or add it under locals."},
		{"Duplicate variable", "Two blocks declare the same variable, or a test gives it two values.", "Remove one of the two."},
		{"Duplicate local value", "Two locals blocks declare the same name.", "Rename or remove one."},
		{"Duplicate output", "Two blocks declare the same output.", "Rename or remove one."},
		{"Duplicate policy", "Two blocks declare the same policy.", "Rename or remove one."},
		{"Value for undeclared variable", "A value is given for a variable that no block declares.", "Correct the name, declare the variable, or remove the value."},
		{"No value for required variable", "A variable without a default has no value.", "Give one, in any of the ways that the message lists, or add a default."},
		{"Invalid value for variable", "The value of a variable does not fit its type or a validation.", "Give another value. The place that is shown is where the value comes from."},
		{"Invalid validation condition", "The condition of a validation is neither true nor false.", "Write a comparison, or a function that gives a bool."},
		{"Invalid error message", "The error_message of a validation or policy is not text.", "Write a string."},
		{"Cycle in local values", "Local values refer to each other in a circle.", "Break the circle at one of the places that are named."},
		{"Sensitive output", "An output shows a sensitive value.", "Add sensitive = true to it, or leave the value out."},
		{"Invalid policy", "The arguments of a policy do not go together.", "Follow the message; see the language reference."},
		{"Invalid policy condition", "The condition of a policy is neither true nor false.", "Write a comparison, or a function that gives a bool."},
		{"Policy violated", "An object does not meet a policy of the project.", "Change the object; the message is the policy's own."},
	}
}

func expressionEntries() []catalogued {
	return []catalogued{
		{"Variables not allowed", "An expression that is read early uses a variable or local value.", "Write a constant there."},
		{"Unknown variable", "The first word of a reference is none that can be used here.", "References begin with var, local or, in instances, each. Text stands in quotes."},
		{"Unsupported attribute", "A value has no attribute of this name.", "Use the name that is suggested; the message shows what the object holds."},
		{"Missing map element", "A map has no element with this key.", "Correct the key, or use lookup with a default."},
		{"Invalid index", "A list has no such index, an object no such key, or the value has neither.", "Correct the index, or use try or lookup with a default."},
		{"Attempt to get attribute from null value", "The value before the dot is null.", "Give the value, or use try with a default."},
		{"Attempt to index null value", "The value before the bracket is null.", "Give the value, or use try with a default."},
		{"Call to unknown function", "There is no function of this name.", "Use the name that is suggested, or look it up in the list of functions."},
		{"Too many function arguments", "A function is called with more arguments than it takes.", "Remove those that are too many."},
		{"Invalid function argument", "A function cannot work with an argument.", "The message says which and why; the values are shown below the line."},
		{"Invalid expanding argument value", "The value before ... is not a list.", "Give a list, or remove the three dots."},
		{"Error in function call", "A function failed.", "The message says why; the values are shown below the line."},
		{"Invalid operand", "An operator cannot work with a value of this type.", "Convert the value, for example with tonumber."},
		{"Operation failed", "An operator cannot work with this value, such as null, or its result is not finite.", "Give another value, or use try with a default."},
		{"Value too large", "A value is made of millions of others, nests very deep, or holds a number out of range.", "Look for local values that double with each step; read tables row by row with csvmap in for_each."},
		{"Incorrect condition type", "The condition before ? is not a bool.", "Write a comparison."},
		{"Null condition", "The condition before ? is null.", "Give it a value, or compare it with null."},
		{"Inconsistent conditional result types", "The two results of a condition have types that do not go together.", "Convert one of them, or write null for one."},
		{"Iteration over null value", "A for expression goes over null.", "Give a list or map, or use coalesce with an empty one."},
		{"Iteration over non-iterable value", "A for expression goes over a value that has no members.", "Give a list, set, map or object."},
		{"Invalid 'for' condition", "The condition behind if in a for expression is not a bool.", "Write a comparison."},
		{"Condition is null", "The condition behind if in a for expression is null.", "Give it a value, or compare it with null."},
		{"Duplicate object key", "A for expression makes the same key twice.", "Make keys that differ, or group the values with ... behind the value."},
		{"Invalid object key", "A for expression makes a key that is null or not text.", "Make keys of text, and leave rows out with if."},
		{"Null value as key", "The key of an object is null.", "Give it a value."},
		{"Incorrect key type", "The key of an object is not text.", "Convert it with tostring or jsonencode."},
		{"Invalid template interpolation value", "A value inside a string is null or not text.", "Give a string, or convert the value with join or jsonencode."},
	}
}
