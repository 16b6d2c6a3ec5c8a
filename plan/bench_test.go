package plan_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// BenchmarkReader reads the creates of a fleet, as an apply does; a thousand are one
// operation.
func BenchmarkReader(b *testing.B) {
	text := creates(b, 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := plan.NewReader(bytes.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		r.Trust()
		for _, err := range r.Changes() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// creates is a plan file of devices with four tags and ten desired leaves.
func creates(b *testing.B, n int) []byte {
	b.Helper()
	var out bytes.Buffer
	w, err := plan.NewWriter(&out, plan.Header{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		c := plan.Change{
			Action: plan.Create, Addr: schema.DeviceAddress(fmt.Sprintf("device-%06d", i)),
			Origin: schema.Origin{File: "fleet.twin.hcl", Line: 12, Column: 1, Name: fmt.Sprintf(`device.fleet["device-%06d"]`, i)},
			After: schema.Doc(`{"auth":{"type":"sas"},"desired":{"limits":{"high":85.5,"low":-20,"unit":"celsius"},"log":{"keep_days":14,"level":"info"},` +
				`"place":{"cell":"plant-3/line-07","line":"line-07"},"telemetry":{"batch":20,"compress":true,"interval_s":60}},` +
				`"tags":{"floor":3,"owner":"platform","role":"sensor","site":"plant-3"}}`),
		}
		schema.WalkLeaves(c.After, func(p schema.Path, v schema.Doc) {
			c.Leaves = append(c.Leaves, plan.Leaf{Path: slices.Clone(p), After: v})
		})
		var line bytes.Buffer
		if err := plan.Encode(&line, c); err != nil {
			b.Fatal(err)
		}
		if err := w.WriteLine(line.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(plan.Summary{}, ""); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}
