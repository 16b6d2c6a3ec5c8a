package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/twinset/twinset/internal/emulator"
)

// hardship is what makes a served hub less kind than an unlimited one.
type hardship struct {
	sku   string
	units int

	calm    bool
	awkward uint64
	faults  []string
}

func (x *hardship) bind(f *pflag.FlagSet) {
	f.StringVar(&x.sku, "sku", "", "throttle, and count messages, as a hub of `SKU` F1, S1, S2 or S3 (default: no limits)")
	f.IntVar(&x.units, "units", 1, "with --sku, the hub's `NUMBER` of units")
	f.BoolVar(&x.calm, "calm", false, "let queries show writes at once, in full pages, and errors have one form")
	f.Uint64Var(&x.awkward, "awkward", 1, "the `SEED` of what the hub does when it is not --calm")
	f.StringArrayVar(&x.faults, "fault", nil, "let requests fail by a `RULE` such as \"PATCH /twins/* 429 x3\" (repeatable)")
}

func (x *hardship) apply(o *emulator.Options) error {
	o.SKU, o.Units = x.sku, x.units
	if !x.calm {
		o.Awkward = x.awkward
	}
	for _, text := range x.faults {
		rule, err := emulator.ParseFault(text)
		if err != nil {
			return err
		}
		o.Faults = append(o.Faults, rule)
	}
	return nil
}

// awkwardSeed is what TWINSET_EMULATOR_AWKWARD says: the seed of an embedded hub in this process that is not calm.
func (g *global) awkwardSeed() (uint64, error) {
	text := g.env.getenv("TWINSET_EMULATOR_AWKWARD")
	if text == "" {
		return 0, nil
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil || seed == 0 {
		return 0, fmt.Errorf("TWINSET_EMULATOR_AWKWARD: %q is no seed: give a number above 0, or unset it for a calm hub", text)
	}
	return seed, nil
}
