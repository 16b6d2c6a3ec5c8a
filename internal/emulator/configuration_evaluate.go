package emulator

import "slices"

// evaluation decides which configurations apply to which twins (FACTS §6.3). What is decided depends only on the set of
// configurations that target a twin, so that it is thought through once per set and not once per twin.
type evaluation struct {
	now         ticks
	devices     []*configuration // of devices, strongest first
	modules     []*configuration // of modules
	deployments []*configuration // of edge devices
	verdicts    map[string]*verdict
	key         []byte
}

// verdict is what a set of configurations comes to.
type verdict struct {
	targeted []*configuration // strongest first
	states   []targeting      // of all in targeted
	wish     wish             // of device and module configurations
	modules  []moduleWish     // of deployments
	uses     int              // twins, or edge devices, that got it
}

type moduleWish struct {
	moduleID string
	wish     wish
}

func newEvaluation(all configurations, now ticks) *evaluation {
	e := &evaluation{now: now, verdicts: map[string]*verdict{}}
	for _, c := range all.strongest() {
		switch {
		case c.target == nil:
		case c.content.kind == deviceContent:
			e.devices = append(e.devices, c)
		case c.content.kind == moduleContent:
			e.modules = append(e.modules, c)
		default:
			e.deployments = append(e.deployments, c)
		}
	}
	return e
}

// judge finds out which of the rules target a twin and what they come to.
func (e *evaluation) judge(rules []*configuration, r *record, decide func([]*configuration) *verdict) *verdict {
	if len(rules) == 0 {
		return &verdict{}
	}
	e.key = append(e.key[:0], rules[0].content.kind...)
	for i, c := range rules {
		if c.target.Selects(r) {
			e.key = append(e.key, byte(i))
		}
	}
	v := e.verdicts[string(e.key)]
	if v == nil {
		var targeted []*configuration
		for _, i := range e.key[len(rules[0].content.kind):] {
			targeted = append(targeted, rules[i])
		}
		v = decide(targeted)
		e.verdicts[string(e.key)] = v
	}
	return v
}

// decideSettings gives each key to the strongest configuration that sets it. Two keys are the same when one is a part
// of the other, and a configuration that does not get all its keys is only Targeted: both unverified.
func decideSettings(targeted []*configuration) *verdict {
	v := &verdict{targeted: targeted}
	var taken [][]string
	for _, c := range targeted {
		won := true
		for _, s := range c.content.parts[0].settings {
			if slices.ContainsFunc(taken, func(path []string) bool { return overlap(path, s.path) }) {
				won = false
				continue
			}
			taken = append(taken, s.path)
			v.wish.set(s)
		}
		v.states = append(v.states, targeting{c.id, won})
	}
	sortTargetings(v.states)
	return v
}

// evaluateDevice brings the twins of a device and of its modules in line.
func (h *Hub) evaluateDevice(e *evaluation, device *record) {
	own := e.judge(e.devices, device, decideSettings)
	if next, got, err := e.fit(device, own, wish{}, nil); err == nil {
		got.uses++
		h.replace(device, next)
	}
	plan := &verdict{}
	if device.edge {
		plan = e.judge(e.deployments, device, decideDeployments)
	}
	h.evaluateModules(e, device, plan)
}

// replace stores what an evaluation made of a record, if anything.
func (h *Hub) replace(r, next *record) {
	if next != r {
		h.store.put(next)
	}
}

// fit returns the record after the evaluation, itself when nothing changes, and the verdict that it got. below is what
// deployments want, and extra what became of them. Configurations that do not fit into the twin with the stronger ones
// are left out (unverified); the error says that not even below fits.
func (e *evaluation) fit(r *record, v *verdict, below wish, extra []targeting) (*record, *verdict, *fault) {
	next, err := e.settled(r, v, below, extra)
	if err == nil {
		return next, v, nil
	}
	if v, err = e.reduced(r, v, below); err != nil {
		return nil, nil, err
	}
	next, err = e.settled(r, v, below, extra)
	return next, v, err
}

// settled writes a verdict into a twin.
func (e *evaluation) settled(r *record, v *verdict, below wish, extra []targeting) (*record, *fault) {
	states := v.states
	if len(extra) > 0 {
		states = sortTargetings(slices.Concat(states, extra))
	}
	write, needed := below.with(v.wish).missing(r.twin.desired.root)
	if !needed && slices.Equal(states, r.configurations) {
		return r, nil
	}
	next := r.clone()
	next.configurations = states
	if needed {
		var err *fault
		if next.twin, err = r.twin.patched(write, e.now); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// reduced leaves out the configurations that do not fit, weakest first.
func (e *evaluation) reduced(r *record, v *verdict, below wish) (*verdict, *fault) {
	if _, err := e.settled(r, &verdict{}, below, nil); err != nil {
		return nil, err
	}
	var fitting []*configuration
	less := &verdict{}
	for _, c := range v.targeted {
		try := decideSettings(append(slices.Clone(fitting), c))
		if _, err := e.settled(r, try, below, nil); err == nil {
			fitting, less = try.targeted, try
		}
	}
	for _, c := range v.targeted {
		if !slices.Contains(fitting, c) {
			less.states = append(less.states, targeting{ID: c.id})
		}
	}
	sortTargetings(less.states)
	e.verdicts["reduced\x00"+r.key] = less
	return less, nil
}
