package main

import (
	"bytes"
	"io"
	"os"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// cmdAge stands for the programs age-keygen and age.
//
//	age keygen NAME FILE    a key pair: its public half as an environment variable
//	age decrypt KEYFILE FILE OUT
func cmdAge(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case !neg && len(args) == 3 && args[0] == "keygen":
		pair, err := age.GenerateX25519Identity()
		ts.Check(err)
		ts.Setenv(args[1], pair.Recipient().String())
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(pair.String()), 0o600))
	case !neg && len(args) == 4 && args[0] == "decrypt":
		pairs, err := age.ParseIdentities(bytes.NewReader([]byte(ts.ReadFile(args[1]))))
		ts.Check(err)
		r, err := age.Decrypt(bytes.NewReader([]byte(ts.ReadFile(args[2]))), pairs...)
		ts.Check(err)
		text, err := io.ReadAll(r)
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[3]), text, 0o600))
	default:
		ts.Fatalf("usage: age keygen NAME FILE | age decrypt KEYFILE FILE OUT")
	}
}
