package convert

// section is what stands under one key of a YAML or JSON body: an argument, or
// all blocks of a type.
type section struct {
	name   string
	item   *item // nil for blocks
	blocks []*item
}

// sections brings blocks of a type together, at the place of the first.
func (g *group) sections() []*section {
	var list []*section
	known := map[string]*section{}
	for _, it := range g.items {
		if it.kind != block {
			list = append(list, &section{name: it.name, item: it})
			continue
		}
		s := known[it.name]
		if s == nil {
			s = &section{name: it.name}
			known[it.name] = s
			list = append(list, s)
		}
		s.blocks = append(s.blocks, it)
	}
	return list
}

// branch is the blocks below one label.
type branch struct {
	label  string
	blocks []*item
}

// branches brings blocks with one label at a depth together, at the place of
// the first.
func branches(blocks []*item, depth int) []*branch {
	var list []*branch
	known := map[string]*branch{}
	for _, it := range blocks {
		b := known[it.labels[depth]]
		if b == nil {
			b = &branch{label: it.labels[depth]}
			known[b.label] = b
			list = append(list, b)
		}
		b.blocks = append(b.blocks, it)
	}
	return list
}

// space puts an empty line between what is of different type at the top of a
// file, and between all blocks of a file whose syntax has no empty lines.
func (g *group) space(dense bool) {
	g.spaceBelow(dense)
	for i, it := range g.items {
		if i > 0 && (it.kind == block || g.items[i-1].kind == block) && it.name != g.items[i-1].name {
			it.blank = true
		}
	}
}

func (g *group) spaceBelow(dense bool) {
	for i, it := range g.items {
		if it.kind != block {
			continue
		}
		it.blank = it.blank || dense && i > 0
		it.body.spaceBelow(dense)
	}
}
