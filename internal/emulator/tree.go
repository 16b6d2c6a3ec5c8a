package emulator

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

type kind uint8

const (
	absent kind = iota // no value at all: a missing member
	null
	boolean
	number
	text
	object
	array
)

// node is one JSON value of a twin, together with the metadata of the last write to it. Nodes are immutable once they
// are reachable from a record; a merge copies the path it changes and shares the rest.
type node struct {
	kids    []member // members of an object, elements (without names) of an array
	text    string   // a decoded string; the literal of a number, so that 1 and 1.0 stay apart (FACTS §4.6); true or false
	at      ticks    // $lastUpdated
	by      *author  // $lastUpdatedBy and its digest; nil for clients
	version revision // $lastUpdatedVersion; 0 means the member is not shown
	kind    kind
}

// revision counts the writes to a section. It is a small type, and stands beside kind, because a hub of 100,000 twins
// has millions of nodes.
type revision int32

type member struct {
	name  string
	value node
}

// stamp is what a write leaves in the metadata of every value it touches.
type stamp struct {
	at      ticks
	version revision
}

func boolNode(v bool) node {
	if v {
		return node{kind: boolean, text: "true"}
	}
	return node{kind: boolean, text: "false"}
}

func textNode(s string) node { return node{kind: text, text: s} }

// find returns the position of a member, or -1.
func (n *node) find(name string) int {
	for i := range n.kids {
		if n.kids[i].name == name {
			return i
		}
	}
	return -1
}

// overlap counts the members that do not make live larger: those that it has, and those that delete.
func (n *node) overlap(live node) int {
	count := 0
	for i := range n.kids {
		if n.kids[i].value.kind == null || live.find(n.kids[i].name) >= 0 {
			count++
		}
	}
	return count
}

// merge returns live with patch merged in: objects member by member, null deletes, everything else (arrays too)
// replaces (FACTS §4.3). Deleting the last member leaves {}. Every value on a written path gets the stamp.
func merge(live, patch node, s stamp) node {
	if patch.kind != object {
		patch.at, patch.version = s.at, s.version
		return patch
	}
	out := node{kind: object, at: s.at, version: s.version}
	if live.kind != object {
		live.kids = nil
	}
	if added := len(patch.kids) - patch.overlap(live); len(live.kids)+added > 0 {
		out.kids = append(make([]member, 0, len(live.kids)+added), live.kids...) // no room to spare: there are many twins
	}
	for _, p := range patch.kids {
		i := out.find(p.name)
		switch {
		case p.value.kind == null && i >= 0:
			out.kids = slices.Delete(out.kids, i, i+1)
		case p.value.kind == null:
		case i >= 0:
			out.kids[i].value = merge(out.kids[i].value, p.value, s)
		default:
			out.kids = append(out.kids, member{p.name, merge(node{}, p.value, s)})
		}
	}
	if len(out.kids) == 0 {
		out.by = patch.by
	}
	return out
}

// append writes the value as compact JSON.
func (n *node) append(b []byte) []byte {
	switch n.kind {
	case object:
		b = append(b, '{')
		b = n.appendMembers(b)
		return append(b, '}')
	case array:
		b = append(b, '[')
		for i := range n.kids {
			if i > 0 {
				b = append(b, ',')
			}
			b = n.kids[i].value.append(b)
		}
		return append(b, ']')
	case text:
		return appendString(b, n.text)
	case number, boolean:
		return append(b, n.text...)
	default:
		return append(b, "null"...)
	}
}

func (n *node) appendMembers(b []byte) []byte {
	for i := range n.kids {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, n.kids[i].name)
		b = append(b, ':')
		b = n.kids[i].value.append(b)
	}
	return b
}

// appendMetadata writes the $metadata mirror of the value (FACTS §4.2). An array is one leaf there.
func (n *node) appendMetadata(b []byte) []byte {
	b = append(b, `{"$lastUpdated":`...)
	b = n.at.append(b)
	if n.version > 0 {
		b = append(b, `,"$lastUpdatedVersion":`...)
		b = appendInt(b, int64(n.version))
	}
	if n.by != nil {
		b = append(b, `,"$lastUpdatedBy":`...)
		b = appendString(b, n.by.configuration)
		b = append(b, `,"$lastUpdatedByDigest":"`...)
		b = append(appendInt(b, int64(n.by.digest)), '"')
	}
	if n.kind == object {
		for i := range n.kids {
			b = append(b, ',')
			b = appendString(b, n.kids[i].name)
			b = append(b, ':')
			b = n.kids[i].value.appendMetadata(b)
		}
	}
	return append(b, '}')
}

// appendString writes s as a JSON string. The service does not escape <, > and &, so neither do we.
func appendString(b []byte, s string) []byte {
	if plain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return append(b, `""`...) // a string always encodes
	}
	return append(b, strings.TrimSuffix(out.String(), "\n")...)
}

func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
