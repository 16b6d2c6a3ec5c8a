// Package scale measures plans of large fleets as people run them: the program
// is one process, the embedded hub that serves the fleet another, and floors are
// measured in the same run. It is built with the tag "scale" only.
//
// It must not know anything of the inside: it writes configurations and seeds,
// runs the program, and reads what the system says about finished processes.
package scale
