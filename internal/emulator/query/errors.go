package query

// ErrorKind says how the service, or the emulator in its place, answers a text that has no plan.
type ErrorKind uint8

const (
	// Malformed is what the service does not understand or is assumed to refuse. It says only BadRequest (FACTS §5).
	Malformed ErrorKind = iota
	// TooLong is a text over MaxLength.
	TooLong
	// NotEmulated is what the service may well answer, in a way that nobody has seen.
	NotEmulated
)

// Error is why a text has no plan.
type Error struct {
	Kind   ErrorKind
	Offset Pos    // where in the text, at most its length
	Text   string // for people; the service gives no reason
}

func (e *Error) Error() string { return e.Text }
