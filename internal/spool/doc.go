// Package spool sorts more records than fit into memory.
//
// The hub's query language has no ORDER BY, and a fleet file is written in
// whatever order its author likes; the planner needs both sides in one order.
// A [Sorter] takes records in any order and gives them back by key. Below its
// memory budget it sorts in place and touches no disk. Above it, each
// budget-full becomes a sorted run in a private directory, and the runs are
// merged while they are read, so memory stays flat however large the fleet.
//
// Sorting takes all cores, but no goroutine outlives the call that started it: errors
// travel in order with the records, and a consumer that stops early leaves nothing
// behind but the files that [Sorter.Close] removes.
//
// The package must not know what a key or a value means. It imports nothing of
// this module.
package spool
