// Package cli is the command line: one file for each verb, and the only place
// for flags, environment variables, prompts and exit codes.
//
// A verb is an options struct, a constructor that binds flags to it, and a run
// function of some twenty lines that wires the packages together. Nothing below
// this package reads the process; everything it needs comes in through [Env].
package cli
