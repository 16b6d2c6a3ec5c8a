//go:build !conformance

package main

import "github.com/rogpeppe/go-internal/testscript"

// realContainer is for scripts that run with Azurite.
func realContainer(ts *testscript.TestScript, _ []string) {
	ts.Fatalf("BLOBS is set, but this is no run with Azurite")
}
