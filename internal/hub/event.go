package hub

import "time"

// Class is the kind of operation that the hub meters together (FACTS §10.1).
type Class string

// The classes of the calls in this package.
const (
	ClassRegistry      Class = "registry"
	ClassTwinRead      Class = "twin-read"
	ClassTwinUpdate    Class = "twin-update"
	ClassQuery         Class = "query"
	ClassConfiguration Class = "configuration"
	ClassJob           Class = "job"
)

// Event tells of one try of one call, right after it ended.
type Event struct {
	Op        string        // what the call does, e.g. "read twin pump-01"
	Class     Class         // what the hub counts it as
	Units     int           // how many operations it counts for: entries of a bulk call, else 1 (FACTS §2.5)
	Try       int           // 1 for the first
	Status    int           // HTTP status; 0 without an answer
	RequestID string        // the hub's x-ms-request-id, when it sent one
	Waited    time.Duration // before the first try, to stay within the hub's limits
	Duration  time.Duration // of this try
	Delay     time.Duration // until the next try
	Retry     bool          // whether there will be a next try
	Err       error         // why there was no answer
}
