package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// beginMoves forgets what an earlier walk has found.
func (c *Config) beginMoves() {
	for _, b := range c.moves.imports {
		b.placed = false
	}
	for _, m := range c.moves.moved {
		m.found = 0
	}
}

// moved holds the object against the blocks about moves, and returns how it may be
// changed.
func (in instance) moved(addr schema.Address, lc schema.Lifecycle) schema.Lifecycle {
	return in.c.move(in.origin, addr, lc, in.each.report)
}

func (c *Config) move(origin schema.Origin, addr schema.Address, lc schema.Lifecycle, report func(...*hcl.Diagnostic)) schema.Lifecycle {
	m := &c.moves
	if len(m.blocks) == 0 {
		return lc
	}
	if r, gone := m.removals[addr]; gone {
		report(errorAt(r.rng, "Object still declared", fmt.Sprintf("%s is to be abandoned, but %s declares it, at %s:%d. Remove one of the two.", addr, origin.Name, origin.File, origin.Line)))
	}
	for _, b := range m.moved {
		if b.from.holds(origin.Name) {
			report(errorAt(b.from.rng, "Object still declared", fmt.Sprintf("%s has moved to %s, but it is declared, at %s:%d. Remove one of the two.", b.from, b.to, origin.File, origin.Line)))
		}
		if b.to.holds(origin.Name) && (addr.Kind == schema.KindModule) == b.to.isModule {
			b.found++
			b.is = addr
		}
	}
	b := m.imports[origin.Name]
	if b == nil {
		return lc
	}
	b.placed = true
	lc.Adopt, lc.Exists = true, true
	if id := hubID(addr); b.id != id {
		report(errorAt(b.idAt.Expr.Range(), "Import of another id", fmt.Sprintf("%s declares the id %q. Write that one, or correct the block.", origin.Name, id)))
	}
	return lc
}

// holds tells whether the reference names an object, or the block that it is an
// instance of.
func (r reference) holds(name string) bool {
	rest, ok := strings.CutPrefix(name, r.String())
	return ok && (rest == "" || rest[0] == '[')
}

// hubID is the id of an object as the hub's own tools write it.
func hubID(a schema.Address) string {
	if a.Sub == "" {
		return a.ID
	}
	return a.ID + "/" + a.Sub
}

// endMoves reports addresses that no object has.
func (c *Config) endMoves() {
	for _, name := range sortedNames(c.moves.imports) {
		if b := c.moves.imports[name]; !b.placed {
			c.add(errorAt(b.to.rng, "Unknown object", fmt.Sprintf("Nothing is declared at %s. Declare it, with for_each by the key of one instance, or remove the import.", name)))
		}
	}
	for _, m := range c.moves.moved {
		if m.found == 0 && c.Current(m.to.String()) == m.to.String() {
			c.add(errorAt(m.to.rng, "Unknown object", fmt.Sprintf("Nothing is declared at %s. Correct the address, or remove the moved block.", m.to)))
		}
	}
}
