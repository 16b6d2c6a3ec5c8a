package config

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

const benchHCL = `
project "bench" {}
locals {
  sensors = { for s in csvdecode(file("sensors.csv")) : s.id => s }
}
profile "base" {
  tags    = { owner = "iot-platform", env = "prod" }
  desired = { telemetry = { interval_s = 60, batch = true } }
}
profile "sensor" {
  extends = ["base"]
  tags    = { role = "sensor" }
  desired = { telemetry = { batch = null }, limits = { celsius = [-20, 85.5] } }
}
device "sensor" {
  for_each = local.sensors
  id       = each.key
  profiles = ["sensor"]
  tags     = { site = each.value.site, floor = tonumber(each.value.floor) }
  desired  = { telemetry = { interval_s = tonumber(each.value.interval_s) } }
}
`

const benchYAML = `
project: {bench: }
locals:
  sensors: '${{ for s in csvdecode(file("sensors.csv")) : s.id => s }}'
profile:
  base:
    tags: {owner: iot-platform, env: prod}
    desired: {telemetry: {interval_s: 60, batch: true}}
  sensor:
    extends: [base]
    tags: {role: sensor}
    desired: {telemetry: {batch: null}, limits: {celsius: [-20, 85.5]}}
device:
  sensor:
    for_each: ${local.sensors}
    id: ${each.key}
    profiles: [sensor]
    tags:
      site: ${each.value.site}
      floor: ${tonumber(each.value.floor)}
    desired:
      telemetry:
        interval_s: ${tonumber(each.value.interval_s)}
`

// Benchmark20kDevices loads and evaluates a fleet of 20,000 devices from a CSV
// file with two profiles, and fails above the second of processor time that is
// promised for it.
func Benchmark20kDevices(b *testing.B) {
	const n = 20_000
	var csv bytes.Buffer
	csv.WriteString("id,site,floor,interval_s\n")
	for i := range n {
		fmt.Fprintf(&csv, "s-%05d,plant-%d,%d,%d\n", i, i%7, i%4, 10+i%50)
	}
	for ext, src := range map[string]string{"hcl": benchHCL, "yaml": benchYAML} {
		b.Run(ext, func(b *testing.B) {
			dir := b.TempDir()
			writeFile(b, filepath.Join(dir, "fleet.twin."+ext), []byte(src))
			writeFile(b, filepath.Join(dir, "sensors.csv"), csv.Bytes())
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				c, diags := Load(dir, Options{})
				if diags.HasErrors() {
					b.Fatal(diags)
				}
				count := 0
				for _, err := range c.Objects() {
					if err != nil {
						b.Fatal(err)
					}
					count++
				}
				if count != n {
					b.Fatalf("got %d objects, want %d", count, n)
				}
			}
			mean := (processorTime() - before) / time.Duration(b.N)
			b.ReportMetric(mean.Seconds()*1e3, "cpu-ms/op")
			b.ReportMetric(mean.Seconds()*1e6/n, "cpu-us/device")
			if mean > time.Second {
				b.Errorf("%d devices take %v of processor time, at most a second is promised", n, mean)
			}
		})
	}
}
