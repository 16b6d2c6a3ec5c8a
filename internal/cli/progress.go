package cli

import (
	"fmt"
	"io"
	"time"
)

// readProgress tells on stderr how far the reading of a hub is: a line that is
// rewritten on a terminal, else a line every ten seconds.
type readProgress struct {
	w     io.Writer
	tty   bool
	now   func() time.Time
	every time.Duration
	next  time.Time
	shown bool
	of    int64 // twins that the hub says it has; 0 when it was not asked
}

func (g *global) readProgress() *readProgress {
	p := &readProgress{w: g.env.Stderr, now: g.env.Now, every: 10 * time.Second}
	if g.env.StderrTTY && g.env.getenv("CI") == "" {
		p.tty, p.every = true, 200*time.Millisecond
	}
	p.next = p.now().Add(p.every)
	return p
}

func (p *readProgress) update(read int) {
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(p.every)
	p.shown = true
	text := fmt.Sprintf("Reading the hub: %d twins", read)
	if p.of >= int64(read) {
		text = fmt.Sprintf("Reading the hub: %d of %d twins", read, p.of)
	}
	if p.tty {
		fmt.Fprintf(p.w, "\r%s", text)
		return
	}
	fmt.Fprintln(p.w, text)
}

// end removes the line from the terminal.
func (p *readProgress) end() {
	if p.tty && p.shown {
		fmt.Fprintf(p.w, "\r%50s\r", "") // no escapes: they may be unwanted
	}
}
