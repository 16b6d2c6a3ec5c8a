package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
)

// savedConfiguration is a configuration in a snapshot or a journal. Results are not kept: the first evaluation after
// the start renews them.
type savedConfiguration struct {
	ID            string          `json:"id"`
	SchemaVersion *string         `json:"schemaVersion,omitempty"`
	Labels        json.RawMessage `json:"labels,omitempty"`
	Content       json.RawMessage `json:"content"`
	Condition     string          `json:"targetCondition"`
	Created       ticks           `json:"created"`
	Updated       ticks           `json:"updated"`
	Priority      int64           `json:"priority"`
	Metrics       json.RawMessage `json:"metrics,omitempty"`
	ETag          uint64          `json:"etag"`
}

// savedConfigurationPrefix begins the line of a configuration in a snapshot.
const savedConfigurationPrefix = `{"configuration":`

type savedConfigurationLine struct {
	Configuration savedConfiguration `json:"configuration"`
}

func (c *configuration) saved() savedConfiguration {
	s := savedConfiguration{
		ID: c.id, SchemaVersion: c.schema, Content: c.content.append(nil), Condition: c.condition, Created: c.created,
		Updated: c.updated, Priority: c.priority, ETag: c.etag,
	}
	if c.labels.kind == object {
		s.Labels = c.labels.append(nil)
	}
	if c.metrics.kind == object {
		s.Metrics = c.metrics.append(nil)
	}
	return s
}

func (s savedConfiguration) restore() (*configuration, error) {
	c := &configuration{
		id: s.ID, schema: s.SchemaVersion, condition: s.Condition, created: s.Created, updated: s.Updated,
		priority: s.Priority, etag: s.ETag, by: &author{s.ID, s.Created},
	}
	var in contentInput
	if err := json.Unmarshal(s.Content, &in); err != nil {
		return nil, fmt.Errorf("configuration %s: %w", s.ID, err)
	}
	var refused *fault
	if c.content, refused = in.read(c.by); refused == nil {
		c.labels, refused = readTexts("labels", s.Labels)
	}
	if refused == nil {
		c.metrics, refused = readMetrics(s.Metrics)
	}
	if refused == nil {
		c.target, refused = readTarget(c.condition, c.content.kind)
	}
	if refused != nil {
		return nil, fmt.Errorf("configuration %s: %w", s.ID, errors.New(refused.text))
	}
	return c, nil
}

// restoreConfiguration reads a line of a snapshot.
func (s *store) restoreConfiguration(line []byte) error {
	var saved savedConfigurationLine
	if err := json.Unmarshal(line, &saved); err != nil {
		return err
	}
	return s.adopt(saved.Configuration)
}

// adopt takes a configuration over as it was saved.
func (s *store) adopt(saved savedConfiguration) error {
	c, err := saved.restore()
	if err != nil {
		return err
	}
	s.putConfiguration(c)
	s.newest = max(s.newest, c.created)
	return nil
}

func (s *store) putConfiguration(c *configuration) {
	s.dirty = true
	if s.journal.dir != "" {
		saved := c.saved()
		s.journal.write(journalEntry{Configuration: &saved})
	}
	if s.configurations == nil {
		s.configurations = configurations{}
	}
	s.configurations[c.id] = c
}

func (s *store) removeConfiguration(id string) {
	s.dirty = true
	if s.journal.dir != "" {
		s.journal.write(journalEntry{RemoveConfiguration: id})
	}
	delete(s.configurations, id)
}

// savedAuthor is the author of a value among its stamps.
type savedAuthor struct {
	Configuration string `json:"by"`
	Digest        ticks  `json:"digest"`
}

// append writes the author of a value, if it has one, between its stamps and its members.
func (a *author) append(b []byte) []byte {
	if a == nil {
		return b
	}
	return append(append(b, ','), encode(savedAuthor{a.configuration, a.digest})...)
}

// takeAuthor reads what append wrote and returns the stamps of the members.
func (n *node) takeAuthor(stamps []member) ([]member, error) {
	if len(stamps) == 0 || stamps[0].value.kind != object {
		return stamps, nil
	}
	var saved savedAuthor
	if err := json.Unmarshal(stamps[0].value.append(nil), &saved); err != nil {
		return nil, errStamps
	}
	n.by = &author{saved.Configuration, saved.Digest}
	return stamps[1:], nil
}
