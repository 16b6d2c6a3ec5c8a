package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/render"
)

type fmtCmd struct {
	check, diff, recursive bool
	write                  bool
}

const fmtLong = `Rewrite HCL files in the canonical layout and print their names. Files in YAML
and JSON are only checked to be well-formed, because rewriting them would lose
blank lines and alignment.

Formatted are the files of the configuration (*.twin.*), its tests (*.twintest.*)
and values for variables (*.vars.*): those in the project's directory, in the
directories that are named, and any file that is named. "-" reads HCL from
standard input and writes to standard output.

A file with errors is left as it is; the exit code is 1 then.`

func newFmt(g *global) *cobra.Command {
	o := fmtCmd{}
	cmd := &cobra.Command{
		Use: "fmt [FILE|DIR...]", Short: "Format configuration files", Long: fmtLong,
		Example: "  twinset fmt --recursive\n  twinset fmt --check --diff    # exit 1 when a file is not formatted, and show why\n  twinset fmt - < a.twin.hcl",
		RunE:    func(_ *cobra.Command, args []string) error { return g.runFmt(args, o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.check, "check", false, "change nothing; name files that are not formatted and exit with 1")
	f.BoolVar(&o.diff, "diff", false, "show what changes, as diff -u does")
	f.BoolVar(&o.recursive, "recursive", false, "format the directories below too, but for hidden ones")
	f.BoolVar(&o.write, "write", true, "write the files; --write=false only names them")
	return cmd
}

func (g *global) runFmt(args []string, o fmtCmd) error {
	if len(args) == 1 && args[0] == "-" {
		return g.fmtStdin(o)
	}
	files, err := g.fmtFiles(args, o)
	if err != nil {
		return err
	}
	unformatted, wrong := false, false
	for _, file := range files {
		changed, err := g.fmtFile(file, o)
		switch {
		case errors.Is(err, errUnreadable):
			wrong = true
		case err != nil:
			return err
		}
		unformatted = unformatted || changed
	}
	if wrong || o.check && unformatted {
		return exit(exitError)
	}
	return nil
}

// fmtStdin is for editors: with neither --check nor --diff it writes the whole
// text.
func (g *global) fmtStdin(o fmtCmd) error {
	src, err := io.ReadAll(g.env.Stdin)
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	out, err := g.format("<stdin>", src)
	switch {
	case errors.Is(err, errUnreadable):
		return exit(exitError)
	case err != nil:
		return err
	case o.diff:
		err = g.showDiff("<stdin>", src, out)
	case !o.check:
		_, err = g.env.Stdout.Write(out)
	}
	if err == nil && o.check && !bytes.Equal(src, out) {
		err = exit(exitError)
	}
	return err
}

// fmtFile formats one file and tells whether that changes it.
func (g *global) fmtFile(file string, o fmtCmd) (bool, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return false, fmt.Errorf("read file: %w", err)
	}
	out, err := g.format(file, src)
	if err != nil || bytes.Equal(src, out) {
		return false, err
	}
	if _, err := fmt.Fprintln(g.env.Stdout, file); err != nil {
		return true, err
	}
	if o.diff {
		if err := g.showDiff(file, src, out); err != nil {
			return true, err
		}
	}
	if o.check || !o.write {
		return true, nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return true, fmt.Errorf("write file: %w", err)
	}
	return true, os.WriteFile(file, out, info.Mode().Perm())
}

func (g *global) showDiff(name string, before, after []byte) error {
	return render.UnifiedDiff(g.env.Stdout, g.style(g.env.StdoutTTY), name, string(before), string(after))
}

// errUnreadable is a file whose mistakes have been shown.
var errUnreadable = errors.New("the file has errors")

func (g *global) format(file string, src []byte) ([]byte, error) {
	out, diags := config.Format(file, src)
	if !diags.HasErrors() {
		return out, nil
	}
	if err := config.WriteDiagnostics(g.env.Stderr, config.FileOf(file, src), diags, g.width(), g.colored(g.env.StderrTTY)); err != nil {
		return nil, err
	}
	return nil, errUnreadable
}
