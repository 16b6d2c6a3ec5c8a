package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
)

type fmtCmd struct{ check bool }

const fmtLong = `Rewrite HCL files in the canonical layout. YAML and JSON files are only checked,
because rewriting them would lose blank lines and alignment.

Without arguments all configuration files of the project are formatted; "-"
reads HCL from standard input and writes to standard output.`

func newFmt(g *global) *cobra.Command {
	var o fmtCmd
	cmd := &cobra.Command{
		Use: "fmt [FILE...]", Short: "Format configuration files", Long: fmtLong,
		Example: "  twinset fmt\n  twinset fmt --check     # exit 1 when a file is not formatted\n  twinset fmt - < a.twin.hcl",
		RunE:    func(_ *cobra.Command, args []string) error { return g.runFmt(args, o) },
	}
	cmd.Flags().BoolVar(&o.check, "check", false, "change nothing; name files that are not formatted and exit with 1")
	return cmd
}

func (g *global) runFmt(args []string, o fmtCmd) error {
	if len(args) == 1 && args[0] == "-" {
		return g.fmtStdin()
	}
	files, err := g.fmtFiles(args)
	if err != nil {
		return err
	}
	unformatted := false
	for _, file := range files {
		changed, err := g.fmtFile(file, o)
		if err != nil {
			return err
		}
		if changed {
			unformatted = true
			if _, err := fmt.Fprintln(g.env.Stdout, file); err != nil {
				return err
			}
		}
	}
	if o.check && unformatted {
		return exit(exitError)
	}
	return nil
}

func (g *global) fmtStdin() error {
	src, err := io.ReadAll(g.env.Stdin)
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	out, err := g.format("stdin.twin.hcl", src)
	if err != nil {
		return err
	}
	_, err = g.env.Stdout.Write(out)
	return err
}

func (g *global) fmtFiles(args []string) ([]string, error) {
	if len(args) > 0 {
		return args, nil
	}
	entries, err := os.ReadDir(g.dir())
	if err != nil {
		return nil, fmt.Errorf("read project: %w", err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && config.IsConfigFile(e.Name()) {
			files = append(files, filepath.Join(g.dir(), e.Name()))
		}
	}
	return files, nil
}

func (g *global) fmtFile(file string, o fmtCmd) (bool, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return false, fmt.Errorf("read file: %w", err)
	}
	out, err := g.format(file, src)
	if err != nil || bytes.Equal(src, out) {
		return false, err
	}
	if o.check {
		return true, nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return false, fmt.Errorf("write file: %w", err)
	}
	return true, os.WriteFile(file, out, info.Mode().Perm())
}

func (g *global) format(file string, src []byte) ([]byte, error) {
	out, diags := config.Format(file, src)
	if diags.HasErrors() {
		return nil, g.printFileDiagnostics(file, src, diags)
	}
	return out, nil
}

func (g *global) printFileDiagnostics(file string, src []byte, diags config.Diagnostics) error {
	if err := config.WriteDiagnostics(g.env.Stderr, config.FileOf(file, src), diags, g.width(), g.colored(g.env.StderrTTY)); err != nil {
		return err
	}
	return exit(exitError)
}
