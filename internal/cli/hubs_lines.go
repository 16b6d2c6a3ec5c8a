package cli

import (
	"bytes"
	"io"
	"sync"
)

// ledLines writes whole lines, each led by whom it is of, so that what several hubs
// say at the same time can be told apart. A JSON object gets a member more.
type ledLines struct {
	w    io.Writer
	said *sync.Mutex // held while a line is written
	lead string
	json bool
	rest []byte
}

func (l *ledLines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		if err := l.line(l.rest[:i]); err != nil {
			return 0, err
		}
		l.rest = l.rest[i+1:]
	}
}

func (l *ledLines) line(text []byte) error {
	lead := l.lead
	switch {
	case len(text) == 0:
		lead = ""
	case l.json:
		text = bytes.TrimPrefix(text, []byte("{"))
	}
	l.said.Lock()
	defer l.said.Unlock()
	_, err := l.w.Write(append(append([]byte(lead), text...), '\n'))
	return err
}

func (l *ledLines) end() {
	if len(l.rest) > 0 {
		_ = l.line(l.rest)
		l.rest = nil
	}
}
