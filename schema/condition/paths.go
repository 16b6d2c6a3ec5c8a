package condition

// Paths lists the paths that the condition reads, in order of their appearance.
func (c *Condition) Paths() [][]string {
	var list [][]string
	if c.where != nil {
		c.where.reads(func(p []string) { list = append(list, p) })
	}
	return list
}

func (n constant) reads(func([]string))       {}
func (n path) reads(see func([]string))       { see(n.names) }
func (n negation) reads(see func([]string))   { n.x.reads(see) }
func (n among) reads(see func([]string))      { n.x.reads(see) }
func (n call) reads(see func([]string))       { n.x.reads(see) }
func (n compute) reads(see func([]string))    { n.x.reads(see); n.y.reads(see) }
func (n logic) reads(see func([]string))      { n.x.reads(see); n.y.reads(see) }
func (n comparison) reads(see func([]string)) { n.x.reads(see); n.y.reads(see) }
