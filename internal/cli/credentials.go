package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/hub"
)

type credentialsCmd struct{ secondary bool }

const credentialsLong = `Print the connection string that a device, or one of its modules, connects with.

This is the only command that ever prints a key. DEVICE and MODULE are ids on
the hub. For certificates the string says x509=true and holds no key.`

func newCredentials(g *global) *cobra.Command {
	var o credentialsCmd
	cmd := &cobra.Command{
		Use: "credentials DEVICE [MODULE]", Short: "Print a client's connection string", Long: credentialsLong,
		Example: "  twinset credentials myFirstDevice\n  export IOTHUB_DEVICE_CONNECTION_STRING=$(twinset credentials myFirstDevice myFirstModule)",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return errors.New("twinset credentials takes a device id and optionally a module id; see twinset credentials --help")
		},
		RunE: func(cmd *cobra.Command, args []string) error { return g.runCredentials(cmd.Context(), args, o) },
	}
	cmd.Flags().BoolVar(&o.secondary, "secondary", false, "use the secondary key")
	return cmd
}

func (g *global) runCredentials(ctx context.Context, args []string, o credentialsCmd) error {
	p, err := g.load()
	if err != nil {
		return err
	}
	c, err := g.connect(p.environment.Hub, p.environment.Size)
	if err != nil {
		return err
	}
	text, err := clientString(ctx, c.client, args, o)
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.env.Stdout, text)
	return err
}

// clientString builds a device's or module's connection string. The port is left
// out: device clients choose theirs by protocol (FACTS §9.4).
func clientString(ctx context.Context, client *hub.Client, args []string, o credentialsCmd) (string, error) {
	host, _ := splitPort(client.Host())
	parts := []string{"HostName=" + host, "DeviceId=" + args[0]}
	var auth hub.Authentication
	if len(args) == 2 {
		m, err := client.Module(ctx, args[0], args[1])
		if err != nil {
			return "", err
		}
		auth, parts = m.Authentication, append(parts, "ModuleId="+args[1])
	} else {
		d, err := client.Device(ctx, args[0])
		if err != nil {
			return "", err
		}
		auth = d.Authentication
	}
	if auth.Type != "sas" {
		return strings.Join(append(parts, "x509=true"), ";"), nil
	}
	key := auth.SymmetricKey.Primary
	if o.secondary {
		key = auth.SymmetricKey.Secondary
	}
	if key == "" {
		return "", fmt.Errorf("the hub shows no key of %s: the credentials in use lack the right to read keys", strings.Join(args, "/"))
	}
	return strings.Join(append(parts, "SharedAccessKey="+key), ";"), nil
}
