package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/schema"
)

type rotateCmd struct {
	swap        bool
	finish      string
	autoApprove bool
}

const rotateLong = `Give a device, or one of its modules, new symmetric keys without cutting it off.

The hub accepts a primary and a secondary key at any time. A client that connects
with the primary one is led over to a new one in two steps:

  1. --swap puts a new secondary key in. The client goes on with the primary one.
     Give it the string that "twinset credentials DEVICE --secondary" prints.
  2. --finish FINGERPRINT, when the client connects with it, makes that key the
     primary one, and puts another new key in its place. The old key is dead.

No key is printed. The fingerprint, which --swap prints, stands for the new key:
--finish refuses when it is not the secondary one any more. Keys that the
configuration declares are not touched: change their secrets, and apply.`

func newRotate(g *global) *cobra.Command {
	var o rotateCmd
	cmd := &cobra.Command{
		Use: "rotate DEVICE [MODULE] (--swap | --finish FINGERPRINT)", Short: "Replace the keys of a device or module, one after the other", Long: rotateLong,
		Example: "  twinset rotate gw-01 --swap\n  twinset credentials gw-01 --secondary      # for the client\n  twinset rotate gw-01 --finish 5f3a9c21d0",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return errors.New("twinset rotate takes a device id and optionally a module id; see twinset rotate --help")
		},
		RunE: func(cmd *cobra.Command, args []string) error { return g.runRotate(cmd.Context(), args, o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.swap, "swap", false, "put a new secondary key in")
	f.StringVar(&o.finish, "finish", "", "make the secondary key with the `FINGERPRINT` the primary one")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	return cmd
}

func (g *global) runRotate(ctx context.Context, args []string, o rotateCmd) error {
	if o.swap == (o.finish != "") {
		return errors.New("twinset rotate needs either --swap or --finish FINGERPRINT; see twinset rotate --help")
	}
	p, err := g.load()
	if err != nil {
		return err
	}
	c, err := g.connect(p.environment.Hub, p.environment.Size)
	if err != nil {
		return err
	}
	addr := schema.DeviceAddress(args[0])
	if len(args) == 2 {
		addr = schema.ModuleAddress(args[0], args[1])
	}
	err = g.rotate(ctx, g.remote(c, p.owner, 1, nil), addr, args, o)
	if refusal, ok := errors.AsType[remote.Refusal](err); ok {
		err = exitWith(exitRefused, "%w", refusal)
	}
	return errors.Join(err, c.close())
}

func (g *global) rotate(ctx context.Context, r *remote.Remote, addr schema.Address, args []string, o rotateCmd) error {
	keys, err := r.Keys(ctx, addr)
	if err != nil {
		return err
	}
	name := strings.Join(args, " ")
	if o.swap {
		if err := g.mayRotate(o, "Whoever connects with the present secondary key of %s is cut off.", addr); err != nil {
			return err
		}
		fingerprint, err := keys.Swap(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(g.env.Stdout, "%s has a new secondary key, fingerprint %s.\n", addr, fingerprint)
		g.hint("Its primary key still works. Next:\n  twinset credentials %s --secondary   # prints the new string: give it to the client\n  twinset rotate %s --finish %s   # when the client connects with it", name, name, fingerprint)
		return nil
	}
	if err := keys.Check(o.finish); err != nil {
		return err
	}
	state := "not connected"
	if keys.Connected {
		state = "connected"
	}
	if err := g.mayRotate(o, "The hub says that %s is %s. Unless it connects with its new key, it is cut off.", addr, state); err != nil {
		return err
	}
	if err := keys.Finish(ctx); err != nil {
		return err
	}
	fmt.Fprintf(g.env.Stdout, "The key with the fingerprint %s is the primary one of %s. Its old keys do not work any more.\n", strings.ToLower(o.finish), addr)
	return nil
}

// mayRotate asks for consent.
func (g *global) mayRotate(o rotateCmd, format string, args ...any) error {
	if o.autoApprove {
		return nil
	}
	if !g.env.interactive() {
		return errors.New("there is no terminal to ask for consent; re-run with --auto-approve")
	}
	fmt.Fprintf(g.env.Stderr, format+"\nOnly \"yes\" is taken for consent: ", args...)
	answer, _ := bufio.NewReader(g.env.Stdin).ReadString('\n')
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("not rotated")
	}
	return nil
}
