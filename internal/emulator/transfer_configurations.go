package emulator

import (
	"encoding/json"
	"fmt"
	"strings"
)

// configurationLine is a configuration in configurations.txt: names begin with capitals (FACTS §7.3). Which members there
// are, and that those of the content are capitalised too, is unverified.
type configurationLine struct {
	ID              string `json:"Id"`
	SchemaVersion   *string
	Labels          json.RawMessage
	Content         map[string]json.RawMessage
	TargetCondition string
	CreatedTime     string `json:"CreatedTimeUtc"`
	LastUpdatedTime string `json:"LastUpdatedTimeUtc"`
	Priority        int64
	Metrics         struct{ Queries json.RawMessage }
	ETag            string
}

func (c *configuration) exportLine() configurationLine {
	kind := string(c.content.kind)
	l := configurationLine{
		ID: c.id, SchemaVersion: c.schema, Labels: c.labels.append(nil),
		Content:         map[string]json.RawMessage{strings.ToUpper(kind[:1]) + kind[1:]: c.content.tree.append(nil)},
		TargetCondition: c.condition, CreatedTime: c.created.format(trimmedTime),
		LastUpdatedTime: c.updated.format(trimmedTime), Priority: c.priority, ETag: identityETag(c.etag),
	}
	l.Metrics.Queries = json.RawMessage("{}")
	if c.metrics.kind == object {
		l.Metrics.Queries = c.metrics.append(nil)
	}
	return l
}

func exportConfigurations(blob *blobWriter, all []*configuration) error {
	for _, c := range all {
		if _, err := blob.Write(append(encode(c.exportLine()), '\n')); err != nil {
			return err
		}
	}
	return blob.Close()
}

// importConfiguration applies a line of configurations.txt. Only createOrUpdateIfMatchETag was seen as its mode
// (FACTS §7.3); content stays as it is in an update, as in a PUT (FACTS §6.2). How an error names the configuration is
// unverified.
func (h *Hub) importConfiguration(line []byte, now ticks) *bulkError {
	var in struct {
		configurationInput
		ImportMode string
		ETag       string
	}
	err := h.readConfigurationLine(line, &in)
	if err == nil {
		err = h.writeConfigurationLine(&in.configurationInput, in.ImportMode, in.ETag, now)
	}
	if err == nil {
		return nil
	}
	return &bulkError{DeviceID: value(in.ID), ErrorCode: err.code, ErrorStatus: err.message()}
}

func (h *Hub) readConfigurationLine(line []byte, into any) *fault {
	if err := json.Unmarshal(line, into); err != nil {
		return badRequestNamed(400012, "DeserializationError", "the line is not the JSON of a configuration")
	}
	return nil
}

func (h *Hub) writeConfigurationLine(in *configurationInput, mode, etag string, now ticks) *fault {
	id := value(in.ID)
	if mode != "" && !strings.EqualFold(mode, "createOrUpdateIfMatchETag") {
		return invalid(fmt.Sprintf("importMode '%s' of a configuration is not valid", mode))
	}
	if err := checkConfigurationID(id); err != nil {
		return err
	}
	live := h.store.configurations[id]
	if live == nil && len(h.store.configurations) >= h.maxConfigurations() {
		return tooLarge(413101, "ConfigurationCountLimitExceeded",
			fmt.Sprintf("The hub has the maximum of %d configurations.", h.maxConfigurations()))
	}
	if live != nil {
		if err := entryMatch(etag).checkConfiguration(live); err != nil {
			return err
		}
	}
	next, err := h.nextConfiguration(live, in, now)
	if err != nil {
		return err
	}
	h.store.putConfiguration(next)
	h.cycle.changed = true
	return nil
}
