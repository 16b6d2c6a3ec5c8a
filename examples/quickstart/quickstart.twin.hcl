# The Azure tutorial "Get started with module identity and module twin", as code.

project "quickstart" {}

environment "dev" {
  hub = "emulator" # the embedded hub; a real one is "contoso.azure-devices.net"
}

device "myFirstDevice" {
  auth {
    type = "sas" # the hub generates the keys
  }

  module "myFirstModule" {
    desired = {
      telemetryInterval = 122
    }
  }
}
