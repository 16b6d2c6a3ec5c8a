package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
)

// decideDeployments applies the strongest deployment that says all about a device, and those stronger ones that add to
// it, one on top of the other. Without such a base nothing is applied. FACTS §6.2 and §6.3 say no more than that there
// are layers and priorities, so most of this is unverified: properties.desired of a module is the whole of them,
// properties.desired.<path> leaves the others alone.
func decideDeployments(targeted []*configuration) *verdict {
	v := &verdict{targeted: targeted}
	base := slices.IndexFunc(targeted, func(c *configuration) bool { return c.content.base() })
	for i, c := range targeted {
		v.states = append(v.states, targeting{c.id, i <= base})
	}
	sortTargetings(v.states)
	for i := base; i >= 0; i-- {
		v.modules = targeted[i].content.deployOn(v.modules)
	}
	return v
}

// deployOn puts a content on top of others.
func (c *content) deployOn(modules []moduleWish) []moduleWish {
	for _, p := range c.parts {
		i := slices.IndexFunc(modules, func(m moduleWish) bool { return m.moduleID == p.moduleID })
		if i < 0 {
			i = len(modules)
			modules = append(modules, moduleWish{moduleID: p.moduleID})
		}
		for _, s := range p.settings {
			if len(s.path) == 0 && len(s.value.kids) == 0 {
				continue // an empty $edgeAgent of a layer
			}
			modules[i].wish.set(s)
			modules[i].wish.whole = modules[i].wish.whole || len(s.path) == 0
		}
	}
	return modules
}

// evaluateModules brings the modules of a device in line. A deployment that does not fit is not applied at all.
func (h *Hub) evaluateModules(e *evaluation, device *record, plan *verdict) {
	next, err := h.plannedModules(e, device, plan)
	if err != nil {
		plan = plan.unapplied()
		e.verdicts["unapplied\x00"+device.key] = plan
		if next, err = h.plannedModules(e, device, plan); err != nil {
			return // there is nothing in the plan that could fail
		}
	}
	plan.uses++
	for _, r := range next {
		h.replace(h.store.find(r.deviceID, r.moduleID), r)
	}
}

func (v *verdict) unapplied() *verdict {
	less := &verdict{targeted: v.targeted}
	for _, s := range v.states {
		less.states = append(less.states, targeting{ID: s.ID})
	}
	return less
}

// plannedModules returns all modules of a device as they should be, including those that a deployment brings along.
func (h *Hub) plannedModules(e *evaluation, device *record, plan *verdict) ([]*record, *fault) {
	modules, err := h.deployedModules(device.deviceID, plan.modules, e.now)
	if err != nil {
		return nil, err
	}
	got := make([]*verdict, len(modules))
	for i, m := range modules {
		var below wish
		if at := slices.IndexFunc(plan.modules, func(w moduleWish) bool { return w.moduleID == m.moduleID }); at >= 0 {
			below = plan.modules[at].wish
		}
		var extra []targeting // deployments show on the agent's twin, as the queries for their metrics say
		if m.moduleID == edgeAgent {
			extra = plan.states
		}
		if modules[i], got[i], err = e.fit(m, e.judge(e.modules, m, decideSettings), below, extra); err != nil {
			return nil, err
		}
	}
	for _, v := range got {
		v.uses++
	}
	return modules, nil
}

// deployedModules returns the modules of a device, and new ones for those that a deployment names and that are missing.
// That the hub creates them is unverified.
func (h *Hub) deployedModules(deviceID string, wanted []moduleWish, now ticks) ([]*record, *fault) {
	modules := h.store.modulesOf(deviceID)
	for _, w := range wanted {
		if h.store.find(deviceID, w.moduleID) != nil {
			continue
		}
		if len(modules) >= maxModules {
			return nil, tooManyModules(deviceID)
		}
		modules = append(modules, h.newEdgeModule(deviceID, w.moduleID, now))
	}
	return modules, nil
}

// newEdgeModule is a module that the hub itself creates; it is not stored yet.
func (h *Hub) newEdgeModule(deviceID, moduleID string, now ticks) *record {
	auth := authentication{kind: authNone}
	if moduleID[0] != '$' {
		auth = authentication{kind: authSAS, primaryKey: h.newKey(), secondaryKey: h.newKey()}
	}
	return &record{
		key: recordKey(deviceID, moduleID), deviceID: deviceID, moduleID: moduleID, generation: h.store.generation(now),
		etag: h.firstETag(), status: "enabled", managedBy: "iotEdge", auth: auth, twin: newTwin(now),
	}
}

// applyContent is POST /devices/{id}/applyConfigurationContent: the content of one edge device, at once and by nobody's
// name (FACTS §6.2). All of it is written, or nothing.
func (h *Hub) applyContent(c *call) (reply, *fault) {
	var in contentInput
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	device := h.store.find(c.args[0], "")
	if device == nil {
		return reply{}, notFound(c.args[0])
	}
	content, err := in.read(nil)
	if err != nil {
		return reply{}, err
	}
	if content.kind != modulesContent {
		return reply{}, invalidContent("content must have modulesContent")
	}
	if !device.edge {
		return reply{}, invalid("device '" + device.deviceID + "' is not an edge device")
	}
	if err := h.deploy(device.deviceID, &content, c.now); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, nil
}

func (h *Hub) deploy(deviceID string, content *content, now ticks) *fault {
	wanted := content.deployOn(nil)
	modules, err := h.deployedModules(deviceID, wanted, now)
	if err != nil {
		return err
	}
	var written []*record
	for _, w := range wanted {
		i := slices.IndexFunc(modules, func(m *record) bool { return m.moduleID == w.moduleID })
		r := modules[i].clone()
		if !w.wish.empty() {
			if r.twin, err = r.twin.patched(twinWrite{desired: &w.wish.root, clearDesired: w.wish.whole}, now); err != nil {
				return err
			}
		}
		written = append(written, r)
	}
	for _, r := range written {
		h.store.put(r)
	}
	return nil
}
