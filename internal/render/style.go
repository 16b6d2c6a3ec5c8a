package render

// Style is the seam between what is said and how a terminal shows it. The zero
// value writes plain text.
type Style struct{ color bool }

// NewStyle makes a style. Without colour, text passes unchanged: no escape byte
// is written, not even for bold.
func NewStyle(color bool) Style { return Style{color: color} }

// role is what a piece of text means.
type role int

const (
	rolePlain role = iota
	roleStrong
	roleDim
	roleAdd
	roleChange
	roleDestroy
	roleAdopt
	roleWarn
	roleError
)

// paint writes text in the colour of its role.
func (s Style) paint(r role, text string) string {
	code := r.sgr()
	if !s.color || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// sgr is the parameter of the terminal's "select graphic rendition".
func (r role) sgr() string {
	switch r {
	case roleStrong:
		return "1"
	case roleDim:
		return "2"
	case roleAdd:
		return "32"
	case roleChange, roleWarn:
		return "33"
	case roleDestroy, roleError:
		return "31"
	case roleAdopt:
		return "36"
	default:
		return ""
	}
}

// class is the name of the role in the page's style sheet.
func (r role) class() string {
	switch r {
	case roleStrong:
		return "strong"
	case roleDim:
		return "dim"
	case roleAdd:
		return "add"
	case roleChange:
		return "change"
	case roleDestroy:
		return "destroy"
	case roleAdopt:
		return "adopt"
	case roleWarn:
		return "warn"
	case roleError:
		return "error"
	default:
		return ""
	}
}
