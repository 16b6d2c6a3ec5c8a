package cli

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
)

//go:embed skeleton
var skeleton embed.FS

type initCmd struct {
	yaml bool
	name string
}

const initLong = `Make a working project in the current directory, or in the one that --chdir
names: a configuration with two sensors on the embedded hub, and a .gitignore.

A directory that holds a configuration already is left alone.`

func newInit(g *global) *cobra.Command {
	var o initCmd
	cmd := &cobra.Command{
		Use: "init", Short: "Make a working project", Long: initLong, Args: cobra.NoArgs,
		Example: "  twinset init\n  twinset -C fleet init --yaml --name plant-fleet",
		RunE:    func(*cobra.Command, []string) error { return g.runInit(o) },
	}
	cmd.Flags().BoolVar(&o.yaml, "yaml", false, "write YAML instead of HCL")
	cmd.Flags().StringVar(&o.name, "name", "", "`NAME` of the project (default: the directory's name)")
	return cmd
}

func (g *global) runInit(o initCmd) error {
	if err := os.MkdirAll(g.dir(), 0o755); err != nil {
		return fmt.Errorf("make project: %w", err)
	}
	if err := refuseExisting(g.dir()); err != nil {
		return err
	}
	name, err := g.projectName(o.name)
	if err != nil {
		return err
	}
	file := "fleet.twin.hcl"
	if o.yaml {
		file = "fleet.twin.yaml"
	}
	text, err := fs.ReadFile(skeleton, "skeleton/"+file)
	if err != nil {
		return err
	}
	if err := create(filepath.Join(g.dir(), file), strings.ReplaceAll(string(text), "PROJECT", name)); err != nil {
		return err
	}
	ignored := ".gitignore"
	if err := create(filepath.Join(g.dir(), ignored), ".twinset/\n*.plan\n"); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := fmt.Fprintf(g.env.Stdout, "Made project %q in %s.\n", name, filepath.Join(g.dir(), file)); err != nil {
		return err
	}
	g.hint("\nSee what it would do with: twinset plan")
	return nil
}

func refuseExisting(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("make project: %w", err)
	}
	for _, e := range entries {
		if config.IsConfigFile(e.Name()) {
			return fmt.Errorf("%s holds a configuration already: %s. Nothing was changed", dir, e.Name())
		}
	}
	return nil
}

var projectName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (g *global) projectName(name string) (string, error) {
	if name == "" {
		abs, err := filepath.Abs(g.dir())
		if err != nil {
			return "", fmt.Errorf("make project: %w", err)
		}
		name = strings.Trim(regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(filepath.Base(abs), "-"), "-")
	}
	if !projectName.MatchString(name) {
		return "", fmt.Errorf("%q cannot name a project; use letters, digits, - and _ with --name", name)
	}
	return name, nil
}

// create writes a file that does not exist yet.
func create(name, text string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("make project: %w", err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
