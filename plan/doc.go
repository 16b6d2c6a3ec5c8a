// Package plan decides what to do about the differences between what is
// declared and what a hub holds, and keeps that decision as a document.
//
// It is a fold over two sorted streams:
//
//	Match    pairs objects of the same address
//	Settled  drops pairs where live already holds everything declared (most)
//	Decide   turns a pair into a [Change]: ownership, policy, leaf diff
//
// Between Settled and Decide somebody else re-reads the few live objects that
// are left, because the hub's query answers lag (FACTS §5). A [Writer] keeps the
// changes as lines of a plan file, sealed by a digest; a [Reader] gives them
// back. Whoever applies a plan has only the file.
//
// The package does no I/O of its own, knows no clock and no network, and imports
// schema and the standard library. Rendering belongs to internal/render.
package plan
