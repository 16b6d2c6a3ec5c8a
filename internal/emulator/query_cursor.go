package emulator

// The cursor half of queryParser: looking at and consuming tokens.

func (p *queryParser) stop(err *fault) {
	if p.err == nil {
		p.err = err
	}
}

func (p *queryParser) peek() token { return p.tokens[0] }

func (p *queryParser) peekAt(n int) token {
	if n >= len(p.tokens) {
		return token{}
	}
	return p.tokens[n]
}

func (p *queryParser) next() token {
	t := p.tokens[0]
	if len(p.tokens) > 1 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *queryParser) accept(keyword string) bool {
	if p.err != nil || !p.peek().is(keyword) {
		return false
	}
	p.next()
	return true
}

func (p *queryParser) acceptSymbol(s string) bool {
	if p.err != nil || !p.peek().symbol(s) {
		return false
	}
	p.next()
	return true
}

func (p *queryParser) expect(keyword string) {
	if !p.accept(keyword) {
		p.stop(badRequest())
	}
}
