// Package blob reads and writes the blobs of one container, as streams: what is in
// them never has to fit into memory.
//
// It must not know what the blobs are for, and never puts a SAS into an error.
package blob
