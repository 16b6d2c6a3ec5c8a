package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/convert"
)

const convertLong = `Write configuration files in another syntax, to standard output. Several files
become one. The syntax of a file is told by its name.

Comments, blank lines and the order of the source are kept where the target has
a place for them; what it cannot hold is named on standard error. The output is
read back and compared before it is written: it means the same.`

func newConvert(g *global) *cobra.Command {
	to := ""
	cmd := &cobra.Command{
		Use: "convert --to=hcl|yaml|json FILE...", Short: "Write configuration files in another syntax", Long: convertLong,
		Example: "  twinset convert --to=yaml fleet.twin.hcl > fleet.twin.yaml && rm fleet.twin.hcl\n  twinset convert --to=json *.twin.hcl | jq .device",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return g.runConvert(convert.Syntax(to), args) },
	}
	cmd.Flags().StringVar(&to, "to", "", "the syntax to write: hcl, yaml or json")
	return cmd
}

func (g *global) runConvert(to convert.Syntax, names []string) error {
	switch to {
	case convert.HCL, convert.YAML, convert.JSON:
	case "":
		return errors.New("--to is missing: it is hcl, yaml or json")
	default:
		return fmt.Errorf("--to %s: it is hcl, yaml or json", to)
	}
	var files []convert.File
	sources := config.FileOf("", nil)
	for _, name := range names {
		src, err := os.ReadFile(g.path(name))
		if err != nil {
			return fmt.Errorf("read file: %w", err)
		}
		files = append(files, convert.File{Name: name, Bytes: src})
		maps.Copy(sources, config.FileOf(name, src))
	}
	out, diags := convert.Convert(files, to)
	if err := config.WriteDiagnostics(g.env.Stderr, sources, diags, g.width(), g.colored(g.env.StderrTTY)); err != nil {
		return err
	}
	if diags.HasErrors() {
		return exit(exitError)
	}
	_, err := g.env.Stdout.Write(out)
	return err
}
