package config

import (
	"slices"
)

// expressionName is the definition of a string with an interpolation, which may
// stand for any value.
const expressionName = "expression"

func expressionSchema() *jsonSchema {
	return &jsonSchema{
		Description: `An expression in a string: "${...}", alone or within text.`,
		Type:        []string{"string"}, Pattern: `\$\{|%\{`,
	}
}

// The spellings of a number and of a type that the decoder reads in a string.
const (
	numberPattern  = `^[-+]?\.?[0-9]`
	addressPattern = `^\s*(device|configuration|deployment)\s*[.\[]`
	typePattern    = `^\s*((any|bool|number|string)\s*$|(list|set|map|object|tuple)\s*\()`
)

// jsonSchema is the schema of the argument's value: one of its type, or an
// expression. Null is as if the argument were not written, which a required one
// must be. Where values are converted, as the text 5 to the number, both forms
// are accepted.
func (a argDef) jsonSchema() *jsonSchema {
	s := &jsonSchema{Description: a.Doc}
	switch a.Type {
	case "any":
	case "type": // source text of a type, not a value
		s.Type, s.Pattern = []string{"string"}, typePattern
	case addressType: // source text of a reference, not a value
		s.Type, s.Pattern = []string{"string"}, addressPattern
	default:
		s.AnyOf = a.literals()
		if !a.Required {
			s.AnyOf = append(s.AnyOf, &jsonSchema{Type: []string{"null"}})
		}
		s.AnyOf = append(s.AnyOf, &jsonSchema{Ref: "#/$defs/" + expressionName})
	}
	return s
}

// literals are the forms that a value of the argument's type can have.
func (a argDef) literals() []*jsonSchema {
	text := func(pattern string) *jsonSchema { return &jsonSchema{Type: []string{"string"}, Pattern: pattern} }
	switch a.Type {
	case "string":
		if len(a.OneOf) > 0 {
			return []*jsonSchema{{Enum: slices.Clone(a.OneOf)}}
		}
		return []*jsonSchema{stringSchema()}
	case "number":
		return []*jsonSchema{{Type: []string{"number"}}, text(numberPattern)}
	case "bool":
		return []*jsonSchema{{Type: []string{"boolean"}}, {Enum: []string{"true", "false", "1", "0"}}}
	case "list":
		return []*jsonSchema{{Type: []string{"array"}, Items: stringSchema()}}
	case "object":
		return []*jsonSchema{{Type: []string{"object"}}}
	default:
		return nil
	}
}

// stringSchema is a string, or what becomes one.
func stringSchema() *jsonSchema { return &jsonSchema{Type: []string{"string", "number", "boolean"}} }
