package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinset/twinset/internal/emulator"
)

// followWait is how long one request of --follow waits for a message.
const followWait = 30 * time.Second

// servedFlags say which served hub is meant.
type servedFlags struct{ dataDir, readyFile string }

func (s *servedFlags) bind(cmd *cobra.Command) *pflag.FlagSet {
	f := cmd.Flags()
	f.StringVar(&s.dataDir, "data-dir", "", "the hub that is served from `DIR` (default .twinset/emulator)")
	f.StringVar(&s.readyFile, "ready-file", "", "the hub that wrote `FILE` when it became ready")
	cmd.MarkFlagsMutuallyExclusive("data-dir", "ready-file")
	return f
}

// control reaches a hub that twinset emulator serves.
func (g *global) control(s servedFlags) (*emulator.Control, error) {
	if s.readyFile != "" {
		text, err := os.ReadFile(g.path(s.readyFile))
		if err != nil {
			return nil, fmt.Errorf("read ready file: %w", err)
		}
		var e emulator.Endpoint
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, fmt.Errorf("read ready file %s: %w", s.readyFile, err)
		}
		return emulator.NewControl(e)
	}
	dir := s.dataDir
	if dir == "" {
		dir = filepath.Join(g.dir(), ".twinset", "emulator")
	}
	e, err := emulator.ReadEndpoint(dir)
	if err != nil {
		return nil, fmt.Errorf("%w; is twinset emulator running?", err)
	}
	return emulator.NewControl(e)
}

type telemetryCmd struct {
	servedFlags
	device string
	follow bool
}

const telemetryLong = `Print the messages that devices have sent to a served embedded hub, oldest first,
a line of JSON each. The hub keeps the last 10,000 in memory.`

func newTelemetry(g *global) *cobra.Command {
	var o telemetryCmd
	cmd := &cobra.Command{
		Use: "telemetry", Short: "Print what devices have sent", Long: telemetryLong, Args: cobra.NoArgs,
		Example: "  twinset emulator telemetry --device sensor-001\n  twinset emulator telemetry --follow",
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runTelemetry(cmd.Context(), o) },
	}
	f := o.bind(cmd)
	f.StringVar(&o.device, "device", "", "only messages of device `ID` and its modules")
	f.BoolVarP(&o.follow, "follow", "f", false, "wait for more until Ctrl-C")
	return cmd
}

func (g *global) runTelemetry(ctx context.Context, o telemetryCmd) error {
	control, err := g.control(o.servedFlags)
	if err != nil {
		return err
	}
	defer control.Close()
	wait := time.Duration(0)
	if o.follow {
		wait = followWait
	}
	last := int64(0)
	for {
		page, err := control.Telemetry(ctx, last, wait)
		if ctx.Err() != nil {
			return nil // Ctrl-C is how following ends
		}
		if err != nil {
			return err
		}
		if page.Missed > 0 && last > 0 {
			g.hint("%d messages were lost: the hub keeps the last 10,000.", page.Missed)
		}
		if err := g.printTelemetry(page, o.device); err != nil {
			return err
		}
		if last = page.Last; len(page.Messages) == 0 && !o.follow {
			return nil
		}
	}
}

func (g *global) printTelemetry(page emulator.TelemetryPage, device string) error {
	out := json.NewEncoder(g.env.Stdout)
	out.SetEscapeHTML(false)
	for _, m := range page.Messages {
		if device != "" && m.DeviceID != device {
			continue
		}
		if err := out.Encode(m); err != nil {
			return err
		}
	}
	return nil
}

type sendCmd struct {
	servedFlags
	properties []string
	message    emulator.CommandInput
}

const sendLong = `Put a cloud-to-device message into the queue of a device of a served embedded hub.
The device gets it at once, or when it next subscribes. On the service, such
messages are sent over AMQP, which the embedded hub does not speak.`

func newSend(g *global) *cobra.Command {
	var o sendCmd
	cmd := &cobra.Command{
		Use: "send DEVICE BODY", Short: "Send a cloud-to-device message", Long: sendLong, Args: cobra.ExactArgs(2),
		Example: "  twinset emulator send sensor-001 '{\"blink\": true}' --content-type application/json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.runSend(cmd.Context(), o, args[0], args[1])
		},
	}
	f := o.bind(cmd)
	f.StringArrayVar(&o.properties, "property", nil, "an application property: `NAME=VALUE` (repeatable)")
	f.StringVar(&o.message.MessageID, "message-id", "", "the message's `ID` (default a random one)")
	f.StringVar(&o.message.CorrelationID, "correlation-id", "", "the message's correlation `ID`")
	f.StringVar(&o.message.ContentType, "content-type", "", "the body's `TYPE`")
	return cmd
}

func (g *global) runSend(ctx context.Context, o sendCmd, device, body string) error {
	o.message.Properties = map[string]string{}
	for _, p := range o.properties {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return fmt.Errorf("--property %q is not NAME=VALUE", p)
		}
		o.message.Properties[name] = value
	}
	o.message.Body = []byte(body)
	control, err := g.control(o.servedFlags)
	if err != nil {
		return err
	}
	defer control.Close()
	id, err := control.Send(ctx, device, o.message)
	if err != nil {
		return err
	}
	fmt.Fprintln(g.env.Stdout, id)
	return nil
}
