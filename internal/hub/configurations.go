package hub

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Configuration is an automatic configuration of devices or modules, or an edge
// deployment (FACTS §6).
type Configuration struct {
	ID              string                     `json:"id"`
	SchemaVersion   *string                    `json:"schemaVersion,omitempty"`
	Labels          map[string]string          `json:"labels"`
	Content         map[string]json.RawMessage `json:"content"` // exactly one of deviceContent, moduleContent, modulesContent
	TargetCondition string                     `json:"targetCondition"`
	Priority        int64                      `json:"priority"`
	Metrics         Metrics                    `json:"metrics"` // what the results are is up to the hub

	// Hidden are values in the content that errors must not repeat.
	Hidden []string `json:"-"`

	// Set by the hub; not sent.
	SystemMetrics  Metrics `json:"-"`
	CreatedTimeUTC Time    `json:"-"`
	ETag           ETag    `json:"-"`
}

// Metrics are queries by name, and how many rows each had when the hub last
// evaluated it. There are no results before it has (FACTS §6.1).
type Metrics struct {
	Results map[string]int64  `json:"-"`
	Queries map[string]string `json:"queries"`
}

// Names of system metrics (FACTS §6.1).
const (
	TargetedCount = "targetedCount"
	AppliedCount  = "appliedCount"
)

// configurationFields is a Configuration without its methods.
type configurationFields Configuration

// wireMetrics are Metrics as the hub shows them.
type wireMetrics struct {
	Results map[string]int64  `json:"results"`
	Queries map[string]string `json:"queries"`
}

// UnmarshalJSON reads a configuration with what the hub sets. The content may
// also be the lone kind among others that are null.
func (c *Configuration) UnmarshalJSON(data []byte) error {
	var fields configurationFields
	var set struct {
		SystemMetrics  wireMetrics `json:"systemMetrics"`
		Metrics        wireMetrics `json:"metrics"`
		CreatedTimeUTC Time        `json:"createdTimeUtc"`
		ETag           ETag        `json:"etag"`
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return err
	}
	for kind, content := range fields.Content {
		if string(content) == "null" {
			delete(fields.Content, kind)
		}
	}
	*c = Configuration(fields)
	c.SystemMetrics, c.Metrics = Metrics(set.SystemMetrics), Metrics(set.Metrics)
	c.CreatedTimeUTC, c.ETag = set.CreatedTimeUTC, set.ETag
	return nil
}

// Configurations lists all configurations and deployments: there are no pages, and
// at most a hundred exist (FACTS §6.1, §6.4).
func (c *Client) Configurations(ctx context.Context) ([]Configuration, error) {
	k := &call{op: "list configurations", class: ClassConfiguration, units: 1, needs: rightConfigurationRead, method: http.MethodGet, path: pathOf("configurations")}
	var list []Configuration
	if err := c.send(ctx, k, &list); err != nil {
		return nil, err
	}
	for _, one := range list {
		if one.ID == "" {
			return nil, k.unreadable(errors.New("one has no id"))
		}
	}
	return list, nil
}

// Configuration reads one.
func (c *Client) Configuration(ctx context.Context, id string) (Configuration, error) {
	return c.configuration(ctx, configurationCall("read configuration ", http.MethodGet, id), id)
}

// PutConfiguration creates a configuration when match is empty, else replaces all
// but the content of the one that has that ETag: other content is ignored
// silently, yet content must be there (FACTS §6.2). A create of an existing id is a
// 409, a stale ETag a 412.
func (c *Client) PutConfiguration(ctx context.Context, v Configuration, match ETag) (Configuration, error) {
	k := configurationCall("create configuration ", http.MethodPut, v.ID)
	if match != "" {
		k.op = "update configuration " + v.ID
		if err := k.match(match); err != nil {
			return Configuration{}, err
		}
	}
	k.keys = v.Hidden
	if len(v.Content) != 1 {
		return Configuration{}, k.invalid(errors.New("content must be of exactly one kind"))
	}
	if err := k.encode(v); err != nil {
		return Configuration{}, err
	}
	return c.configuration(ctx, k, v.ID)
}

// DeleteConfiguration removes one. What it wrote to twins stays there (FACTS §6.3).
func (c *Client) DeleteConfiguration(ctx context.Context, id string, match ETag) error {
	k := configurationCall("delete configuration ", http.MethodDelete, id)
	if id == "" {
		return k.invalid(errNoConfigurationID)
	}
	if err := k.mustMatch(match); err != nil {
		return err
	}
	return c.send(ctx, k, nil)
}

// QueryErrors are what is wrong with a target condition and with metrics; empty
// when nothing is.
type QueryErrors struct {
	TargetCondition string            `json:"targetConditionError"`
	Metrics         map[string]string `json:"customMetricQueryErrors"`
}

// TestQueries lets the hub check a target condition and metrics. It rejects the
// condition * that a configuration may have (FACTS §6.2).
func (c *Client) TestQueries(ctx context.Context, condition string, metrics map[string]string) (QueryErrors, error) {
	k := &call{op: "test queries", class: ClassConfiguration, units: 1, needs: rightConfigurationRead, method: http.MethodPost, path: pathOf("configurations", "testQueries")}
	var found QueryErrors
	err := k.encode(map[string]any{"targetCondition": condition, "customMetricQueries": metrics})
	if err == nil {
		err = c.send(ctx, k, &found)
	}
	return found, err
}

var errNoConfigurationID = errors.New("configuration id is empty")

func configurationCall(op, method, id string) *call {
	k := &call{op: op + id, class: ClassConfiguration, units: 1, needs: rightConfigurationRead, method: method, path: pathOf("configurations", id)}
	if method != http.MethodGet {
		k.needs = rightConfigurationWrite
	}
	return k
}

// configuration makes a call that answers with a configuration.
func (c *Client) configuration(ctx context.Context, k *call, id string) (Configuration, error) {
	if id == "" {
		return Configuration{}, k.invalid(errNoConfigurationID)
	}
	var v Configuration
	if err := c.send(ctx, k, &v); err != nil {
		return Configuration{}, err
	}
	return v, k.about(ids{device: id}, ids{device: v.ID})
}
