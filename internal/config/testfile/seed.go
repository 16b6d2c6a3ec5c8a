package testfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// Twin is a device or module that a hub holds before a run.
type Twin struct {
	Addr         schema.Address
	Status       string
	StatusReason string

	// As the service names them; empty for keys that the hub generates.
	AuthenticationType string
	Thumbprints        [2]string

	Tags    schema.Doc // empty for none
	Desired schema.Doc

	rng hcl.Range
}

// seed reads a seed block: the twins of a file, then those written in place.
func (d *decoder) seed(b *hcl.Block) []Twin {
	content := d.content(b.Body, seedSchema)
	var list []Twin
	if a := content.Attributes["file"]; a != nil {
		if name, ok := d.args.Text(a); ok {
			list = d.seedFile(name, a.Expr.Range())
		}
	}
	for _, dev := range content.Blocks {
		list = append(list, d.seedDevice(dev)...)
	}
	return list
}

// checkSeed finds what no hub can hold at once.
func (d *decoder) checkSeed(list []Twin) {
	seen := map[schema.Address]Twin{}
	for _, t := range list {
		if first, again := seen[t.Addr]; again {
			d.report(errorAt(t.rng, "Duplicate seed", "%s is already in the seed, at %s.", t.Addr, first.rng))
		}
		seen[t.Addr] = t
	}
	for _, t := range list {
		if _, ok := seen[schema.DeviceAddress(t.Addr.ID)]; !ok {
			d.report(errorAt(t.rng, "Module without device", "%s is in the seed without its device %q.", t.Addr, t.Addr.ID))
		}
	}
}

func (d *decoder) seedDevice(b *hcl.Block) []Twin {
	content := d.content(b.Body, deviceSchema)
	id := b.Labels[0]
	dev := schema.Device{ID: id, Tags: d.args.Object(content.Attributes["tags"]), Desired: d.args.Object(content.Attributes["desired"])}
	t := Twin{Addr: schema.DeviceAddress(id), Status: schema.StatusEnabled, rng: b.DefRange}
	if s, ok := d.args.Text(content.Attributes["status"]); ok {
		t.Status, dev.Status = s, &s
	}
	if s, ok := d.args.Text(content.Attributes["status_reason"]); ok {
		t.StatusReason, dev.StatusReason = s, &s
	}
	d.fill(&t, content, dev.Validate(), dev.Object)
	list := []Twin{t}
	for _, m := range content.Blocks {
		list = append(list, d.seedModule(id, m))
	}
	return list
}

func (d *decoder) seedModule(device string, b *hcl.Block) Twin {
	content := d.content(b.Body, moduleSchema)
	mod := schema.Module{DeviceID: device, ID: b.Labels[0], Tags: d.args.Object(content.Attributes["tags"]), Desired: d.args.Object(content.Attributes["desired"])}
	t := Twin{Addr: schema.ModuleAddress(device, mod.ID), rng: b.DefRange}
	d.fill(&t, content, mod.Validate(), mod.Object)
	return t
}

// fill takes the sections of a validated object, with the mark of an owner as
// though it had created the object.
func (d *decoder) fill(t *Twin, content *hcl.BodyContent, problems []schema.Problem, object func(schema.Origin) (schema.Object, error)) {
	for _, p := range problems {
		d.report(errorAt(t.rng, p.Summary, "%s", p.Detail))
	}
	if len(problems) > 0 {
		return
	}
	o, err := object(schema.Origin{})
	if a := content.Attributes["owner"]; a != nil && err == nil {
		owner, ok := d.args.Text(a)
		if ok {
			o, err = owned(o, owner)
		}
	}
	if err != nil {
		d.report(errorAt(t.rng, "Invalid seed", "%s cannot be on a hub: %s.", t.Addr, err))
		return
	}
	t.Tags, t.Desired = schema.Lookup(o.Doc, schema.Path{"tags"}), schema.Lookup(o.Doc, schema.Path{"desired"})
}

// owned adds the mark that the owner's apply would have left.
func owned(o schema.Object, owner string) (schema.Object, error) {
	if err := schema.CheckOwner(owner); err != nil {
		return o, err
	}
	m, _ := schema.MarkOf(o)
	m.Created = true
	mark, err := schema.Decode(m.Tag())
	if err != nil {
		return o, err
	}
	doc, err := o.Doc.Map()
	if err != nil {
		return o, err
	}
	tags, _ := doc["tags"].(map[string]any)
	tags = maps.Clone(tags)
	if tags == nil {
		tags = map[string]any{}
	}
	tags[schema.ReservedTag] = map[string]any{owner: mark}
	doc["tags"] = tags
	o.Doc, err = schema.Canonical(doc)
	return o, err
}

// wireTwin is a line of a seed file: a twin as the service's queries return it.
type wireTwin struct {
	DeviceID           string          `json:"deviceId"`
	ModuleID           string          `json:"moduleId"`
	Status             string          `json:"status"`
	StatusReason       string          `json:"statusReason"`
	AuthenticationType string          `json:"authenticationType"`
	Tags               json.RawMessage `json:"tags"`
	X509Thumbprint     struct {
		Primary   string `json:"primaryThumbprint"`
		Secondary string `json:"secondaryThumbprint"`
	} `json:"x509Thumbprint"`
	Properties struct {
		Desired json.RawMessage `json:"desired"`
	} `json:"properties"`
}

// maxSeedLine bounds a twin with its metadata.
const maxSeedLine = 4 << 20

// seedFile reads twins, one JSON object a line. Mistakes are at the argument:
// the file is data and no source.
func (d *decoder) seedFile(name string, at hcl.Range) []Twin {
	text, err := d.set.side.Read(name)
	if err != nil {
		d.report(errorAt(at, "Cannot read seed", "The twins cannot be read: %s.", err))
		return nil
	}
	var list []Twin
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxSeedLine)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		t, err := readTwin(line)
		if err != nil {
			d.report(errorAt(at, "Invalid seed", "Line %d of %s: %s.", n, name, err))
			return list
		}
		t.rng = at
		list = append(list, t)
	}
	if err := lines.Err(); err != nil {
		d.report(errorAt(at, "Invalid seed", "%s: %s.", name, err))
	}
	return list
}

func readTwin(line []byte) (Twin, error) {
	var w wireTwin
	if err := json.Unmarshal(line, &w); err != nil {
		return Twin{}, fmt.Errorf("it is not a twin in JSON: %w", err)
	}
	if w.DeviceID == "" {
		return Twin{}, fmt.Errorf("the twin has no deviceId")
	}
	t := Twin{
		Addr: schema.DeviceAddress(w.DeviceID), Status: w.Status, StatusReason: w.StatusReason,
		AuthenticationType: w.AuthenticationType, Thumbprints: [2]string{w.X509Thumbprint.Primary, w.X509Thumbprint.Secondary},
	}
	if w.ModuleID != "" {
		t.Addr = schema.ModuleAddress(w.DeviceID, w.ModuleID)
	}
	var err error
	if t.Tags, err = section(w.Tags); err != nil {
		return t, fmt.Errorf("tags: %w", err)
	}
	if t.Desired, err = section(w.Properties.Desired); err != nil {
		return t, fmt.Errorf("desired: %w", err)
	}
	return t, nil
}

// section drops the hub's own members.
func section(raw json.RawMessage) (schema.Doc, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	m, err := schema.Doc(raw).Map()
	if err != nil {
		return nil, err
	}
	delete(m, "$metadata")
	delete(m, "$version")
	if len(m) == 0 {
		return nil, nil
	}
	return schema.Canonical(m)
}

// SeedFailed is the failure of a run whose seed the hub does not take.
func (r *Run) SeedFailed(t Twin, err error) Failure {
	return Failure{Address: t.Addr.String(), diag: errorAt(t.rng, "Seed refused", "The hub refuses %s of the seed: %s.", t.Addr, err)}
}

// InOrder are the twins of a seed, devices before their modules.
func InOrder(seed []Twin) []Twin {
	return slices.SortedStableFunc(slices.Values(seed), func(a, b Twin) int { return a.Addr.Compare(b.Addr) })
}
