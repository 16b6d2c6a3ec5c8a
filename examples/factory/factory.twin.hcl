# A small factory: two gateways with two modules each, and fifty sensors from a
# table, for a development and a production hub.

project "plant-fleet" {
  required_version = ">= 0.1"
}

variable "env" {
  type        = string
  description = "dev | test | prod"
  default     = "dev"

  validation {
    condition     = contains(["dev", "test", "prod"], var.env)
    error_message = "env must be dev, test or prod."
  }
}

environment "dev" {
  default = true
  hub     = "emulator"
  vars    = { env = "dev" }
}

environment "prod" {
  hub     = "contoso-prod.azure-devices.net"
  vars    = { env = "prod" }
  protect = true # destroy refused, apply takes a saved plan
}

locals {
  sensors = { for s in csvdecode(file("sensors.csv")) : s.id => s }
  gateways = {
    gw-01 = { site = "plant-a", auth = "x509_thumbprint" }
    gw-02 = { site = "plant-b", auth = "sas" }
  }
}
