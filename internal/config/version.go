package config

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// version is a semantic version; what follows a plus is dropped.
type version struct {
	n     [3]uint64
	given int // how many numbers were written
	pre   string
}

var versionText = regexp.MustCompile(`^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$`)

func parseVersion(s string) (version, bool) {
	m := versionText.FindStringSubmatch(s)
	if m == nil {
		return version{}, false
	}
	v := version{pre: m[4]}
	for i, t := range m[1:4] {
		if t == "" {
			continue
		}
		n, err := strconv.ParseUint(t, 10, 32)
		if err != nil {
			return version{}, false
		}
		v.n[i], v.given = n, i+1
	}
	return v, true
}

func (v version) compare(w version) int {
	for i := range v.n {
		if c := cmp.Compare(v.n[i], w.n[i]); c != 0 {
			return c
		}
	}
	switch {
	case v.pre == w.pre:
		return 0
	case v.pre == "":
		return 1
	case w.pre == "":
		return -1
	}
	return comparePre(strings.Split(v.pre, "."), strings.Split(w.pre, "."))
}

// comparePre orders pre-release parts: numbers by value and before words.
func comparePre(a, b []string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, xerr := strconv.ParseUint(a[i], 10, 64)
		y, yerr := strconv.ParseUint(b[i], 10, 64)
		c := strings.Compare(a[i], b[i])
		switch {
		case xerr == nil && yerr == nil:
			c = cmp.Compare(x, y)
		case xerr == nil:
			c = -1
		case yerr == nil:
			c = 1
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

var constraintText = regexp.MustCompile(`^(=|!=|>=|<=|>|<|~>)?\s*(\S+)$`)

// allowsVersion tells whether a list of constraints, separated by commas, allows
// the version.
func allowsVersion(constraints string, v version) (bool, error) {
	ok := true
	for part := range strings.SplitSeq(constraints, ",") {
		m := constraintText.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return false, fmt.Errorf("%q is not a version constraint", strings.TrimSpace(part))
		}
		want, good := parseVersion(m[2])
		if !good {
			return false, fmt.Errorf("%q is not a version", m[2])
		}
		ok = ok && meets(v, m[1], want)
	}
	return ok, nil
}

func meets(v version, op string, want version) bool {
	c := v.compare(want)
	switch op {
	case "!=":
		return c != 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case "~>":
		return c >= 0 && v.compare(want.ceiling()) < 0
	default:
		return c == 0
	}
}

// ceiling is the first version that ~> excludes: only the last number that was
// written may grow.
func (v version) ceiling() version {
	up := version{pre: "0"} // pre-releases of the excluded version are excluded too
	i := max(v.given-2, 0)
	copy(up.n[:i+1], v.n[:i+1])
	up.n[i]++
	return up
}
