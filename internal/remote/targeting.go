package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

// Labels that hold the ownership mark of a configuration or deployment. They have
// no tags: there is one owner, and what else a mark says stands in one text.
const (
	labelOwner = schema.ReservedLabel + "owner" // whose it is
	labelName  = schema.ReservedLabel + "name"  // the declared id, where the id on the hub is another one
	labelMark  = schema.ReservedLabel + "mark"  // the mark as JSON
)

// contents are the names of the kinds of content on the wire (FACTS §6.2).
var contents = map[string]string{"device_content": "deviceContent", "module_content": "moduleContent", "modules_content": "modulesContent"}

// targeting streams the configurations and deployments of the hub, which one
// request tells (FACTS §6.1). The answer is no index: it needs no confirmation.
func (r *Remote) targeting(ctx context.Context, yield func(schema.Object, error) bool) bool {
	list, err := r.client.Configurations(ctx)
	if err != nil {
		yield(schema.Object{}, err)
		return false
	}
	objects, err := r.group(list)
	if err != nil {
		yield(schema.Object{}, err)
		return false
	}
	r.held = list
	for _, o := range objects {
		if !yield(o, nil) {
			return false
		}
	}
	return true
}

// ofOthers tells a configuration that somebody made under an id which one of ours has
// left for a successor's: it is none of its revisions. No id can hold a space.
const ofOthers = " (of others)"

// group puts the revisions of an address together, newest first.
func (r *Remote) group(list []hub.Configuration) ([]schema.Object, error) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b hub.Configuration) int {
		if c := b.CreatedTimeUTC.Compare(a.CreatedTimeUTC.Time); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	ours := map[schema.Address]bool{}
	for _, v := range list {
		ours[r.addressOf(&v)] = ours[r.addressOf(&v)] || v.Labels[labelOwner] == r.owner
	}
	var objects []schema.Object
	at := map[schema.Address]int{}
	for _, v := range list {
		doc, err := fromConfiguration(&v)
		if err != nil {
			return nil, fmt.Errorf("read configuration %s: %w", v.ID, err)
		}
		rev := schema.Revision{ID: v.ID, ETag: string(v.ETag), Doc: doc}
		addr := r.addressOf(&v)
		if ours[addr] && v.Labels[labelOwner] != r.owner {
			addr.ID += ofOthers
		}
		if i, known := at[addr]; known {
			objects[i].Revisions = append(objects[i].Revisions, rev)
			continue
		}
		at[addr] = len(objects)
		objects = append(objects, schema.Object{Addr: addr, Doc: doc, ETags: schema.ETags{Identity: rev.ETag}, Revisions: []schema.Revision{rev}})
	}
	return objects, nil
}

// addressOf is the address that a configuration stands for. Only this owner's
// revisions are known by their declared id.
func (r *Remote) addressOf(v *hub.Configuration) schema.Address {
	id := v.ID
	if name := v.Labels[labelName]; name != "" && v.Labels[labelOwner] == r.owner {
		id = name
	}
	if _, edge := v.Content["modulesContent"]; edge {
		return schema.DeploymentAddress(id)
	}
	return schema.ConfigurationAddress(id)
}

// fromConfiguration is the canonical document of a configuration or deployment.
func fromConfiguration(v *hub.Configuration) (schema.Doc, error) {
	m := map[string]any{"priority": json.Number(fmt.Sprint(v.Priority)), "target_condition": v.TargetCondition}
	for name, wire := range contents {
		if text, ok := v.Content[wire]; ok {
			content, err := schema.Decode(text)
			if err != nil {
				return nil, err
			}
			schema.HideCredentials(content)
			m[name] = content
		}
	}
	labels := map[string]any{}
	for name, value := range v.Labels {
		if !strings.HasPrefix(name, schema.ReservedLabel) {
			labels[name] = value
		}
	}
	if len(labels) > 0 {
		m["labels"] = labels
	}
	if len(v.Metrics.Queries) > 0 {
		metrics := map[string]any{}
		for name, query := range v.Metrics.Queries {
			metrics[name] = query
		}
		m["metrics"] = metrics
	}
	if owner := v.Labels[labelOwner]; owner != "" {
		// What is no JSON stays text, which is no mark: a damaged one.
		mark, err := schema.Decode([]byte(v.Labels[labelMark]))
		if err != nil {
			mark = v.Labels[labelMark]
		}
		schema.SetPath(m, schema.Path{"tags", schema.ReservedTag, owner}, mark)
	}
	return schema.Canonical(m)
}

// wireConfiguration is what is sent for a document without a mark. An empty mark
// leaves the labels of ownership out.
func (r *Remote) wireConfiguration(id string, a schema.Address, doc, mark schema.Doc) (hub.Configuration, error) {
	v := hub.Configuration{ID: id, Labels: map[string]string{}, Content: map[string]json.RawMessage{}}
	v.Metrics.Queries = map[string]string{}
	m, err := doc.Map()
	if err != nil {
		return v, err
	}
	for name, wire := range contents {
		if text := schema.Lookup(doc, schema.Path{name}); text != nil {
			v.Content[wire] = json.RawMessage(text)
		}
	}
	v.TargetCondition, _ = m["target_condition"].(string)
	if n, ok := m["priority"].(json.Number); ok {
		if v.Priority, err = n.Int64(); err != nil {
			return v, fmt.Errorf("priority: %w", err)
		}
	}
	for into, name := range map[*map[string]string]string{&v.Labels: "labels", &v.Metrics.Queries: "metrics"} {
		members, _ := m[name].(map[string]any)
		for k, e := range members {
			text, ok := e.(string)
			if !ok {
				return v, fmt.Errorf("%s.%s is not text", name, k)
			}
			(*into)[k] = text
		}
	}
	if len(mark) > 0 {
		v.Labels[labelOwner], v.Labels[labelMark] = r.owner, string(mark)
		if id != a.ID {
			v.Labels[labelName] = a.ID
		}
	}
	return v, nil
}

// heldIDs tells a new object which ids are taken on the hub.
func (r *Remote) heldIDs() []schema.Revision {
	var list []schema.Revision
	for _, v := range r.held {
		list = append(list, schema.Revision{ID: v.ID})
	}
	return list
}
