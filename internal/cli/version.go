package cli

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version is the release that this is, or will be. It is what required_version
// of a project is compared with.
const version = "0.1.0"

// commit is set by the linker.
var commit = ""

func newVersion(g *global) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Example: "  twinset version\n  twinset version --json",
		RunE: func(*cobra.Command, []string) error {
			if !asJSON {
				return printVersion(g)
			}
			return json.NewEncoder(g.env.Stdout).Encode(map[string]string{
				"version": version, "commit": commit, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printVersion(g *global) error {
	text := "twinset " + version
	if commit != "" {
		text += " (" + commit + ")"
	}
	_, err := fmt.Fprintln(g.env.Stdout, text)
	return err
}
