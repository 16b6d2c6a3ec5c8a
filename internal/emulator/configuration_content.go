package emulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// contentKind says what a configuration writes to (FACTS §6.2).
type contentKind string

const (
	deviceContent  contentKind = "deviceContent"
	moduleContent  contentKind = "moduleContent"
	modulesContent contentKind = "modulesContent" // an edge deployment
)

const (
	desiredKey = "properties.desired"
	edgeAgent  = "$edgeAgent"
	edgeHub    = "$edgeHub"
)

// content is what a configuration writes. It is never changed (FACTS §6.2).
type content struct {
	kind  contentKind
	tree  node   // as it was sent
	parts []part // one without a module id, except for an edge deployment
}

// part is what a content writes to one twin.
type part struct {
	moduleID string
	settings []setting
}

// setting is a key of a content and its value. No two of a part overlap.
type setting struct {
	path  []string // below properties.desired
	value node     // its leaves carry the author
}

// contentInput is the content of a request. Names match without regard to case; null is as good as absent.
type contentInput struct {
	DeviceContent  json.RawMessage
	ModuleContent  json.RawMessage
	ModulesContent json.RawMessage
}

func invalidContent(text string) *fault {
	return badRequestNamed(400402, "InvalidConfigurationContent", text)
}

// read checks the content: exactly one kind, properties.desired only, and the rules of FACTS §4.6 for what will stand
// in twins. Nulls, an empty device or module content, and keys that overlap are unverified and refused.
func (in *contentInput) read(by *author) (content, *fault) {
	kind, raw, err := in.only()
	if err != nil {
		return content{}, err
	}
	c := content{kind: kind}
	tree, scanErr := parseTree(raw)
	if scanErr != nil || tree.kind != object {
		return content{}, invalidContent(string(kind) + " must be an object")
	}
	c.tree = tree
	if kind == modulesContent {
		c.parts, err = readDeployment(tree, by)
		return c, err
	}
	settings, err := readSettings(tree, by)
	if err == nil && len(settings) == 0 {
		err = invalidContent(string(kind) + " is empty")
	}
	c.parts = []part{{settings: settings}}
	return c, err
}

// only finds the one kind of content that was sent.
func (in *contentInput) only() (kind contentKind, raw json.RawMessage, err *fault) {
	sent := 0
	if in != nil {
		for _, member := range []struct {
			kind contentKind
			raw  json.RawMessage
		}{{deviceContent, in.DeviceContent}, {moduleContent, in.ModuleContent}, {modulesContent, in.ModulesContent}} {
			if len(member.raw) > 0 && string(member.raw) != "null" {
				sent++
				kind, raw = member.kind, member.raw
			}
		}
	}
	if sent != 1 {
		return "", nil, invalidContent("content must have exactly one of deviceContent, moduleContent and modulesContent")
	}
	return kind, raw, nil
}

func readDeployment(tree node, by *author) ([]part, *fault) {
	if tree.find(edgeAgent) < 0 {
		return nil, invalidContent("modulesContent must have " + edgeAgent)
	}
	if len(tree.kids) > maxModules {
		return nil, invalidContent(fmt.Sprintf("modulesContent has more than %d modules", maxModules))
	}
	var parts []part
	for _, m := range tree.kids {
		if m.name != edgeAgent && m.name != edgeHub {
			if err := checkModuleID(m.name); err != nil {
				return nil, invalidContent(err.text)
			}
		}
		if m.value.kind != object {
			return nil, invalidContent("the content of module " + m.name + " must be an object")
		}
		settings, err := readSettings(m.value, by)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{m.name, settings})
	}
	return parts, nil
}

func readSettings(tree node, by *author) ([]setting, *fault) {
	var settings []setting
	for _, m := range tree.kids {
		path, err := readPath(m.name)
		if err != nil {
			return nil, err
		}
		if err := checkSetting(path, m.value); err != nil {
			return nil, invalidContent(err.text)
		}
		for _, other := range settings {
			if overlap(path, other.path) {
				return nil, invalidContent("content sets " + m.name + " twice")
			}
		}
		settings = append(settings, setting{path, authored(m.value, by)})
	}
	return settings, nil
}

// readPath takes the name of a setting apart.
func readPath(name string) ([]string, *fault) {
	if name == desiredKey {
		return nil, nil
	}
	rest, ok := strings.CutPrefix(name, desiredKey+".")
	if !ok {
		return nil, invalidContent("content may only set " + desiredKey + ", not " + name)
	}
	path := strings.Split(rest, ".")
	for _, step := range path {
		if err := checkName(step); err != nil || step == "" {
			return nil, invalidContent("content has an invalid path " + name)
		}
	}
	return path, nil
}

func checkSetting(path []string, value node) *fault {
	switch {
	case len(path) > 0:
		if len(path) > maxDepth+1 {
			return badProperty(fmt.Sprintf("Property or Tag exceeds the maximum depth of %d", maxDepth), path[0])
		}
		return checkValue(path[len(path)-1], value, nullRefused, len(path)-1)
	case value.kind != object:
		return invalidContent(desiredKey + " must be an object")
	}
	return checkObject(value, nullRefused, 0)
}

// overlap tells whether one path is the other or leads through it.
func overlap(a, b []string) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// base reports an edge deployment that says all about the device, and not only adds to one that does: it has
// properties of $edgeAgent as a whole (FACTS §6.2).
func (c *content) base() bool {
	for _, p := range c.parts {
		if p.moduleID != edgeAgent {
			continue
		}
		for _, s := range p.settings {
			if len(s.path) == 0 && len(s.value.kids) > 0 {
				return true
			}
		}
	}
	return false
}

// append writes the content as it was sent.
func (c *content) append(b []byte) []byte {
	b = append(b, `{"`...)
	b = append(b, c.kind...)
	b = append(b, `":`...)
	b = c.tree.append(b)
	return append(b, '}')
}
