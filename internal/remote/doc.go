// Package remote joins the hub and the model: it streams what is live, re-reads
// the few objects that a plan may change, and executes changes.
//
// It is the only package that knows both wire structs and documents. It decides
// nothing about ownership or policy, and knows no HTTP: that is internal/hub.
package remote
