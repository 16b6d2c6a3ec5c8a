// Package quota is arithmetic about a hub's limits: how many operations of each
// class it takes in a second, how many messages a day it bills, and how long a
// piece of work takes at those limits. The limits are a table ([Hub.Rate],
// [Hub.Daily]); work is a [Bill]; [Hub.Time] and [Hub.Readings] put them together.
//
// It must not know how requests are sent, what the time is or what a device means
// to a plan: it imports nothing of ours, and a hub's size comes from its caller.
package quota
