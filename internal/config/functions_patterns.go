package config

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func patternFunctions() map[string]function.Function {
	return map[string]function.Function{
		"regex":    guarded(stdlib.RegexFunc, func(args []cty.Value) error { return patternSteps(args, 1) }),
		"regexall": guarded(stdlib.RegexAllFunc, allMatches),
		"replace":  replaceFunc,
	}
}

// allMatches bounds regexall(pattern, text). At worst each match looks at the
// rest of the text, so that the number of matches decides.
func allMatches(args []cty.Value) error {
	if err := patternSteps(args, 1); err != nil {
		return err
	}
	pattern, ok := knownText(args[0])
	text, also := knownText(args[1])
	re, err := regexp.Compile(pattern)
	if !ok || !also || err != nil {
		return nil
	}
	n := min(affordable(pattern, text), maxMadeValues)
	if len(re.FindAllStringIndex(text, n+1)) > n {
		return patternSteps(args, n+1)
	}
	return nil
}

// affordable is how many matches may be looked for in a text.
func affordable(pattern, text string) int {
	return maxPatternSteps / max(programSize(pattern)*len(text), 1)
}

// patternSteps refuses to look for so many matches of a pattern in a text.
func patternSteps(args []cty.Value, matches int) error {
	pattern, _ := knownText(args[0])
	text, _ := knownText(args[1])
	switch {
	case len(pattern) > maxPattern:
		return function.NewArgErrorf(0, "a pattern may have %d bytes", maxPattern)
	case affordable(pattern, text) < matches || matches > maxMadeValues:
		return function.NewArgErrorf(1, "the text has %d bytes, in which the pattern cannot be looked for in reasonable time; look in smaller parts of it, such as its lines", len(text))
	default:
		return nil
	}
}

// programSize is how many instructions a pattern becomes. A pattern with a
// mistake has none.
func programSize(pattern string) int {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0
	}
	return len(prog.Inst)
}

// replaceFunc replaces text, or matches of a pattern between slashes.
var replaceFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: "substr", Type: cty.String}, {Name: "replace", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		text, p, with := args[0].AsString(), args[1].AsString(), args[2].AsString()
		if len(p) > 1 && strings.HasPrefix(p, "/") && strings.HasSuffix(p, "/") {
			return replacePattern(text, p[1:len(p)-1], with)
		}
		if err := madeText(len(text) + strings.Count(text, p)*len(with)); err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(strings.ReplaceAll(text, p, with)), nil
	},
})

func replacePattern(text, pattern, with string) (cty.Value, error) {
	args := []cty.Value{cty.StringVal(pattern), cty.StringVal(text)}
	if err := patternSteps(args, 1); err != nil {
		return cty.NilVal, fmt.Errorf("the pattern %.100q: %w", pattern, err)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return cty.NilVal, function.NewArgError(1, err)
	}
	n := min(affordable(pattern, text), maxMadeValues)
	found := re.FindAllStringSubmatchIndex(text, n+1)
	if len(found) > n {
		return cty.NilVal, patternSteps(args, n+1)
	}
	var out []byte
	end := 0
	for _, m := range found {
		out = append(out, text[end:m[0]]...)
		out = re.ExpandString(out, with, text, m)
		end = m[1]
		if err := madeText(len(out)); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.StringVal(string(append(out, text[end:]...))), nil
}
