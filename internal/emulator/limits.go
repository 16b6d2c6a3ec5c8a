package emulator

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a twin (FACTS §4.6).
const (
	maxTagsSize    = 8 << 10
	maxSectionSize = 32 << 10
	maxValueBytes  = 4096
	maxKeyBytes    = 1024
	maxDepth       = 10
	minInteger     = -4503599627370496
	maxInteger     = 4503599627370495
	numberSize     = 8
	booleanSize    = 4
)

// nulls says whether a null is a deletion (PATCH) or an error (PUT, arrays).
type nulls bool

const (
	nullDeletes nulls = true
	nullRefused nulls = false
)

func badProperty(rule, name string) *fault {
	return invalid(fmt.Sprintf("%s. Error in Property/Tag %s", rule, name))
}

// checkObject checks what a client sent for one object of a twin section against the per-value rules of FACTS §4.6.
// depth is the number of objects around it, the section's root being 0.
func checkObject(n node, allow nulls, depth int) *fault {
	for _, m := range n.kids {
		if err := checkName(m.name); err != nil {
			return err
		}
		if err := checkValue(m.name, m.value, allow, depth); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(name string, n node, allow nulls, depth int) *fault {
	switch n.kind {
	case null:
		if allow == nullRefused {
			return badProperty("Value of Property or Tag cannot be null", name)
		}
	case text:
		if len(n.text) > maxValueBytes {
			// The service quotes the value here, not the name (FACTS §0.9).
			return badProperty(fmt.Sprintf("Property or Tag value should be maximum %d bytes", maxValueBytes), n.text)
		}
	case number:
		return checkNumber(name, n.text)
	case object:
		if depth >= maxDepth {
			return badProperty(fmt.Sprintf("Property or Tag exceeds the maximum depth of %d", maxDepth), name)
		}
		return checkObject(n, allow, depth+1)
	case array:
		return checkArray(name, n, depth)
	case absent, boolean:
	}
	return nil
}

// checkArray counts an array as a level and refuses nulls anywhere inside it (FACTS §4.6).
func checkArray(name string, n node, depth int) *fault {
	if depth >= maxDepth {
		return badProperty(fmt.Sprintf("Property or Tag exceeds the maximum depth of %d", maxDepth), name)
	}
	for _, m := range n.kids {
		if err := checkValue(name, m.value, nullRefused, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func checkName(name string) *fault {
	if len(name) > maxKeyBytes {
		return badProperty(fmt.Sprintf("Property or Tag name should be maximum %d bytes", maxKeyBytes), name)
	}
	if strings.ContainsAny(name, ".$# ") || strings.ContainsFunc(name, isControl) {
		return badProperty("Property or Tag name must not contain control characters, '.', '$', '#' or space", name)
	}
	return nil
}

// isControl reports the C0 and C1 control characters.
func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

func checkNumber(name, literal string) *fault {
	if strings.ContainsAny(literal, ".eE") {
		if _, err := strconv.ParseFloat(literal, 64); err != nil {
			return badProperty("Property or Tag value is not a valid number", name)
		}
		return nil
	}
	v, err := strconv.ParseInt(literal, 10, 64)
	if err != nil || v < minInteger || v > maxInteger {
		return badProperty(fmt.Sprintf("Property or Tag value must be an integer between %d and %d", minInteger, maxInteger), name)
	}
	return nil
}

// checkSize checks a whole section after the write. section is "tags" or "desired".
func checkSize(section string, n node) *fault {
	limit := maxSectionSize
	if section == "tags" {
		limit = maxTagsSize
	}
	if size := sizeOf(n); size > limit {
		return badProperty(fmt.Sprintf("Size is %d bytes, the maximum is %d", size, limit), section)
	}
	return nil
}

// sizeOf is the service's own measure of a value (FACTS §4.6).
func sizeOf(n node) int {
	switch n.kind {
	case text:
		return textSize(n.text)
	case number:
		return numberSize
	case boolean:
		return booleanSize
	case absent, null, object, array:
	}
	size := 0
	for _, m := range n.kids {
		size += len(m.name) + sizeOf(m.value)
	}
	return size
}

func textSize(s string) int {
	size := len(s)
	for _, r := range s {
		if isControl(r) {
			size -= utf8.RuneLen(r)
		}
	}
	return size
}
