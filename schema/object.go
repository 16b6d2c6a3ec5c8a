package schema

import "iter"

// Object is a managed thing, declared (desired) or observed (live).
type Object struct {
	Addr Address
	Doc  Doc

	// Desired side.
	Origin    Origin
	Secrets   []Secret   // values that the document must not carry
	Passwords []Secret   // of registries, in the content of a deployment, where (hidden) stands for them
	Lifecycle *Lifecycle // nil means every default
	Refusals  []string   // why the object must not be written; not part of a record
	Initial   Doc        // declared leaves that are ignored once the object exists; part of a create only

	// Live side.
	ETags    ETags
	Reported Doc      // reported properties that conditions read
	Writers  []Writer // leaves that an automatic configuration wrote
	Scope    string   // of an edge device: what its children are attached by
	Attached string   // scope of the edge device that the device is attached to
	Foreign  []string // for a device that may be removed: its modules that this owner did not create
	Activity Activity // of an object that was read by itself; not part of a record

	// Revisions are the configurations or deployments on the hub that stand for the
	// address, newest first; Doc and ETags are those of the first. On the desired
	// side of an object that is not on the hub: who else holds its id there.
	Revisions []Revision
}

// Revision is a configuration or deployment on the hub. The hub does not let the
// content of one change (FACTS §6.2), so another content is another revision,
// with an id of its own.
type Revision struct {
	ID   string `json:"id"`
	ETag string `json:"etag,omitempty"`
	Doc  Doc    `json:"doc,omitempty"`
}

// Stream yields objects, or one error and nothing more.
type Stream = iter.Seq2[Object, error]

// Origin is the place of a declaration, for messages.
type Origin struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Name   string `json:"name,omitempty"` // address in the configuration: device.sensor["s-1"].module.opcua
}

// ETags are the versions that a change was computed from. They are held
// unquoted. Twin and identity count separately (FACTS §4.2). A configuration or
// deployment has one, which is held as Identity.
type ETags struct {
	Identity string `json:"identity,omitempty"`
	Twin     string `json:"twin,omitempty"`
}

// Activity tells whether a device or module is in use. It is a hint: the hub
// updates it with a delay, and HTTPS does not count as a connection
// (FACTS §1.1).
type Activity struct {
	Connected bool
	// StatusSince is when the status of a device was set, as [ActivityTime] writes it;
	// empty when the hub does not tell.
	StatusSince string

	Last string // as [ActivityTime] writes it; empty when there was none
}

// ActivityTime is the layout of times of activity, in UTC: as fine as the hub tells
// them, and of one length, so that text compares as time does.
const ActivityTime = "2006-01-02T15:04:05.0000000Z"

// Writer names the automatic configuration that wrote a leaf, from
// $metadata.….$lastUpdatedBy (FACTS §4.2).
type Writer struct {
	Path          Path
	Configuration string
}

// Secret is a value that is known by reference. Digest is set once the
// reference has been resolved; it tells whether the value is still the same.
type Secret struct {
	Path   Path      `json:"path"`
	Ref    SecretRef `json:"ref"`
	Digest string    `json:"digest,omitempty"`
}

// Lifecycle says how an object may be changed.
type Lifecycle struct {
	Manage         string   // "full" (default) or [ManageTwin]
	Ignore         []string // paths left alone once the object exists; "*" stands for one name
	Mode           string   // "merge" (default) or "exact": undeclared leaves are removed
	Adopt          bool     // an existing object without our mark may be taken over
	PreventDestroy bool     // a plan that removes the object is refused
	OnRemove       string   `json:",omitempty"` // what becomes of the object when it is not declared any more; empty leaves it to the environment
	Exists         bool     `json:",omitempty"` // it must be on the hub already: an import block says so
	Claim          bool     `json:",omitempty"` // the identity becomes this owner's, to remove too
	Replace        string   `json:",omitempty"` // how content changes: "successor" (default) or "in_place"; configurations and deployments only
}

// ManageTwin is the Manage of an object whose identity belongs to somebody else,
// such as a provisioning service: only tags and desired properties are written,
// and the identity is never created, changed or removed.
const ManageTwin = "twin"

// TwinOnly tells whether the identity is left to somebody else. Nil manages it.
func (l *Lifecycle) TwinOnly() bool { return l != nil && l.Manage == ManageTwin }

// The values of on_remove: what becomes of an object that is not declared any
// more.
const (
	OnRemoveDelete  = "delete"  // it is removed
	OnRemoveDisable = "disable" // a device is disabled and kept, see [QuarantineReason]
	OnRemoveAbandon = "abandon" // only the mark goes
)

// QuarantineReason is the status reason of a device that was disabled because it
// is not declared any more.
func QuarantineReason(owner string) string { return "twinset: removed from " + owner }

// The values of lifecycle.replace.
const (
	ReplaceSuccessor = "successor" // a new revision takes over before the old one goes
	ReplaceInPlace   = "in_place"  // the old revision goes before the new one comes
)

// Name is how messages call the object: as the configuration does when it is
// declared, else by its address.
func (o Object) Name() string {
	if o.Origin.Name != "" {
		return o.Origin.Name
	}
	return o.Addr.String()
}
