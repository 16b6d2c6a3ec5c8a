// Package archtest keeps the packages of this module in their places. Its test
// reads arch.txt, the table of who may import whom, and fails with the rule and
// the way out when an import crosses it. It also checks what keeps a package
// readable: a package doc, and files of a size one can hold in the head.
//
// The package must not know what any other package does; all it knows stands in
// the table. It reads source text and imports nothing of this module.
package archtest
