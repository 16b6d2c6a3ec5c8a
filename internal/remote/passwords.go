package remote

import (
	"context"
	"fmt"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// newConfiguration is what is sent to make a configuration or deployment. Passwords of
// registries, which stand in no plan, are put into their places here.
func (t target) newConfiguration(ctx context.Context, c plan.Change) (hub.Configuration, error) {
	doc := c.After
	var hidden []string
	if len(c.Passwords) > 0 {
		m, err := doc.Map()
		if err != nil {
			return hub.Configuration{}, err
		}
		for _, s := range c.Passwords {
			value, err := t.password(ctx, c.Addr, s)
			if err != nil {
				return hub.Configuration{}, err
			}
			schema.SetPath(m, s.Path, value)
			hidden = append(hidden, value)
		}
		if doc, err = schema.Canonical(m); err != nil {
			return hub.Configuration{}, err
		}
	}
	v, err := t.wireConfiguration(hubID(c), c.Addr, doc, c.Mark)
	v.Hidden = hidden
	return v, err
}

// password looks one up again and makes sure that it is the one that was planned.
func (r *Remote) password(ctx context.Context, a schema.Address, s schema.Secret) (string, error) {
	value, err := r.secrets(ctx, s.Ref)
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.Path, err)
	}
	if schema.DigestSecret(a, s.Path, value) != s.Digest {
		return "", fmt.Errorf("%s: secret %s has another value than when the plan was made; make a new plan", s.Path, s.Ref)
	}
	return value, nil
}
