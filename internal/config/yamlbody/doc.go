// Package yamlbody reads YAML and JSON as HCL bodies, so that the three
// syntaxes share one schema, one evaluator and one kind of message.
//
// The mapping is that of HCL's JSON syntax. The schema that a caller asks for
// decides whether a key is an argument or a block; labels are keys of nested
// mappings; every string is a template. A string that is one interpolation and
// nothing else keeps the type of its value. Templates are parsed once, on the
// decoded text, and their positions are led back to the bytes of the file,
// whatever the style of the scalar, so that messages point as exactly as HCL's
// do.
//
// YAML is a subset here: core types, string keys, plain decimal numbers.
// Anchors and aliases work inside one document, within a budget; merge keys,
// custom tags and duplicate keys are refused. JSON is read by encoding/json and
// becomes the same tree.
//
// The package must not know the words of the configuration language, nor what a
// value means. A body is not safe for concurrent use.
package yamlbody
