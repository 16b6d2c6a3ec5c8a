// Package inorder spreads the work on a stream over goroutines and keeps its order.
//
// What comes out is what one goroutine would have made of the stream: the same values
// one after the other, and the first error behind all that came before it. Whoever
// stops early, or whose context ends, waits until the goroutines have ended: none
// outlives the iteration.
//
// The package must not know what is worked on. It imports nothing of this module.
package inorder
