package bounded

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

var (
	errManyValues = fmt.Errorf("with this one, variables and local values consist of more than %d values; read tables row by row with csvmap in for_each", maxValues)
	errLongText   = fmt.Errorf("with this one, variables and local values hold more than %d MB of text; read tables row by row with csvmap in for_each", maxText>>20)
	errDeepValue  = fmt.Errorf("the value nests more than %d levels deep", MaxDepth)
	errDeepJSON   = fmt.Errorf("the JSON text nests more than %d levels deep", MaxDepth)
)

// Sizes adds up values, those that are there more than once counted each time.
type Sizes struct {
	values int
	text   int
}

// Add refuses a value that is too deep, holds a number out of range, or makes
// all values together too large. Values that are made of others can double with
// each step, so that each step must be added.
func (s *Sizes) Add(v cty.Value) error { return s.count(v, 0) }

// Exhausted tells whether no value can be added any more.
func (s *Sizes) Exhausted() bool { return s.values > maxValues || s.text > maxText }

func (s *Sizes) count(v cty.Value, depth int) error {
	if s.values++; s.values > maxValues {
		return errManyValues
	}
	if depth > MaxDepth {
		return errDeepValue
	}
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return nil
	}
	switch t := v.Type(); {
	case t == cty.String:
		return s.add(v.AsString())
	case t == cty.Number:
		return checkFloat(v.AsBigFloat())
	case t.IsCollectionType() || t.IsObjectType() || t.IsTupleType():
		return s.members(v, depth)
	default:
		return nil
	}
}

func (s *Sizes) members(v cty.Value, depth int) error {
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if k.Type() == cty.String && !k.IsMarked() && k.IsKnown() {
			if err := s.add(k.AsString()); err != nil {
				return err
			}
		}
		if err := s.count(e, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sizes) add(text string) error {
	if s.text += len(text); s.text > maxText {
		return errLongText
	}
	return nil
}

// CheckJSON refuses JSON text that nests too deep or holds a number out of
// range, before a decoder recurses into it. Text that is no JSON passes.
func CheckJSON(text string) error {
	depth := 0
	for o := 0; o < len(text); o++ {
		switch c := text[o]; {
		case c == '"':
			o = endOfString(text, o)
		case c == '[' || c == '{':
			if depth++; depth > MaxDepth {
				return errDeepJSON
			}
		case c == ']' || c == '}':
			depth--
		case isDigit(c):
			end := o + 1
			for end < len(text) && end-o <= maxNumberText && isNumberByte(text[end]) {
				end++
			}
			if err := CheckNumber(text[o:end]); err != nil {
				return err
			}
			o = end - 1
		}
	}
	return nil
}

func isNumberByte(c byte) bool {
	return isDigit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-'
}

// endOfString is the quote that ends the string, or the end of the text.
func endOfString(text string, o int) int {
	for o++; o < len(text) && text[o] != '"'; o++ {
		if text[o] == '\\' {
			o++
		}
	}
	return o
}
