package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// moves are the blocks that tell how objects come, go, and change their address.
type moves struct {
	blocks   []*hcl.Block
	imports  map[string]*importBlock // by the address that they name
	moved    []*movedBlock
	removals map[schema.Address]Removal
}

type importBlock struct {
	to     reference
	id     string
	idAt   *hcl.Attribute
	placed bool // the object was found in the last walk
}

type movedBlock struct {
	from, to reference
	found    int // objects under the new address in the last walk
	is       schema.Address
}

// Removal is a removed block: what becomes of an object on the hub that is not
// declared any more.
type Removal struct {
	Addr   schema.Address // a device stands for its modules
	Origin schema.Origin  // of the block; it has no name

	OnRemove string // one of the values of on_remove
	rng      hcl.Range
}

// Move is a moved block: an object that has another address in the configuration.
type Move struct {
	From, To string         // as the configuration writes them
	Was      schema.Address // on the hub, if the block at From did not say another id
	Is       schema.Address // on the hub; zero when To names many objects
}

// Removals are the removed blocks, by the address on the hub.
func (c *Config) Removals() map[schema.Address]Removal { return c.moves.removals }

// Moves are the moved blocks. Which object is at the new address is known when
// the objects have been walked.
func (c *Config) Moves() []Move {
	var list []Move
	for _, m := range c.moves.moved {
		move := Move{From: m.from.String(), To: m.to.String(), Was: m.from.defaultAddress()}
		if m.found == 1 {
			move.Is = m.is
		}
		list = append(list, move)
	}
	return list
}

// defaultAddress is the address on the hub of an object whose block names no id.
func (r reference) defaultAddress() schema.Address {
	if r.kind.Targets() {
		return schema.Address{Kind: r.kind, ID: r.device.label}
	}
	if r.isModule {
		return schema.ModuleAddress(r.device.id(), r.module.id())
	}
	return schema.DeviceAddress(r.device.id())
}

// decodeMoves reads the blocks when variables and locals have values.
func (l *loader) decodeMoves() {
	l.moves.imports, l.moves.removals = map[string]*importBlock{}, map[schema.Address]Removal{}
	for _, b := range l.moves.blocks {
		switch b.Type {
		case importDef.Type:
			l.decodeImport(b)
		case movedDef.Type:
			l.decodeMoved(b)
		case removedDef.Type:
			l.decodeRemoved(b)
		}
	}
	l.checkMoved()
}

func (l *loader) decodeImport(b *hcl.Block) {
	content, diags := decode(b.Body, importDef)
	l.add(diags...)
	to, ok := l.reference(content.Attributes["to"])
	id, given := l.scope().text(content.Attributes["id"])
	if !ok || !given {
		return
	}
	if first := l.moves.imports[to.String()]; first != nil {
		l.duplicate("import", to.String(), first.to.rng, to.rng)
		return
	}
	l.moves.imports[to.String()] = &importBlock{to: to, id: id, idAt: content.Attributes["id"]}
}

func (l *loader) decodeMoved(b *hcl.Block) {
	content, diags := decode(b.Body, movedDef)
	l.add(diags...)
	from, ok := l.reference(content.Attributes["from"])
	to, ok2 := l.reference(content.Attributes["to"])
	if !ok || !ok2 {
		return
	}
	if from.kind.Targets() && from.kind == to.kind {
		l.add(errorAt(to.rng, "Invalid move", fmt.Sprintf("The label of a %s is its id on the hub: with another label it is another object. Remove the block: the plan removes the one and creates the other.", from.kind)))
		return
	}
	if from.kind != to.kind || from.isModule != to.isModule || from.isModule && from.device.String() != to.device.String() {
		l.add(errorAt(to.rng, "Invalid move", fmt.Sprintf("%s cannot become %s: a device stays a device, and a module stays with its device. Remove the block: the plan removes the one and creates the other.", from, to)))
		return
	}
	for _, other := range l.moves.moved {
		if other.from.String() == from.String() {
			l.duplicate("move", from.String(), other.from.rng, from.rng)
			return
		}
	}
	l.moves.moved = append(l.moves.moved, &movedBlock{from: from, to: to})
}

// checkMoved refuses moves that lead back to where they start.
func (l *loader) checkMoved() {
	for _, m := range l.moves.moved {
		if end := l.Current(m.to.String()); end == m.from.String() || end == "" {
			l.add(errorAt(m.from.rng, "Invalid move", fmt.Sprintf("The moves of %s lead back to it. Remove one of the moved blocks.", m.from)))
			return
		}
	}
}

// Current is the address that an address has now, after every move of it; empty
// when the moves go round in a circle.
func (c *Config) Current(name string) string {
	for range len(c.moves.moved) + 1 {
		before := name
		for _, m := range c.moves.moved {
			if rest, moved := strings.CutPrefix(name, m.from.String()); moved && (rest == "" || rest[0] == '[' || rest[0] == '.') {
				name = m.to.String() + rest
				break
			}
		}
		if name == before {
			return name
		}
	}
	return ""
}

func (l *loader) decodeRemoved(b *hcl.Block) {
	content, diags := decode(b.Body, removedDef)
	l.add(diags...)
	from, ok := l.reference(content.Attributes["from"])
	how := l.choice(l.scope(), content.Attributes["on_remove"], removedDef.Args[1].OneOf...)
	if !ok || how == "" {
		return
	}
	if from.device.key != nil || from.module.key != nil {
		l.add(errorAt(from.rng, "Invalid address", fmt.Sprintf("What is not declared has no block and no key any more. Write its address on the hub, with the id in brackets: device[%q].", from.device.id())))
		return
	}
	addr := from.defaultAddress()
	if how == schema.OnRemoveDisable && addr.Kind != schema.KindDevice {
		l.add(errorAt(content.Attributes["on_remove"].Expr.Range(), "Invalid value", fmt.Sprintf("Only a device can be disabled, and %s is a %s. Write \"delete\" or \"abandon\".", from, addr.Kind)))
		return
	}
	if first, again := l.moves.removals[addr]; again {
		l.duplicate("removal", addr.String(), first.rng, from.rng)
		return
	}
	l.moves.removals[addr] = Removal{Addr: addr, OnRemove: how, rng: from.rng, Origin: schema.Origin{File: b.DefRange.Filename, Line: b.DefRange.Start.Line, Column: b.DefRange.Start.Column}}
}
