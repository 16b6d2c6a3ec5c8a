package quota

import "time"

// maxUnits is the number of units that a hub of each SKU can have.
var maxUnits = map[string]int{"F1": 1, "S1": 200, "S2": 200, "S3": 10}

// allowance is a limit: the larger of what a hub has and what its units have.
type allowance struct {
	hub, unit float64
	per       time.Duration
}

// row holds the limits of one class in the tiers of F1 and S1, S2, and S3.
type row struct {
	class      Class
	s1, s2, s3 allowance
}

// rows are the limits of FACTS §10.1.
var rows = []row{
	{Registry, allowance{0, 100, time.Minute}, allowance{0, 100, time.Minute}, allowance{0, 5000, time.Minute}},
	{Query, allowance{0, 20, time.Minute}, allowance{0, 20, time.Minute}, allowance{0, 1000, time.Minute}},
	{TwinRead, allowance{100, 0, time.Second}, allowance{100, 10, time.Second}, allowance{0, 500, time.Second}},
	{TwinUpdate, allowance{50, 0, time.Second}, allowance{50, 5, time.Second}, allowance{0, 250, time.Second}},
	{Configuration, allowance{0, 20, time.Minute}, allowance{0, 20, time.Minute}, allowance{0, 20, time.Minute}},
}

// Rate is what the hub takes of a class. It is the zero Rate when the hub's size is
// not known.
func (h Hub) Rate(c Class) Rate {
	for _, r := range rows {
		if r.class != c {
			continue
		}
		a, known := r.of(h.SKU)
		if !known {
			return Rate{}
		}
		return Rate{N: max(a.hub, a.unit*float64(h.Units)), Per: a.per}
	}
	return Rate{}
}

func (r row) of(sku string) (allowance, bool) {
	switch sku {
	case "F1", "S1":
		return r.s1, true
	case "S2":
		return r.s2, true
	case "S3":
		return r.s3, true
	default:
		return allowance{}, false
	}
}

// Daily is the number of messages that the hub takes in a day (FACTS §10.4 and the
// service's price list); 0 when its size is not known.
func (h Hub) Daily() int64 {
	perUnit := map[string]int64{"F1": 8_000, "S1": 400_000, "S2": 6_000_000, "S3": 300_000_000}
	return perUnit[h.SKU] * int64(h.Units)
}

// block is the size in bytes of what is billed as a message (FACTS §10.4).
func (h Hub) block() int64 {
	if h.SKU == "F1" {
		return 512
	}
	return 4096
}

// Messages is how many messages an answer or a body of so many bytes is billed as.
func (h Hub) Messages(bytes int64) int64 {
	return max(1, (bytes+h.block()-1)/h.block())
}
