package cli

import (
	"github.com/spf13/pflag"

	"github.com/twinset/twinset/internal/emulator"
)

// hardship is what makes a served hub less kind than an unlimited one.
type hardship struct {
	sku   string
	units int
}

func (x *hardship) bind(f *pflag.FlagSet) {
	f.StringVar(&x.sku, "sku", "", "throttle, and count messages, as a hub of `SKU` F1, S1, S2 or S3 (default: no limits)")
	f.IntVar(&x.units, "units", 1, "with --sku, the hub's `NUMBER` of units")
}

func (x *hardship) apply(o *emulator.Options) {
	o.SKU, o.Units = x.sku, x.units
}
