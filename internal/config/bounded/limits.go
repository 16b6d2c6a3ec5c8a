package bounded

// MaxFile is the size of a file that is parsed, in bytes. A hundred thousand
// devices that are written out one by one take about 30 MB; more devices belong
// in a table, which is read row by row.
const MaxFile = 64 << 20

// MaxDepth is how deep collections may nest. A twin ends at ten levels.
const MaxDepth = 100

// MaxName is the length of identifiers and keys, in bytes. The service's longest
// names, keys of properties, end at 1 KB; a key may be a template.
const MaxName = 4096

// MaxErrors is how many mistakes of one file are told. Nobody reads more, and
// each costs half a kilobyte.
const MaxErrors = 200

const (
	// maxNesting counts brackets, quotes and interpolations that are open at the
	// same time. A level of a collection takes up to two: its own and that of a
	// call.
	maxNesting = 2 * MaxDepth
	// maxChain counts operators, steps of references and open directives of one
	// expression: HCL recurses for each of them too, at up to a kilobyte of stack.
	maxChain = 5000
	// maxTokens and maxItemTokens bound the memory of syntax trees, of a file and
	// of one block or argument of it. HCL takes 100 bytes for each token while it
	// parses, and more for what it makes of them.
	maxTokens     = 12_000_000
	maxItemTokens = 2_000_000
	// pieceSize is how much of a file is parsed at once.
	pieceSize = 1 << 20
	// maxBadCharacters is how many characters that are no HCL are left to HCL's
	// own messages, of which there is one for each.
	maxBadCharacters = 100
)

const (
	// maxNumberText is the length of a number in characters. Reading takes
	// quadratic time.
	maxNumberText = 1024
	// maxExponent bounds numbers to 10^±maxExponent. The text of a number holds
	// all of its digits; 10^9 would be a gigabyte. The service ends at 10^308.
	maxExponent = 1000
	// maxBits is maxExponent as a power of two, and some slack for roundings.
	maxBits = maxExponent * 10 / 3
)

const (
	// maxValues is how many values all that have a name may consist of, those that
	// are there more than once counted each time: values share parts in memory, but
	// what is made from them does not. A table as one value takes about 6 KB for
	// each row.
	maxValues = 8_000_000
	// maxText is how much text they may hold, in bytes.
	maxText = 256 << 20
)
