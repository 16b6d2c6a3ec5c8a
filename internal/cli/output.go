package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
)

const outputLong = `Print the outputs of the project: values that its output blocks show.

They are computed from the files and variables; no hub is asked. The value of a
sensitive output is never printed.`

type outputCmd struct {
	json, raw bool
}

func newOutput(g *global) *cobra.Command {
	var o outputCmd
	cmd := &cobra.Command{
		Use: "output [NAME]", Short: "Print values that the configuration shows", Long: outputLong, Args: cobra.MaximumNArgs(1),
		Example: "  twinset output\n  twinset output -e prod --json\n  firewall open $(twinset output --raw port)",
		RunE: func(_ *cobra.Command, args []string) error {
			if o.raw && len(args) == 0 {
				return errors.New("--raw prints one output: name it")
			}
			p, err := g.load()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return g.printOutputs(p.Outputs(), o)
			}
			return g.printOutput(p.Outputs(), args[0], o)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print as JSON; without NAME in the shape of terraform output -json")
	cmd.Flags().BoolVar(&o.raw, "raw", false, "print a string, number or bool as it is, without quotes and line end")
	cmd.MarkFlagsMutuallyExclusive("json", "raw")
	return cmd
}

func (g *global) printOutputs(list []config.Output, o outputCmd) error {
	if !o.json {
		for _, out := range list {
			if _, err := fmt.Fprintf(g.env.Stdout, "%s = %s\n", out.Name, out.Text()); err != nil {
				return err
			}
		}
		if len(list) == 0 {
			g.hint("The project has no outputs. Declare one with an output block.")
		}
		return nil
	}
	type shown struct {
		Sensitive bool            `json:"sensitive"`
		Type      json.RawMessage `json:"type"`
		Value     json.RawMessage `json:"value"`
	}
	all := make(map[string]shown, len(list))
	for _, out := range list {
		value, kind, err := out.JSON()
		if err != nil {
			return fmt.Errorf("output %s: %w", out.Name, err)
		}
		all[out.Name] = shown{Sensitive: out.Sensitive, Type: kind, Value: value}
	}
	e := json.NewEncoder(g.env.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(all)
}

func (g *global) printOutput(list []config.Output, name string, o outputCmd) error {
	i := slices.IndexFunc(list, func(out config.Output) bool { return out.Name == name })
	if i < 0 {
		return fmt.Errorf("no output is named %q; twinset output lists them", name)
	}
	text, end := list[i].Text(), "\n"
	var err error
	switch {
	case o.json:
		if list[i].Sensitive {
			return fmt.Errorf("output %s is sensitive: its value is not shown", name)
		}
		var value json.RawMessage
		value, _, err = list[i].JSON()
		text = string(value)
	case o.raw:
		text, err = list[i].Raw()
		end = ""
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(g.env.Stdout, text, end)
	return err
}
