package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/twinset/twinset/internal/arm"
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/quota"
)

// azureDomain is that of hubs in the public cloud, whose resource manager is asked.
const azureDomain = ".azure-devices.net"

// sizeOf is the size of an environment's hub: what the configuration says, else what
// Azure says. Without it everything works, at a pace that adapts; so what goes wrong
// is a hint.
func (g *global) sizeOf(ctx context.Context, e config.Environment) quota.Hub {
	if e.Size.Known() || !g.asksAzure(e) {
		return e.Size
	}
	size, err := g.sizeInAzure(ctx, e)
	if err != nil {
		if ctx.Err() == nil {
			g.hint("The size of the hub is not known: %v. Its limits are not kept ahead of time; limits { sku, units } tells it too.", err)
		}
		return quota.Hub{}
	}
	return size
}

// asksAzure tells whether the environment's own hub is used, is one of Azure's whose
// place is told, and is signed in to with an identity of Entra ID.
func (g *global) asksAzure(e config.Environment) bool {
	host := strings.ToLower(hubHost(e.Hub))
	return e.ResourceGroup != "" && e.Hub != embedded && strings.HasSuffix(host, azureDomain) &&
		(g.hub == "" || hubHost(g.hub) == hubHost(e.Hub)) && g.env.getenv("IOTHUB_CONNECTION_STRING") == ""
}

func (g *global) sizeInAzure(ctx context.Context, e config.Environment) (quota.Hub, error) {
	subscription := cmp.Or(e.Subscription, g.env.getenv("AZURE_SUBSCRIPTION_ID"), g.env.getenv("ARM_SUBSCRIPTION_ID"))
	if subscription == "" {
		return quota.Hub{}, errors.New("resource_group is set, but no subscription is: set it in the environment block, or AZURE_SUBSCRIPTION_ID")
	}
	name, _, _ := strings.Cut(hubHost(e.Hub), ".")
	found, err := g.azureSize(ctx, arm.Hub{Subscription: subscription, ResourceGroup: e.ResourceGroup, Name: name})
	if err != nil {
		return quota.Hub{}, err
	}
	size := quota.Hub{SKU: found.SKU, Units: found.Units}
	return size, size.Check()
}
