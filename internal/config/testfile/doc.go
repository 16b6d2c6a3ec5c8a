// Package testfile reads the test files of a project and judges their runs: the
// files *.twintest.hcl, .yaml, .yml and .json beside the configuration.
//
// A run gives values to variables, fills a hub, names a command, and asserts
// what must hold afterwards. The package evaluates the project for a run, hands
// out what the hub is to be filled with, and judges the run by what the caller
// found: objects, plan, and the hub after an apply.
//
// The package must not know how a plan is made, what a hub is, or how results
// are printed: internal/cli does that. It evaluates expressions through
// internal/config, so that tests and configurations speak one language.
package testfile
