package main

import (
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdCapture puts what a pattern's group matches in the last output into the
// environment.
//
//	capture NAME PATTERN
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("no match for the group of %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}
