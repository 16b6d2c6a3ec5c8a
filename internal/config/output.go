package config

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Output is an output block with its value. The value of a sensitive one is
// marked, so that no message shows it; of one that is wrong it is not known.
type Output struct {
	Name        string
	Description string
	Sensitive   bool
	Value       cty.Value
}

// Outputs are the outputs of the project, by name.
func (c *Config) Outputs() []Output { return c.outputs }

// Text is the value as HCL; that of a sensitive output is not shown.
func (o Output) Text() string { return show(o.Value) }

// Raw is the value as bare text, for shells; only strings, numbers and bools
// that are not sensitive have one.
func (o Output) Raw() (string, error) {
	if o.Sensitive {
		return "", fmt.Errorf("output %s is sensitive: its value is not shown", o.Name)
	}
	v, err := convert.Convert(o.Value, cty.String)
	if err != nil || v.IsNull() || !v.IsKnown() {
		return "", fmt.Errorf("output %s is no string, number or bool; use --json", o.Name)
	}
	return v.AsString(), nil
}

// JSON is the value and its type as terraform writes them. The value of a
// sensitive output is null.
func (o Output) JSON() (value, kind json.RawMessage, err error) {
	kind, err = ctyjson.MarshalType(o.Value.Type())
	if err != nil || o.Sensitive {
		return json.RawMessage("null"), kind, err
	}
	value, err = ctyjson.Marshal(o.Value, o.Value.Type())
	return value, kind, err
}

// outputValue is what expressions use as output.
func (c *Config) outputValue() cty.Value {
	values := map[string]cty.Value{}
	for _, o := range c.outputs {
		values[o.Name] = o.Value
	}
	return cty.ObjectVal(values)
}

func (l *loader) decodeOutput(b *hcl.Block) {
	name := b.Labels[0]
	if first := l.outputBlocks[name]; first != nil {
		l.duplicate("output", name, first.DefRange, b.DefRange)
		return
	}
	l.outputBlocks[name] = b
}

func (l *loader) evaluateOutputs() {
	for _, name := range sortedNames(l.outputBlocks) {
		b := l.outputBlocks[name]
		content, diags := decode(b.Body, outputDef)
		l.report(diags)
		o := Output{Name: name, Value: cty.DynamicVal}
		o.Sensitive, _ = l.constants().flag(content.Attributes["sensitive"])
		o.Description, _ = l.constants().text(content.Attributes["description"])
		if v, ok := l.scope().raw(content.Attributes["value"]); ok {
			o.Value = l.checkOutput(content.Attributes["value"], o, v)
		}
		l.outputs = append(l.outputs, o)
	}
}

// checkOutput holds the output to saying so when it is sensitive.
func (l *loader) checkOutput(a *hcl.Attribute, o Output, v cty.Value) cty.Value {
	switch {
	case o.Sensitive:
		return v.Mark(sensitiveMark{})
	case v.ContainsMarked():
		l.scope().wrong(a.Expr, "Sensitive output", "The value comes from a sensitive variable or a secret. Add sensitive = true to keep it out of messages.")
		return cty.DynamicVal
	}
	return v
}
