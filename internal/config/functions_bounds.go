package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/twinset/twinset/internal/config/bounded"
)

// What a function may make. Arguments are bounded by the files that they come
// from; these are for functions whose result is larger than what they are given.
const (
	// maxMadeText is the length of text, in bytes. A twin ends at 32 KB for each
	// of its sections.
	maxMadeText = 16 << 20
	// maxMadeValues is the number of members of a list. Each takes half a kilobyte.
	maxMadeValues = 1_000_000
	// maxWidth is the width, precision or indentation of formatted text. It is more
	// than a section of a twin can hold.
	maxWidth = 100_000
	// maxPatternSteps is how many steps a regular expression may take at worst:
	// its length times the length of the text, for each match. That is a few
	// seconds. HCL's patterns are never exponential, but finding all matches can
	// be quadratic.
	maxPatternSteps = 500_000_000
	// maxPattern is the length of a regular expression in bytes.
	maxPattern = 10_000
)

// guarded is a function that looks at its arguments before it computes. Check
// may return an error for an argument, or one for the call.
func guarded(f function.Function, check func(args []cty.Value) error) function.Function {
	return function.New(&function.Spec{
		Description: f.Description(),
		Params:      f.Params(),
		VarParam:    f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := check(args); err != nil {
				return cty.DynamicPseudoType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// knownText is the text of a string that has one.
func knownText(v cty.Value) (string, bool) {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// numberText refuses text that would be too large a number.
func numberText(args []cty.Value) error {
	for i, a := range args {
		if text, ok := knownText(a); ok {
			if err := bounded.CheckNumber(strings.TrimSpace(text)); err != nil {
				return function.NewArgError(i, err)
			}
		}
	}
	return nil
}

// madeText refuses text of that many bytes.
func madeText(n int) error {
	if n > maxMadeText || n < 0 {
		return fmt.Errorf("the text would have more than %d MB", maxMadeText>>20)
	}
	return nil
}

// joinSize is for join(separator, lists...).
func joinSize(args []cty.Value) error {
	separator, _ := knownText(args[0])
	n := 0
	for _, list := range args[1:] {
		for _, text := range texts(list) {
			if n += len(separator) + len(text); n > maxMadeText {
				return madeText(n)
			}
		}
	}
	return nil
}

// texts are the strings of a list that are known.
func texts(list cty.Value) []string {
	list, _ = list.Unmark()
	if !list.IsKnown() || list.IsNull() || !list.CanIterateElements() {
		return nil
	}
	var out []string
	for it := list.ElementIterator(); it.Next(); {
		if _, v := it.Element(); v.IsKnown() {
			if text, ok := knownText(v); ok {
				out = append(out, text)
			}
		}
	}
	return out
}

// indentSize is for indent(spaces, text).
func indentSize(args []cty.Value) error {
	text, ok := knownText(args[1])
	width, _ := args[0].Unmark()
	if !ok || !width.IsKnown() || width.IsNull() {
		return nil
	}
	if width.GreaterThan(cty.NumberIntVal(maxWidth)).True() {
		return function.NewArgErrorf(0, "an indentation may be %d", maxWidth)
	}
	n, _ := width.AsBigFloat().Int64()
	return madeText(len(text) + int(n)*strings.Count(text, "\n"))
}

// splitSize is for split(separator, text).
func splitSize(args []cty.Value) error {
	separator, _ := knownText(args[0])
	text, _ := knownText(args[1])
	if strings.Count(text, separator) > maxMadeValues {
		return function.NewArgErrorf(1, "the list would have more than %d members", maxMadeValues)
	}
	return nil
}

// formatSize is for format and formatlist: for each verb its width and the
// longest argument, for each member of the longest list.
func formatSize(args []cty.Value) error {
	format, ok := knownText(args[0])
	if !ok {
		return nil
	}
	widths, err := verbWidths(format)
	if err != nil {
		return function.NewArgError(0, err)
	}
	longest, members := 0, 1
	for i, a := range args[1:] {
		list := texts(a)
		if text, ok := knownText(a); ok {
			list = []string{text}
		}
		members = max(members, len(list))
		for _, text := range list {
			longest = max(longest, len(text))
			if err := bounded.CheckNumber(text); err != nil && numeric.MatchString(text) {
				return function.NewArgError(i+1, err)
			}
		}
	}
	return madeText(members * (len(format) + widths + strings.Count(format, "%")*longest))
}

// numeric is text that verbs for numbers convert.
var numeric = regexp.MustCompile(`^\s*[-+]?[0-9.]+[eE][-+]?[0-9]+\s*$`)

// verbWidths adds up the widths and precisions of the verbs in a format.
func verbWidths(format string) (int, error) {
	sum := 0
	for _, verb := range strings.Split(format, "%")[1:] {
		n := 0
		for i := 0; i < len(verb) && strings.IndexByte("0123456789.+-# []", verb[i]) >= 0; i++ {
			if c := verb[i]; c >= '0' && c <= '9' {
				n = n*10 + int(c-'0')
			} else {
				sum, n = sum+n, 0
			}
			if n > maxWidth {
				return 0, fmt.Errorf("a width or precision may be %d", maxWidth)
			}
		}
		sum += n
	}
	return sum, nil
}
