// Package apply executes the changes of a plan file through a [Target], stage by
// stage, and tells what became of each.
//
// It never decides: what is not in the plan is not done. A change that is
// already at its target counts as done, so a plan can be applied again after an
// interruption. A change whose object is not as the plan found it is a conflict
// and is left alone. One failing object does not stop the others, but what
// depends on it is skipped.
//
// The package knows no HTTP, prints nothing and imports plan, schema and the
// standard library.
package apply
