profile "base" {
  tags    = { env = var.env, owner = "iot-platform" }
  desired = { telemetry = { interval_s = 60, batch = true } }
}

profile "sensor" {
  extends = ["base"]
  tags    = { role = "sensor" }
  desired = {
    telemetry = { batch = null } # must not exist on sensors
    limits    = { celsius = [-20, 85.5] }
  }
}

profile "gateway" {
  extends = ["base"]
  tags    = { role = "gateway" }
}
