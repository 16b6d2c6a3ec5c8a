package config

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// BlockDef and ArgDef are the rows of a grammar's table, for files beside the
// configuration that have a grammar of their own.
type (
	BlockDef = blockDef
	ArgDef   = argDef
)

// BodySchema is the row as the parsers understand it.
func (d *blockDef) BodySchema() *hcl.BodySchema { return d.schema() }

// JSONSchema describes configuration files in YAML and JSON, for editors.
func JSONSchema() ([]byte, error) {
	return fileDef.JSONSchema("twinset configuration", "A file *.twin.yaml or *.twin.json: devices, modules and what their twins shall hold.")
}

// JSONSchema is the JSON Schema (2020-12) of files whose body the row is, in
// YAML and JSON. It holds for each document of a file. Every file that the
// decoder accepts is valid; what only evaluation can tell is left to it.
//
// Only keywords are used that draft 7 has too, and none beside a $ref, because
// language servers for YAML read schemas so.
func (d *blockDef) JSONSchema(title, description string) ([]byte, error) {
	w := schemaWriter{names: map[*blockDef]string{}, defs: map[string]*jsonSchema{expressionName: expressionSchema()}}
	root := w.body(d)
	root.Schema, root.Title, root.Description, root.Defs = "https://json-schema.org/draft/2020-12/schema", title, description, w.defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return b.Bytes(), nil
}

// jsonSchema is a schema with the keywords that are needed. The empty one
// accepts anything.
type jsonSchema struct {
	Schema      string   `json:"$schema,omitempty"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Ref         string   `json:"$ref,omitempty"`
	Type        []string `json:"type,omitempty"`
	Enum        []string `json:"enum,omitempty"`
	Pattern     string   `json:"pattern,omitempty"`

	AnyOf []*jsonSchema `json:"anyOf,omitempty"`
	Not   *jsonSchema   `json:"not,omitempty"`

	Properties           map[string]*jsonSchema `json:"properties,omitempty"`
	PatternProperties    map[string]*jsonSchema `json:"patternProperties,omitempty"`
	AdditionalProperties any                    `json:"additionalProperties,omitempty"` // false or *jsonSchema
	Required             []string               `json:"required,omitempty"`

	Items    *jsonSchema `json:"items,omitempty"`
	MaxItems int         `json:"maxItems,omitempty"`

	Defs map[string]*jsonSchema `json:"$defs,omitempty"`
}

// schemaWriter turns rows into definitions. A row that several blocks share is
// one definition.
type schemaWriter struct {
	names map[*blockDef]string
	defs  map[string]*jsonSchema
}

// ignoredKeys may stand in every body and beside every label: they hold
// comments and anchors.
func ignoredKeys() map[string]*jsonSchema {
	return map[string]*jsonSchema{"^x-|^//$": {Description: "Ignored: a place for comments and anchors."}}
}

// body is the schema of one body. A null body is an empty one.
func (w *schemaWriter) body(d *blockDef) *jsonSchema {
	s := &jsonSchema{Description: d.Doc, Type: []string{"object", "null"}}
	if d.Free {
		return s
	}
	s.PatternProperties, s.AdditionalProperties, s.Properties = ignoredKeys(), false, map[string]*jsonSchema{}
	for _, b := range d.Blocks {
		s.Properties[b.Type] = w.block(d, b)
	}
	for _, a := range d.Args { // where a name is both, it is read as the argument
		s.Properties[a.Name] = a.jsonSchema()
		if a.Required {
			s.Required = append(s.Required, a.Name)
		}
	}
	return s
}

// block is the schema of a key that stands for blocks: a mapping by label where
// the row has one, then a body or a sequence of bodies.
func (w *schemaWriter) block(parent, d *blockDef) *jsonSchema {
	one := &jsonSchema{Ref: "#/$defs/" + w.define(parent, d)}
	list := &jsonSchema{Type: []string{"array"}, Items: one}
	if d.Single {
		list.MaxItems = 1
	}
	either := &jsonSchema{AnyOf: []*jsonSchema{one, list}}
	if d.Label == "" {
		either.Description = d.Doc
		return either
	}
	return &jsonSchema{
		Description: fmt.Sprintf("%s Each key is the %s of one.", d.Doc, d.Label), Type: []string{"object"},
		PatternProperties: ignoredKeys(), AdditionalProperties: either,
	}
}

// define makes the definition of a row and returns its name: the block type,
// with its parent's where another row took that.
func (w *schemaWriter) define(parent, d *blockDef) string {
	if name, done := w.names[d]; done {
		return name
	}
	name := d.Type
	if w.defs[name] != nil {
		name = parent.Type + "." + name
	}
	w.names[d], w.defs[name] = name, &jsonSchema{} // taken, also by blocks within
	w.defs[name] = w.body(d)
	return name
}
