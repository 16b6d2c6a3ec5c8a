package condition

// outcome is the set of results that a test may have. One that knows everything
// has one: yes, no, or neither, as a comparison with something that is not there
// or not comparable. That NOT leaves neither as it is, is unverified (FACTS §5).
type outcome uint8

const (
	yes outcome = 1 << iota
	no
	neither

	either = yes | no | neither // nothing is known
)

func outcomeOf(b bool) outcome {
	if b {
		return yes
	}
	return no
}

func (o outcome) not() outcome {
	out := o & neither
	if o&yes != 0 {
		out |= no
	}
	if o&no != 0 {
		out |= yes
	}
	return out
}

func (o outcome) and(p outcome) outcome {
	out := (o | p) & no // one that is false decides
	if o&yes != 0 && p&yes != 0 {
		out |= yes
	}
	if o&neither != 0 && p&(yes|neither) != 0 || p&neither != 0 && o&(yes|neither) != 0 {
		out |= neither
	}
	return out
}

func (o outcome) or(p outcome) outcome { return o.not().and(p.not()).not() }

// value is the outcome as an operand: (tags.a = 1) = true.
func (o outcome) value() Value {
	switch o {
	case yes, no:
		return Value{kind: boolean, truth: o == yes}
	case neither:
		return Value{}
	default:
		return Open()
	}
}

// outcome is a value as a condition: what is no boolean is neither true nor false
// (FACTS §5).
func (v Value) outcome() outcome {
	switch v.kind {
	case boolean:
		return outcomeOf(v.truth)
	case open:
		return either
	default:
		return neither
	}
}
