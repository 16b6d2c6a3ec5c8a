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
)

// ReservedTag is the tag that holds ownership marks; users cannot set it.
const ReservedTag = "twinset"
