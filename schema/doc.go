// Package schema is the model that every other package speaks: the kinds of
// objects on a hub, their addresses, the canonical document of an object, the
// rules for its fields, and the ownership mark.
//
// Both sides of a comparison are streams of [Object] in [Address] order. The
// unit of comparison is the canonical document ([Doc]): sorted keys and one
// spelling per number and string, so that equal bytes mean equal configuration
// and most objects are compared without decoding them.
//
// A document uses the words of the configuration language, whatever the hub
// calls the field on the wire:
//
//	{"auth":{"type":"sas"},
//	 "desired":{"telemetryInterval":122},
//	 "status":"enabled","status_reason":"commissioned",
//	 "tags":{"site":"plant-a"}}
//
// The package must not know where objects come from (files, HTTP) nor what is
// done about differences. It imports the standard library only.
package schema
