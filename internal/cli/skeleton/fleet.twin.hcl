project "PROJECT" {}

# The embedded hub: nothing to install, no account needed. Its data is in
# .twinset/emulator; "twinset emulator" serves it to devices and SDKs.
environment "dev" {
  default = true
  hub     = "emulator"
}

# A real hub. Sign in with "az login", or set IOTHUB_CONNECTION_STRING.
#
# environment "prod" {
#   hub       = "contoso-prod.azure-devices.net"
#   protect   = true      # apply takes a saved plan, destroy is refused
#   on_remove = "disable" # devices that leave this file are disabled; "twinset gc" deletes them later
# }

profile "sensor" {
  tags    = { role = "sensor" }
  desired = { telemetry = { interval_s = 60 } }
}

device "sensor" {
  for_each = toset(["sensor-1", "sensor-2"])
  profiles = ["sensor"]
  tags     = { site = "plant-a" }
}
