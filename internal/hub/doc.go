// Package hub is the REST client of IoT Hub's service endpoint, on an azcore
// pipeline. It knows URLs, headers, credentials, retries and the JSON of the
// wire, as FACTS describes them; that is where a comment's "FACTS §1.3" points.
//
// It must not know what an identity or a twin means to a plan: it imports
// nothing of ours, decides nothing about ownership, and hands tags and
// properties on as the bytes that the hub sent.
//
// Every call retries what can get better, for at most [Options.RetryBudget]. A
// write that is retried after a lost answer may meet its own result: a create
// finds the object it made (409), a conditional update the ETag it moved (412),
// a delete nothing (404). Only the caller knows what it wanted, so such answers
// are passed on; [IsAmbiguous] says that an earlier try may have been carried
// out.
//
// A Client is safe for concurrent use.
package hub
