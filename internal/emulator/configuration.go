package emulator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/twinset/twinset/internal/emulator/query"
)

// Limits of configurations (FACTS §6.2, §6.4). That deployments and configurations share the hundred is unverified.
const (
	maxConfigurations = 100
	maxMetrics        = 5
)

// configuration is an automatic configuration of devices or modules, or an edge deployment (FACTS §6). Like a record it
// is never changed after it is in the store.
type configuration struct {
	id        string
	schema    *string
	labels    node // absent is shown as null
	content   content
	condition string
	target    *query.Condition // nil: nothing is targeted
	created   ticks            // unique among all that the hub created
	updated   ticks
	priority  int64
	metrics   node   // an object: names and queries
	etag      uint64 // starts at 1, +1 per update (FACTS §6.1)
	by        *author

	counts results // of the last evaluation; not kept on disk
}

// results are numbers by the name of the metric.
type results struct{ system, custom map[string]int }

// author is what a configuration leaves in the metadata of the values it writes (FACTS §4.2). The digest is assumed to
// be the time at which the configuration was created: it was seen to lie shortly before the write.
type author struct {
	configuration string
	digest        ticks
}

// wrote reports that both are the same, nil being a client.
func (a *author) wrote(b *author) bool { return a == b || a != nil && b != nil && *a == *b }

// configurations are all configurations of a hub by id.
type configurations map[string]*configuration

// sorted returns them by id, the order of lists. The service's order is unverified.
func (cs configurations) sorted() []*configuration {
	return cs.ordered(func(a, b *configuration) int { return strings.Compare(a.id, b.id) })
}

// strongest returns them by priority, among equals the one created last first (FACTS §6.3).
func (cs configurations) strongest() []*configuration {
	return cs.ordered(func(a, b *configuration) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(b.created, a.created))
	})
}

func (cs configurations) ordered(compare func(a, b *configuration) int) []*configuration {
	all := make([]*configuration, 0, len(cs))
	for _, c := range cs {
		all = append(all, c)
	}
	slices.SortFunc(all, compare)
	return all
}

// checkConfigurationID checks charset and length (FACTS §6.2).
func checkConfigurationID(id string) *fault {
	legal := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.ContainsRune("-+%_*!'", c)
	}
	if id == "" || len(id) > maxIDLength || strings.ContainsFunc(id, func(c rune) bool { return !legal(c) }) {
		return invalid(fmt.Sprintf("configuration id '%s' must be 1 to %d characters of a-z 0-9 - + %% _ * ! '", id, maxIDLength))
	}
	return nil
}

// metric is a name with its query.
type metric struct{ name, query string }

// systemMetrics are the queries that every configuration of its kind has, as recorded for devices (FACTS §6.1) and seen
// in answers about deployments. Those for modules are unverified.
func (c *configuration) systemMetrics() []metric {
	status := "configurations.[[" + c.id + "]].status = 'Applied'"
	switch c.content.kind {
	case moduleContent:
		return []metric{
			{targetedCount, "select deviceId, moduleId " + c.condition},
			{appliedCount, "select deviceId, moduleId from devices.modules where " + status},
		}
	case modulesContent:
		applied := "select deviceId from devices.modules where moduleId = '$edgeAgent' and " + status
		reported := applied + " and properties.desired.$version = properties.reported.lastDesiredVersion" +
			" and properties.reported.lastDesiredStatus.code "
		return []metric{
			{targetedCount, "select deviceId from devices where capabilities.iotEdge = true" + c.where(" and ")},
			{appliedCount, applied},
			{reportedSuccessfulCount, reported + "= 200"},
			{reportedFailedCount, reported + "!= 200"},
		}
	case deviceContent:
	}
	return []metric{
		{targetedCount, "select deviceId from devices" + c.where(" where ")},
		{appliedCount, "select deviceId from devices where " + status},
	}
}

// where is the condition behind a word, empty for all devices.
func (c *configuration) where(word string) string {
	if strings.TrimSpace(c.condition) == "*" {
		return ""
	}
	if c.target == nil {
		return word + "false" // what the service shows without a condition is unverified
	}
	return word + c.condition
}

// Names of system metrics (FACTS §6.1).
const (
	targetedCount           = "targetedCount"
	appliedCount            = "appliedCount"
	reportedSuccessfulCount = "reportedSuccessfulCount"
	reportedFailedCount     = "reportedFailedCount"
)

// customMetrics are the queries that came with the configuration.
func (c *configuration) customMetrics() []metric {
	all := make([]metric, 0, len(c.metrics.kids))
	for _, m := range c.metrics.kids {
		all = append(all, metric{m.name, m.value.text})
	}
	return all
}

// append writes the configuration in the order of FACTS §6.1.
func (c *configuration) append(b []byte) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, c.id)
	b = append(b, `,"schemaVersion":`...)
	if c.schema == nil {
		b = append(b, "null"...)
	} else {
		b = appendString(b, *c.schema)
	}
	b = append(b, `,"labels":`...)
	b = c.labels.append(b)
	b = append(b, `,"content":`...)
	b = c.content.append(b)
	b = append(b, `,"targetCondition":`...)
	b = appendString(b, c.condition)
	b = append(b, `,"createdTimeUtc":`...)
	b = c.created.append(b)
	b = append(b, `,"lastUpdatedTimeUtc":`...)
	b = c.updated.append(b)
	b = append(b, `,"priority":`...)
	b = appendInt(b, c.priority)
	b = append(b, `,"systemMetrics":`...)
	b = appendMetrics(b, c.counts.system, c.systemMetrics())
	b = append(b, `,"metrics":`...)
	b = appendMetrics(b, c.counts.custom, c.customMetrics())
	b = append(b, `,"etag":"`...)
	b = append(b, identityETag(c.etag)...)
	return append(b, `"}`...)
}

// appendMetrics writes results, which are empty before the first evaluation (FACTS §6.1), and queries.
func appendMetrics(b []byte, counts map[string]int, all []metric) []byte {
	b = append(b, `{"results":{`...)
	separator := ""
	for _, m := range all {
		n, counted := counts[m.name]
		if !counted {
			continue
		}
		b = append(b, separator...)
		b = append(appendString(b, m.name), ':')
		b = appendInt(b, int64(n))
		separator = ","
	}
	b = append(b, `},"queries":{`...)
	for i, m := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.name), ':')
		b = appendString(b, m.query)
	}
	return append(b, `}}`...)
}
