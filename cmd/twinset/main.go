// Command twinset plans and applies Azure IoT Hub fleets from configuration.
package main

import (
	"os"

	"github.com/twinset/twinset/internal/cli"
)

func main() {
	os.Exit(cli.Main())
}
