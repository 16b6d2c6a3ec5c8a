package plan

import (
	"fmt"
	"strings"

	"github.com/twinset/twinset/schema"
)

// Unmanaged counts, by kind, the objects of a hub that an owner neither declares nor
// owns. A plan leaves them alone.
type Unmanaged map[schema.Kind]int

// String says it for people: 412 devices and 1 configuration.
func (u Unmanaged) String() string {
	var parts []string
	for _, k := range schema.Kinds() {
		switch n := u[k]; n {
		case 0:
		case 1:
			parts = append(parts, fmt.Sprintf("1 %s", k))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, k))
		}
	}
	switch n := len(parts); n {
	case 0:
		return "nothing"
	case 1:
		return parts[0]
	default:
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
}

// Sentence is the line of a plan.
func (u Unmanaged) Sentence() string {
	return fmt.Sprintf("Not managed by this project, and left alone: %s.", u)
}
