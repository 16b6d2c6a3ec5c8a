// Package convert rewrites configuration files from one of the syntaxes HCL,
// YAML and JSON into another. A file becomes a tree of arguments, blocks and
// values, whose strings are templates and whose other expressions are source
// text; the tree is written in the target syntax. Comments and blank lines
// travel with the argument, block or value that they stand at.
//
// The output is canonical: converting it there and back gives the same bytes.
// It is read back and compared before it is returned, so that a conversion never
// changes what a configuration means. What the target syntax cannot hold is
// reported as a warning with its place.
//
// The package must not evaluate anything, and must not know the words of the
// language: which key is a block, and which argument is source text, comes from
// config.Grammar.
package convert
