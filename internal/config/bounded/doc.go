// Package bounded parses HCL whose author is not trusted. The parser and the
// evaluator of HCL recurse as deep as the text nests, and a stack that overflows
// ends the process without a message; some inputs take them quadratic time, or
// memory out of proportion. This package reads the text first, in one pass and
// without building anything, and refuses what goes beyond its limits with a
// diagnostic that has a place.
//
// It must be the only way to HCL's parser. It must not know the words of the
// configuration language.
package bounded
