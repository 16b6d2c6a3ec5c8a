package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/twinset/twinset/schema"
)

// decodeChange reads a line of a plan file. Documents and leaves, most of a line's
// text, are taken out as they stand: a plan holds them in canonical form, and its
// digest says that they are as they were written. The rest is left to
// encoding/json.
func decodeChange(line []byte) (Change, error) {
	line = bytes.Clone(line) // the reader goes on; documents are parts of this one
	var c Change
	rest := []byte{'{'}
	err := schema.EachMemberUnchecked(line, func(name, value []byte) (err error) {
		switch string(name) {
		case "action":
			var action string
			action, err = stringOf(value)
			c.Action = Action(action)
		case "address":
			err = decodeAddress(&c.Addr, value)
		case "origin":
			err = decodeOrigin(&c.Origin, value)
		case "after":
			c.After = schema.Doc(value)
		case "mark":
			c.Mark = schema.Doc(value)
		case "mark_before":
			c.MarkBefore = schema.Doc(value)
		case "leaves":
			err = decodeLeaves(&c.Leaves, value)
		case "etags":
			err = decodeETags(&c.ETags, value)
		default:
			if len(rest) > 1 {
				rest = append(rest, ',')
			}
			rest = append(append(append(append(rest, '"'), name...), '"', ':'), value...)
		}
		return err
	})
	if err == nil && len(rest) > 1 {
		err = json.Unmarshal(append(rest, '}'), &c)
	}
	if err != nil {
		return c, fmt.Errorf("decode change: %w", err)
	}
	return c, nil
}

func decodeAddress(a *schema.Address, text []byte) error {
	return schema.EachMember(text, func(name, value []byte) (err error) {
		switch string(name) {
		case "kind":
			var kind string
			if kind, err = stringOf(value); err == nil {
				err = a.Kind.UnmarshalText([]byte(kind))
			}
		case "id":
			a.ID, err = stringOf(value)
		case "module":
			a.Sub, err = stringOf(value)
		default:
			err = fmt.Errorf("an address has no %q", name)
		}
		return err
	})
}

func decodeOrigin(o *schema.Origin, text []byte) error {
	return schema.EachMember(text, func(name, value []byte) (err error) {
		switch string(name) {
		case "file":
			o.File, err = stringOf(value)
		case "line":
			o.Line, err = strconv.Atoi(string(value))
		case "column":
			o.Column, err = strconv.Atoi(string(value))
		case "name":
			o.Name, err = stringOf(value)
		default:
			err = fmt.Errorf("a place has no %q", name)
		}
		return err
	})
}

func decodeETags(e *schema.ETags, text []byte) error {
	return schema.EachMember(text, func(name, value []byte) (err error) {
		switch string(name) {
		case "identity":
			e.Identity, err = stringOf(value)
		case "twin":
			e.Twin, err = stringOf(value)
		default:
			err = fmt.Errorf("versions have no %q", name)
		}
		return err
	})
}

func decodeLeaves(list *[]Leaf, text []byte) error {
	*list = make([]Leaf, 0, bytes.Count(text, []byte(`{"path":`)))
	var l Leaf // one for all: most of a plan are leaves
	member := func(name, value []byte) error { return decodeLeaf(&l, name, value) }
	return schema.EachItemUnchecked(text, func(item []byte) error {
		l = Leaf{}
		err := schema.EachMember(item, member)
		*list = append(*list, l)
		return err
	})
}

// decodeLeaf takes a member of a leaf.
func decodeLeaf(l *Leaf, name, value []byte) error {
	switch string(name) {
	case "path":
		path, err := stringOf(value)
		l.Path = schema.ParsePath(path)
		return err
	case "before":
		l.Before = schema.Doc(value)
	case "after":
		l.After = schema.Doc(value)
	case "secret":
		secret, err := stringOf(value)
		l.Secret = schema.SecretRef(secret)
		return err
	default:
		return fmt.Errorf("a leaf has no %q", name)
	}
	return nil
}

// stringOf is the value of a string, which seldom has an escape.
func stringOf(value []byte) (string, error) {
	if n := len(value); n >= 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : n-1]), nil
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err
}
