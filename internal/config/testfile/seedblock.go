package testfile

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/schema"
)

// seedDevices are the devices that a block writes out, each with its modules.
// The instances of a block share their mistakes: those of the first one that
// has some are reported.
func (d *decoder) seedDevices(b *hcl.Block) []Twin {
	content := d.content(b.Body, deviceSchema)
	var list []Twin
	before := len(d.diags)
	for _, r := range d.args.Repeat(content.Attributes["for_each"]) {
		list = append(list, d.seedDevice(r, b, content)...)
		if len(d.diags) > before {
			break
		}
	}
	return list
}

func (d *decoder) seedDevice(args config.Repeated, b *hcl.Block, content *hcl.BodyContent) []Twin {
	attrs, before := content.Attributes, len(d.diags)
	id := instanceID(args, b)
	if s, ok := args.Text(attrs["id"]); ok {
		id = s
	}
	dev := schema.Device{ID: id, Tags: args.Object(attrs["tags"]), Desired: args.Object(attrs["desired"])}
	t := Twin{Addr: schema.DeviceAddress(id), Status: schema.StatusEnabled, rng: b.DefRange}
	if s, ok := args.Text(attrs["status"]); ok {
		t.Status, dev.Status = s, &s
	}
	if s, ok := args.Text(attrs["status_reason"]); ok {
		t.StatusReason, dev.StatusReason = s, &s
	}
	if edge, ok := args.Flag(attrs["edge"]); ok {
		t.Edge, dev.Edge = edge, &edge
	}
	if s, ok := args.Text(attrs["parent"]); ok {
		t.Parent, dev.Parent = s, &s
	}
	dev.Auth = d.seedAuth(args, content, &t)
	if len(d.diags) == before {
		d.fill(args, &t, attrs, dev.Validate(), dev.Object)
	}
	list := []Twin{t}
	for _, m := range content.Blocks {
		if m.Type == moduleBlock.Type {
			list = append(list, d.seedModules(args, id, m)...)
		}
	}
	return list
}

func (d *decoder) seedModules(device config.Repeated, id string, b *hcl.Block) []Twin {
	content := d.content(b.Body, moduleSchema)
	attrs := content.Attributes
	var list []Twin
	before := len(d.diags)
	for _, args := range device.Repeat(attrs["for_each"]) {
		mod := schema.Module{DeviceID: id, ID: instanceID(args, b), Tags: args.Object(attrs["tags"]), Desired: args.Object(attrs["desired"])}
		t := Twin{Addr: schema.ModuleAddress(id, mod.ID), rng: b.DefRange}
		mod.Auth = d.seedAuth(args, content, &t)
		if len(d.diags) == before {
			d.fill(args, &t, attrs, mod.Validate(), mod.Object)
		}
		list = append(list, t)
		if len(d.diags) > before {
			break
		}
	}
	return list
}

// instanceID is each.key, else the label.
func instanceID(args config.Repeated, b *hcl.Block) string {
	if args.Key != nil {
		return *args.Key
	}
	return b.Labels[0]
}

// wireAuth are the service's names for the ways to authenticate (FACTS §1.4).
func wireAuth(auth string) string {
	switch auth {
	case schema.AuthX509Thumbprint:
		return "selfSigned"
	case schema.AuthX509CA:
		return "certificateAuthority"
	default:
		return auth
	}
}

// seedAuth reads the auth block, if there is one.
func (d *decoder) seedAuth(args config.Repeated, content *hcl.BodyContent, t *Twin) *schema.Auth {
	var auth *schema.Auth
	for _, b := range content.Blocks {
		if b.Type != authBlock.Type {
			continue
		}
		if auth != nil {
			d.report(errorAt(b.DefRange, "Duplicate block", "There may be only one auth block in a %s.", t.Addr.Kind))
			return nil
		}
		auth = &schema.Auth{}
		attrs := d.content(b.Body, authSchema).Attributes
		auth.Type, _ = args.Text(attrs["type"])
		auth.PrimaryThumbprint, _ = args.Text(attrs["primary_thumbprint"])
		auth.SecondaryThumbprint, _ = args.Text(attrs["secondary_thumbprint"])
		t.AuthenticationType = wireAuth(auth.Type)
		t.Thumbprints = [2]string{auth.PrimaryThumbprint, auth.SecondaryThumbprint}
	}
	return auth
}

// fill takes the sections of a validated object, with the mark of an owner as
// though it had created the object.
func (d *decoder) fill(args config.Repeated, t *Twin, attrs hcl.Attributes, problems []schema.Problem, object func(schema.Origin) (schema.Object, error)) {
	for _, p := range problems {
		d.report(errorAt(t.rng, p.Summary, "%s", p.Detail))
	}
	if len(problems) > 0 {
		return
	}
	o, err := object(schema.Origin{})
	if a := attrs["owner"]; a != nil && err == nil {
		owner, ok := args.Text(a)
		if ok {
			o, err = owned(o, owner)
		}
	}
	if m := args.Object(attrs["reported"]); len(m) > 0 && err == nil {
		t.Reported, err = schema.Canonical(m)
	}
	if err != nil {
		d.report(errorAt(t.rng, "Invalid seed", "%s cannot be on a hub: %s.", t.Addr, err))
		return
	}
	t.Tags, t.Desired = schema.Lookup(o.Doc, schema.Path{"tags"}), schema.Lookup(o.Doc, schema.Path{"desired"})
}
