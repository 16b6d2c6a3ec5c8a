device "gateway" {
  for_each = local.gateways
  id       = each.key
  profiles = ["gateway"]
  tags     = { site = each.value.site }

  auth {
    type               = each.value.auth
    primary_thumbprint = each.value.auth == "sas" ? null : secret("file://certs/${each.key}.thumbprint")
  }

  module "opcua" {
    desired = {
      endpoint = "opc.tcp://${each.value.site}.example.net:4840"
      poll_ms  = var.env == "prod" ? 500 : 2000
    }
  }

  module "store" {
    desired = {
      retention_h = 72
      banner      = <<-EOT
        Gateway ${each.key}
        Site ${each.value.site}
      EOT
    }
  }
}

device "sensor" {
  for_each = local.sensors
  id       = each.key
  profiles = ["sensor"]
  tags     = { site = each.value.site, floor = tonumber(each.value.floor) }
  desired  = { telemetry = { interval_s = tonumber(each.value.interval_s) } }
}
