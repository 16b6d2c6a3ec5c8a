// Package bench measures the program as a whole process: processor time, wall
// time and memory of a run, as users see them. Baselines are kept beside it.
package bench
