package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/twinset/twinset/internal/emulator/query"
)

// configurationInput is the writable part of a configuration.
type configurationInput struct {
	ID              *string
	SchemaVersion   *string
	Labels          json.RawMessage
	Content         *contentInput
	TargetCondition *string
	Priority        *int64
	Metrics         *struct{ Queries json.RawMessage }
}

// getConfiguration is GET /configurations/{id} (FACTS §6.1).
func (h *Hub) getConfiguration(c *call) (reply, *fault) {
	found := h.store.configurations[c.args[0]]
	if found == nil {
		return reply{}, configurationNotFound(c.args[0])
	}
	return found.reply(), nil
}

func configurationNotFound(id string) *fault {
	return &fault{
		status: http.StatusNotFound, code: 404301, name: "ConfigurationNotFound",
		text: fmt.Sprintf("Configuration with ID '%s' was not found.", id),
	}
}

func (c *configuration) reply() reply {
	rep := ok(c.append(nil))
	rep.etag = identityETag(c.etag)
	return rep
}

// listConfigurations is GET /configurations: all of them, whatever top says (FACTS §6.1).
func (h *Hub) listConfigurations(*call) (reply, *fault) {
	b := []byte{'['}
	for i, c := range h.store.configurations.sorted() {
		if i > 0 {
			b = append(b, ',')
		}
		b = c.append(b)
	}
	return ok(append(b, ']')), nil
}

// putConfiguration is PUT /configurations/{id}: create only without If-Match, update with it (FACTS §6.1). A body that
// names another id, or none, is unverified.
func (h *Hub) putConfiguration(c *call) (reply, *fault) {
	var in configurationInput
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	id := c.args[0]
	if err := checkConfigurationID(id); err != nil {
		return reply{}, err
	}
	if value(in.ID) != id {
		return reply{}, invalid("id in the body must be the one in the path")
	}
	live, err := h.configurationToWrite(c)
	if err != nil {
		return reply{}, err
	}
	next, err := h.nextConfiguration(live, &in, c.now)
	if err != nil {
		return reply{}, err
	}
	h.store.putConfiguration(next)
	h.cycle.changed = true
	return next.reply(), nil
}

// configurationToWrite is what If-Match lets a PUT replace, nil for a creation. An update of a missing configuration is
// unverified.
func (h *Hub) configurationToWrite(c *call) (*configuration, *fault) {
	id, match := c.args[0], c.ifMatch.quotedOnly()
	live := h.store.configurations[id]
	switch {
	case match.createOnly() && live != nil:
		return nil, &fault{
			status: http.StatusConflict, code: 409401, name: "ConfigurationAlreadyExists",
			text: fmt.Sprintf("Configuration with ID '%s' already exists.", id),
		}
	case match.createOnly() && len(h.store.configurations) >= h.maxConfigurations():
		return nil, tooLarge(413101, "ConfigurationCountLimitExceeded",
			fmt.Sprintf("The hub has the maximum of %d configurations.", h.maxConfigurations()))
	case match.createOnly():
		return nil, nil
	case live == nil:
		return nil, configurationNotFound(id)
	}
	return live, match.checkConfiguration(live)
}

// quotedOnly takes an etag without quotes for none, which yields the service's misleading 409 (FACTS §6.1).
func (p precondition) quotedOnly() precondition {
	if !p.any && !p.quoted {
		return precondition{}
	}
	return p
}

// checkConfiguration compares with a configuration's etag. The text is unverified.
func (p precondition) checkConfiguration(c *configuration) *fault {
	if p.any || p.etag == identityETag(c.etag) {
		return nil
	}
	return preconditionFailed("ETag mismatch for configuration ID '" + c.id + "'")
}

// nextConfiguration reads the body into a new configuration or over a live one. Content must be there, but that of a
// live configuration stays, whatever is sent (FACTS §6.2). Everything else is replaced.
func (h *Hub) nextConfiguration(live *configuration, in *configurationInput, now ticks) (*configuration, *fault) {
	next := &configuration{id: value(in.ID), schema: in.SchemaVersion, condition: value(in.TargetCondition), etag: 1}
	if live == nil {
		next.created = h.store.generation(now)
		next.updated = next.created
	} else {
		next.created, next.updated, next.etag, next.counts = live.created, max(now, live.created), live.etag+1, live.counts
	}
	next.by = &author{next.id, next.created}
	var err *fault
	if next.content, err = in.Content.read(next.by); err != nil {
		return nil, err
	}
	if live != nil {
		next.content = live.content
	}
	return next, in.readRest(next)
}

func (in *configurationInput) readRest(next *configuration) (err *fault) {
	if in.Priority != nil {
		next.priority = *in.Priority
	}
	if next.priority < 0 {
		return invalid("priority must not be negative")
	}
	if next.labels, err = readTexts("labels", in.Labels); err != nil {
		return err
	}
	if in.Metrics != nil {
		if next.metrics, err = readMetrics(in.Metrics.Queries); err != nil {
			return err
		}
	}
	next.target, err = readTarget(next.condition, next.content.kind)
	return err
}

// readTexts reads an object whose values are strings; absent for none.
func readTexts(name string, raw json.RawMessage) (node, *fault) {
	if len(raw) == 0 || string(raw) == "null" {
		return node{}, nil
	}
	n, err := parseTree(raw)
	if err != nil || n.kind != object {
		return node{}, invalid(name + " must be an object")
	}
	for _, m := range n.kids {
		if m.value.kind != text {
			return node{}, invalid(name + "." + m.name + " must be a string")
		}
	}
	return n, nil
}

// readMetrics checks custom metrics. That a bad query is refused here, and not only by testQueries, is unverified.
func readMetrics(raw json.RawMessage) (node, *fault) {
	queries, err := readTexts("metrics.queries", raw)
	if err != nil {
		return node{}, err
	}
	const code, name = 400404, "InvalidConfigurationCustomMetricsQuery"
	if len(queries.kids) > maxMetrics {
		return node{}, badRequestNamed(code, name, fmt.Sprintf("a configuration has at most %d custom metrics", maxMetrics))
	}
	for _, m := range queries.kids {
		if _, err := query.Parse(m.value.text); err != nil {
			return node{}, conditionFault(err, code, name)
		}
	}
	return queries, nil
}

// readTarget reads a target condition. Without one nothing is targeted: unverified.
func readTarget(condition string, kind contentKind) (*query.Condition, *fault) {
	const code, name = 400401, "InvalidConfigurationTargetCondition"
	if strings.TrimSpace(condition) == "" {
		return nil, nil
	}
	target, err := query.ParseTarget(condition)
	if err != nil {
		return nil, conditionFault(err, code, name)
	}
	if forModules := target.Source == query.Modules; forModules != (kind == moduleContent) {
		return nil, badRequestNamed(code, name, "a condition on devices.modules belongs to moduleContent, and only to it")
	}
	return target, nil
}

// conditionFault is the service's name for a bad query, unless it is one that the emulator does not know.
func conditionFault(err error, code int, name string) *fault {
	var refused *query.Error
	if errors.As(err, &refused) && refused.Kind == query.NotEmulated {
		return notEmulated(refused.Text)
	}
	return badRequestNamed(code, name, err.Error())
}

// deleteConfiguration is DELETE /configurations/{id}. If-Match is optional (FACTS §6.1); that it counts when it is there
// is unverified.
func (h *Hub) deleteConfiguration(c *call) (reply, *fault) {
	live := h.store.configurations[c.args[0]]
	if live == nil {
		return reply{}, configurationNotFound(c.args[0])
	}
	if match := c.ifMatch.quotedOnly(); !match.createOnly() {
		if err := match.checkConfiguration(live); err != nil {
			return reply{}, err
		}
	}
	h.store.removeConfiguration(live.id)
	h.cycle.changed = true
	return reply{status: http.StatusNoContent}, nil
}

// testQueries is POST /configurations/testQueries (FACTS §6.2). It rejects the * that a PUT accepts. The texts, and
// whether a condition on other properties than those of a target is one, are unverified.
func (h *Hub) testQueries(c *call) (reply, *fault) {
	var in struct {
		TargetCondition     string
		CustomMetricQueries map[string]string
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	out := struct {
		TargetConditionError    string            `json:"targetConditionError"`
		CustomMetricQueryErrors map[string]string `json:"customMetricQueryErrors"`
	}{CustomMetricQueryErrors: map[string]string{}}
	if condition := strings.TrimSpace(in.TargetCondition); condition == "*" {
		out.TargetConditionError = "* is not a condition"
	} else if condition != "" {
		if _, err := query.ParseTarget(condition); err != nil {
			out.TargetConditionError = err.Error()
		}
	}
	for name, text := range in.CustomMetricQueries {
		if _, err := query.Parse(text); err != nil {
			out.CustomMetricQueryErrors[name] = err.Error()
		}
	}
	return ok(encode(out)), nil
}
