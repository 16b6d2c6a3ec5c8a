package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/twinset/twinset/schema"
)

// maxContent is how many bytes a content may have with its variables in place: 50
// modules with 32 KB each, and room.
const maxContent = 4 << 20

// contentDecodeFunc reads the content of a configuration or deployment from a JSON
// document in one of the forms in which tools write them.
var contentDecodeFunc = function.New(&function.Spec{
	Params:   []function.Parameter{{Name: "text", Type: cty.String}},
	VarParam: &function.Parameter{Name: "variables", Type: cty.Map(cty.String), AllowMarked: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		v, err := contentOf(args)
		return v.Type(), err
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return contentOf(args) },
})

func contentOf(args []cty.Value) (cty.Value, error) {
	if len(args) > 2 {
		return cty.DynamicVal, errors.New("there are more than two arguments")
	}
	for _, a := range args {
		if !a.IsWhollyKnown() {
			return cty.DynamicVal, nil
		}
	}
	v, err := schema.Decode([]byte(strings.TrimPrefix(args[0].AsString(), "\ufeff")))
	if err != nil {
		return cty.DynamicVal, function.NewArgErrorf(0, "it is no JSON document: %w", err)
	}
	content, err := innerContent(v)
	if err != nil {
		return cty.DynamicVal, function.NewArgError(0, err)
	}
	f := filler{left: maxContent}
	if len(args) == 2 && !args[1].IsNull() {
		variables, marks := args[1].Unmark()
		if len(marks) > 0 {
			return cty.DynamicVal, function.NewArgErrorf(1, "the names of the variables are sensitive")
		}
		f.variables = variables.AsValueMap()
	}
	filled, err := f.fill(content)
	if err != nil {
		return cty.DynamicVal, function.NewArgError(0, err)
	}
	text, err := json.Marshal(filled)
	if err != nil {
		return cty.DynamicVal, err
	}
	decoded, err := stdlib.JSONDecode(cty.StringVal(string(text)))
	if err != nil || len(f.secrets) == 0 {
		return decoded, err
	}
	return cty.Transform(decoded, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			if secret, is := f.secrets[v.AsString()]; is {
				return secret, nil
			}
		}
		return v, nil
	})
}

// innerContent finds the content in a whole configuration, in an object with a
// member of the wire's name, or in the document itself.
func innerContent(v any) (map[string]any, error) {
	for range 2 {
		m, ok := v.(map[string]any)
		if !ok {
			break
		}
		for _, name := range []string{"modulesContent", "deviceContent", "moduleContent"} {
			if inner, ok := m[name].(map[string]any); ok {
				return inner, nil
			}
		}
		if m["content"] == nil {
			return m, nil
		}
		v = m["content"]
	}
	return nil, errors.New("it holds no content: modulesContent, deviceContent or moduleContent is missing")
}

// filler puts variables in their places, and options for containers into the form
// that the runtime reads.
type filler struct {
	variables map[string]cty.Value
	left      int                  // bytes
	secrets   map[string]cty.Value // by what stands for them until the text is decoded
}

func (f *filler) fill(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return f.text(v)
	case []any:
		for i := range v {
			var err error
			if v[i], err = f.fill(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		return f.object(v)
	}
	return v, nil
}

func (f *filler) object(m map[string]any) (any, error) {
	for name, member := range m {
		if strings.HasPrefix(name, "_comment") {
			delete(m, name) // JSON has no other comments, and the runtime would take it for a setting
			continue
		}
		filled, err := f.fill(member)
		if err != nil {
			return nil, err
		}
		m[name] = filled
	}
	if options, ok := m[schema.CreateOptionsPart(0)].(map[string]any); ok {
		if err := schema.SetCreateOptions(m, options); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// text replaces $NAME and ${NAME}. Names that nobody gave a value to stay when they
// are names of the runtime, such as $upstream, which begin in lower case.
func (f *filler) text(s string) (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		name, n := variableName(s[i:])
		value, given := f.variables[name]
		switch {
		case given && value.IsMarked():
			if n != len(s) || b.Len() > 0 {
				return "", fmt.Errorf("the variable %s is a secret or sensitive: it may be all of a text, and no part of one", name)
			}
			if f.secrets == nil {
				f.secrets = map[string]cty.Value{}
			}
			place := "\x00" + name // which no text of a manifest is
			f.secrets[place] = value
			return place, nil
		case given && !value.IsNull():
			b.WriteString(value.AsString())
		case name != "" && (s[i+1] == '{' || name[0] >= 'A' && name[0] <= 'Z'):
			return "", fmt.Errorf("the variable %s has no value: give it one in the second argument, { %q = ... }", name, name)
		default:
			b.WriteString(s[i : i+n])
		}
		s = s[i+n:]
		if b.Len() > f.left {
			return "", fmt.Errorf("with its variables the content has more than %d bytes", maxContent)
		}
	}
	b.WriteString(s)
	if f.left -= b.Len(); f.left < 0 {
		return "", fmt.Errorf("with its variables the content has more than %d bytes", maxContent)
	}
	return b.String(), nil
}

// variableName is the name after a dollar sign, and how much of the text it takes.
func variableName(s string) (name string, n int) {
	if rest, ok := strings.CutPrefix(s, "${"); ok {
		if end := strings.IndexByte(rest, '}'); end > 0 {
			return rest[:end], end + len("${}")
		}
		return "", 1
	}
	rest := s[1:]
	end := strings.IndexFunc(rest, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_')
	})
	if end < 0 {
		end = len(rest)
	}
	return rest[:end], 1 + end
}
