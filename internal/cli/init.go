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
	ci   []string
}

const initLong = `Make a working project in the current directory, or in the one that --chdir
names: a configuration with two sensors on the embedded hub, and a .gitignore.
With --yaml also the schema by which editors check and complete the file.

--ci adds a pipeline that plans pull requests, applies exactly the plan that was
reviewed, and looks for drift every night: github, azdo (Azure DevOps) or gitlab.
It goes to the root of the git repository and says in its first lines what it
needs.

Files that exist are kept as they are. A directory that holds a configuration
already can be given a pipeline, and nothing else.`

func newInit(g *global) *cobra.Command {
	var o initCmd
	cmd := &cobra.Command{
		Use: "init", Short: "Make a working project", Long: initLong, Args: cobra.NoArgs,
		Example: "  twinset init\n  twinset -C fleet init --yaml --name plant-fleet\n  twinset init --ci github",
		RunE:    func(*cobra.Command, []string) error { return g.runInit(o) },
	}
	cmd.Flags().BoolVar(&o.yaml, "yaml", false, "write YAML instead of HCL")
	cmd.Flags().StringVar(&o.name, "name", "", "`NAME` of the project (default: the directory's name)")
	cmd.Flags().StringSliceVar(&o.ci, "ci", nil, "add a pipeline for `SYSTEM`: github, azdo or gitlab (repeatable)")
	return cmd
}

// newFile is a file that init makes. Advice is for when it exists already.
type newFile struct {
	path, text, advice string
}

func (g *global) runInit(o initCmd) error {
	pipelines, err := g.pipelines(o.ci)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(g.dir(), 0o755); err != nil {
		return fmt.Errorf("make project: %w", err)
	}
	existing, err := existingConfig(g.dir())
	switch {
	case err != nil:
		return err
	case existing != "" && len(pipelines) == 0:
		return fmt.Errorf("%s holds a configuration already: %s. Nothing was changed", g.dir(), existing)
	case existing != "":
		return g.make(pipelines)
	}
	name, err := g.projectName(o.name)
	if err != nil {
		return err
	}
	if err := g.makeProject(name, o.yaml); err != nil {
		return err
	}
	if err := g.make(pipelines); err != nil {
		return err
	}
	g.hint("\nSee what it would do with: twinset plan")
	return nil
}

// makeProject writes the configuration and what belongs to it.
func (g *global) makeProject(name string, yaml bool) error {
	file := "fleet.twin.hcl"
	others := []newFile{{filepath.Join(g.dir(), ".gitignore"), ".twinset/\n*.plan\n", "see that it holds .twinset/ and *.plan"}}
	if yaml {
		file = "fleet.twin.yaml"
		text, err := config.JSONSchema()
		if err != nil {
			return err
		}
		path := filepath.Join(g.dir(), ".twinset", "schema.json")
		others = append(others, newFile{path, string(text), "renew it with twinset schema --out " + path})
	}
	text, err := fs.ReadFile(skeleton, "skeleton/"+file)
	if err != nil {
		return err
	}
	if err := create(filepath.Join(g.dir(), file), strings.ReplaceAll(string(text), "PROJECT", name)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(g.env.Stdout, "Made project %q in %s.\n", name, filepath.Join(g.dir(), file)); err != nil {
		return err
	}
	return g.make(others)
}

// make writes files that do not exist, and says of each what became of it.
func (g *global) make(files []newFile) error {
	for _, f := range files {
		said := fmt.Sprintf("Made %s.\n", f.path)
		err := create(f.path, f.text)
		if errors.Is(err, fs.ErrExist) {
			said, err = fmt.Sprintf("Kept %s as it is; %s.\n", f.path, f.advice), nil
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprint(g.env.Stdout, said); err != nil {
			return err
		}
	}
	return nil
}

// existingConfig names a file of the configuration that is there already.
func existingConfig(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("make project: %w", err)
	}
	for _, e := range entries {
		if config.IsConfigFile(e.Name()) {
			return e.Name(), nil
		}
	}
	return "", nil
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

// create writes a file that does not exist yet, in a directory that may not.
func create(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make project: %w", err)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("make project: %w", err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
