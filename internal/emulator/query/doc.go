// Package query is the IoT Hub query language: SELECT over devices, devices.modules and devices.jobs, and the bare
// conditions that jobs and configurations carry (FACTS §5, §6.2, §7.1).
//
// Parse reads a text into a tree and refuses what the service refuses; Query.Plan turns the tree into closures, once per
// request, that read documents through the Document interface. Nothing is parsed or reflected upon per document.
//
// Where the service's behaviour is not known, the package takes the choice that selects less or refuses more; such places
// say "unverified". Constructs that surely exist but whose result nobody has seen are errors of kind NotEmulated.
//
// The package must not know where documents come from: no store, no HTTP, no paging. It does not write JSON either, but
// leaves that to the documents.
package query
