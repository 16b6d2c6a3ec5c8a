package cli

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/testfile"
)

// planDefinitions describe plan files and what show --json writes. They are
// written by hand, and tests hold them to the structs and to real plans.
//
//go:embed schemas/plan.json
var planDefinitions []byte

const schemaLong = `Print a JSON Schema (2020-12), for editors and for programs that read plans:

  config     files *.twin.yaml and *.twin.json
  tests      files *.twintest.yaml and *.twintest.json
  plan       what "twinset show --json" prints
  plan-file  a line of a plan file

The schema is that of this version of twinset. Editors find it by the first line
of a YAML file:

  # yaml-language-server: $schema=.twinset/schema.json`

// schemaKind is a schema that can be printed.
type schemaKind struct {
	name string
	text func() ([]byte, error)
}

func schemaKinds() []schemaKind {
	return []schemaKind{
		{"config", config.JSONSchema},
		{"tests", testfile.JSONSchema},
		{"plan", func() ([]byte, error) { return planSchema("twinset plan", "plan") }},
		{"plan-file", func() ([]byte, error) { return planSchema("line of a twinset plan file", "line") }},
	}
}

func newSchema(g *global) *cobra.Command {
	var of, out string
	cmd := &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of configuration, tests or plans", Long: schemaLong, Args: cobra.NoArgs,
		Example: "  twinset schema --out .twinset/schema.json\n  twinset schema --of plan",
		RunE:    func(*cobra.Command, []string) error { return g.runSchema(of, out) },
	}
	cmd.Flags().StringVar(&of, "of", "config", "config, tests, plan or plan-file")
	cmd.Flags().StringVarP(&out, "out", "o", "", "write to `FILE` instead of the terminal, and make its directory")
	return cmd
}

func (g *global) runSchema(of, out string) error {
	var known []string
	for _, k := range schemaKinds() {
		known = append(known, k.name)
		if k.name != of {
			continue
		}
		text, err := k.text()
		if err != nil {
			return err
		}
		if out != "" {
			return writeSchema(g.path(out), text)
		}
		_, err = g.env.Stdout.Write(text)
		return err
	}
	return fmt.Errorf("--of %s: it is one of %s", of, strings.Join(known, ", "))
}

// writeSchema replaces a schema of another version.
func writeSchema(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	return nil
}

// planSchema makes one of the definitions the root.
func planSchema(title, definition string) ([]byte, error) {
	var root map[string]any
	if err := json.Unmarshal(planDefinitions, &root); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	root["title"], root["$ref"] = title, "#/$defs/"+definition
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}
