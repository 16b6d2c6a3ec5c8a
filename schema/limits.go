package schema

// Limits of the service.
const (
	MaxID           = 128               // characters of a device or module id (FACTS §1.4)
	MaxStatusReason = 128               // UTF-8 characters (FACTS §1.4)
	MaxKey          = 1024              // UTF-8 bytes of a key (FACTS §4.6)
	MaxString       = 4096              // UTF-8 bytes of a string value (FACTS §4.6)
	MaxDepth        = 10                // nesting of a section, its scalars included (FACTS §4.6)
	MaxTags         = 8 * 1024          // bytes of the tags section, by SectionSize (FACTS §4.6)
	MaxDesired      = 32 * 1024         // bytes of the desired section, by SectionSize (FACTS §4.6)
	MinInteger      = -4503599627370496 // FACTS §4.6
	MaxInteger      = 4503599627370495  // FACTS §4.6
	MinSASKey       = 16                // decoded bytes of a symmetric key (FACTS §1.4)
	MaxSASKey       = 64                // decoded bytes of a symmetric key (FACTS §1.4)
	MaxMetrics      = 5                 // custom metrics of a configuration (FACTS §6.2)
	MaxEdgeModules  = 50                // modules of a deployment (FACTS §6.4)
	MaxPriority     = 1<<31 - 1         // unverified: what every client can hold, one left for successors
)

// ReservedTag is the tag that holds ownership marks; users cannot set it.
const ReservedTag = "twinset"

// ReservedLabel is how the labels begin that hold the ownership mark of a
// configuration or deployment; users cannot set them.
const ReservedLabel = "twinset_"
