package plan

import (
	"fmt"
	"strings"
)

// Member is what a plan does to the reach of a configuration or deployment.
type Member struct {
	Address string `json:"address"`
	Kind    string `json:"kind"` // of what it targets: device or module
	Joins   int    `json:"joins"`
	Leaves  int    `json:"leaves"`
	Open    int    `json:"open,omitempty"` // reported properties decide, which a plan does not know
}

// String says it for people, as the rest of "This plan ...".
func (m Member) String() string {
	var parts []string
	switch {
	case m.Joins > 0 && m.Leaves > 0:
		parts = append(parts, fmt.Sprintf("brings %s under %s, takes %d away", number(m.Joins, m.Kind), m.Address, m.Leaves))
	case m.Joins > 0:
		parts = append(parts, fmt.Sprintf("brings %s under %s", number(m.Joins, m.Kind), m.Address))
	case m.Leaves > 0:
		parts = append(parts, fmt.Sprintf("takes %s away from %s", number(m.Leaves, m.Kind), m.Address))
	}
	if m.Open > 0 {
		parts = append(parts, fmt.Sprintf("leaves it to reported properties whether %s come under %s", number(m.Open, m.Kind), m.Address))
	}
	return strings.Join(parts, ", and ")
}

func number(n int, kind string) string {
	if n == 1 {
		return "1 " + kind
	}
	return fmt.Sprintf("%d %ss", n, kind)
}
