// Package config turns the files of a project into the desired objects of a
// hub. It finds the files, parses HCL, YAML and JSON through one decoder,
// evaluates variables, locals, profiles and the instances of each device block,
// and yields objects one by one.
//
// Problems are diagnostics with a place in a file. All are collected; nothing is
// guessed. Evaluation is pure: it reads the project's files and the options that
// it was given, never the clock, the environment or the hub, so that the same
// input gives the same plan.
//
// The package must not know what is on the hub, what a plan is, or what a secret
// reference stands for: secrets stay references here. HCL, cty and YAML must not
// be imported elsewhere.
package config
