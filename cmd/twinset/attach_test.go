package main

import (
	"encoding/json"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdAttach is somebody else who gives an edge device another edge device as its
// parent, or takes it away.
//
//	attach DEVICE [PARENT]
func cmdAttach(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: attach DEVICE [PARENT]")
	}
	identity := func(id string) map[string]any {
		m := map[string]any{}
		ts.Check(json.Unmarshal(ask(ts, http.MethodGet, "/devices/"+id, "").Body.Bytes(), &m))
		return m
	}
	device, parents := identity(args[0]), []any{}
	if len(args) == 2 {
		parents = append(parents, identity(args[1])["deviceScope"])
	}
	device["parentScopes"] = parents
	body, err := json.Marshal(device)
	ts.Check(err)
	if w := ask(ts, http.MethodPut, "/devices/"+args[0], string(body)); w.Code != http.StatusOK {
		ts.Fatalf("attach %v: %d %s", args, w.Code, w.Body)
	}
}
