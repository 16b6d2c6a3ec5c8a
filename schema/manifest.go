package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Names in a manifest.
const (
	edgeAgent = "$edgeAgent"
	edgeHub   = "$edgeHub"
)

// validateManifest checks what a deployment writes to modules. The hub only wants
// $edgeAgent to be there (FACTS §6.2); what the runtime reads of it is checked
// where it is declared as a whole, not where a layered deployment adds to it.
func validateManifest(at Path, m map[string]any, passwords []Secret) []Problem {
	v := manifest{at: at}
	if _, ok := m[edgeAgent]; !ok {
		v.add(at, "Missing $edgeAgent", "A manifest has content for %q; a layered deployment may have an empty object there.", edgeAgent)
	}
	if len(m) > MaxEdgeModules {
		v.add(at, "Too many modules", "The manifest has %d modules; the hub allows %d.", len(m), MaxEdgeModules)
	}
	v.refuseCredentials(m, passwords)
	for _, id := range sortedKeys(m) {
		here := at.Child(id)
		if id != edgeAgent && id != edgeHub {
			validateID(&v.problems, "module", id)
		}
		content, ok := m[id].(map[string]any)
		if !ok {
			v.add(here, "Invalid content", "The content of a module is an object: { %q = { ... } }.", desiredKey)
			continue
		}
		v.problems = append(v.problems, validateContent(here, content, false)...)
		if desired, ok := content[desiredKey].(map[string]any); ok {
			switch id {
			case edgeAgent:
				v.agent(here.Child(desiredKey), desired)
			case edgeHub:
				v.hub(here.Child(desiredKey), desired)
			}
		}
		v.layered(id, here, content)
	}
	return v.problems
}

type manifest struct {
	at Path
	problems
}

// layered checks modules and routes that are added one by one.
func (v *manifest) layered(id string, at Path, content map[string]any) {
	for _, key := range sortedKeys(content) {
		p, ok := settingPath(key)
		if !ok || len(p) != 2 {
			continue
		}
		switch {
		case id == edgeAgent && p[0] == "modules":
			v.module(at.Child(key), content[key], true)
		case id == edgeHub && p[0] == "routes":
			v.route(at.Child(key), content[key])
		}
	}
}

func (v *manifest) agent(at Path, m map[string]any) {
	if len(m) == 0 {
		return
	}
	v.version(at, m)
	if runtime, ok := v.object(at, m, "runtime"); ok && runtime["type"] != "docker" {
		v.add(at.Child("runtime"), "Invalid manifest", `The type of the runtime is "docker".`)
	}
	system, ok := v.object(at, m, "systemModules")
	if !ok {
		v.add(at, "Invalid manifest", "systemModules is missing: it says which edgeAgent and edgeHub to run.")
	}
	for _, name := range sortedKeys(system) {
		if name != "edgeAgent" && name != "edgeHub" {
			v.add(at.Child("systemModules").Child(name), "Invalid manifest", "%q is no system module; modules of your own stand under modules.", name)
			continue
		}
		v.module(at.Child("systemModules").Child(name), system[name], false)
	}
	modules, _ := v.object(at, m, "modules")
	for _, name := range sortedKeys(modules) {
		v.module(at.Child("modules").Child(name), modules[name], true)
	}
}

// module checks a module of the manifest. Only those of the user have a status
// that somebody must choose.
func (v *manifest) module(at Path, value any, own bool) {
	m, ok := value.(map[string]any)
	if !ok {
		v.add(at, "Invalid manifest", "A module is an object with type and settings.")
		return
	}
	if t, ok := m["type"]; ok && t != "docker" {
		v.add(at.Child("type"), "Invalid manifest", `The type of a module is "docker".`)
	}
	settings, ok := v.object(at, m, "settings")
	if image, _ := settings["image"].(string); ok && image == "" {
		v.add(at.Child("settings"), "Invalid manifest", "settings.image is missing: the image that the module runs.")
	}
	v.createOptions(at.Child("settings"), settings)
	if !own {
		return
	}
	v.oneOf(at, m, "status", "running", "stopped")
	v.oneOf(at, m, "restartPolicy", "always", "never", "on-failure", "on-unhealthy")
	v.oneOf(at, m, "imagePullPolicy", "on-create", "never")
	env, _ := v.object(at, m, "env")
	for _, name := range sortedKeys(env) {
		if e, ok := env[name].(map[string]any); !ok || e["value"] == nil {
			v.add(at.Child("env").Child(name), "Invalid manifest", "A variable is an object with a value: { value = ... }.")
		}
	}
}

// maxCreateOptions is how many parts of createOptions the runtime puts together.
const maxCreateOptions = 8

// createOptions is JSON in a string, which the runtime puts together of up to
// eight parts.
func (v *manifest) createOptions(at Path, settings map[string]any) {
	var text strings.Builder
	for i := range maxCreateOptions {
		name := CreateOptionsPart(i)
		part, ok := settings[name]
		if !ok {
			break
		}
		s, isText := part.(string)
		if !isText {
			v.add(at.Child(name), "Invalid manifest", "createOptions is JSON in a string: write jsonencode({ ... }).")
			return
		}
		text.WriteString(s)
	}
	if s := text.String(); s != "" && !json.Valid([]byte(s)) {
		v.add(at.Child(CreateOptionsPart(0)), "Invalid manifest", "createOptions is not valid JSON. Write jsonencode({ ... }).")
	}
}

// CreateOptionsPart is the name of a part of createOptions, from 0.
func CreateOptionsPart(i int) string {
	if i == 0 {
		return "createOptions"
	}
	return fmt.Sprintf("createOptions%02d", i)
}

func (v *manifest) hub(at Path, m map[string]any) {
	if len(m) == 0 {
		return
	}
	v.version(at, m)
	routes, _ := v.object(at, m, "routes")
	for _, name := range sortedKeys(routes) {
		v.route(at.Child("routes").Child(name), routes[name])
	}
}

// route is FROM ... INTO ..., alone or with its priority and time to live.
func (v *manifest) route(at Path, value any) {
	if m, ok := value.(map[string]any); ok {
		value = m["route"]
	}
	words := strings.Fields(strings.ToUpper(fmt.Sprint(value)))
	if _, text := value.(string); !text || len(words) < 4 || words[0] != "FROM" || !slices.Contains(words, "INTO") {
		v.add(at, "Invalid manifest", "A route reads: FROM /messages/* INTO $upstream.")
	}
}

// manifestVersions are the versions of manifests: "1.0", "1.1", and "1.2" of the edge
// hub. The runtime knows which of them it reads.
var manifestVersions = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)

func (v *manifest) version(at Path, m map[string]any) {
	if s, _ := m["schemaVersion"].(string); !manifestVersions.MatchString(s) {
		v.add(at, "Invalid manifest", `schemaVersion is a version such as "1.1", in quotes.`)
	}
}

func (v *manifest) object(at Path, m map[string]any, name string) (map[string]any, bool) {
	value, ok := m[name]
	if !ok {
		return nil, false
	}
	o, ok := value.(map[string]any)
	if !ok {
		v.add(at.Child(name), "Invalid manifest", "%s is an object.", name)
	}
	return o, ok
}

func (v *manifest) oneOf(at Path, m map[string]any, name string, allowed ...string) {
	value, ok := m[name]
	if !ok {
		return
	}
	if s, text := value.(string); !text || !slices.Contains(allowed, s) {
		v.add(at.Child(name), "Invalid manifest", "%s is one of %s.", name, strings.Join(allowed, ", "))
	}
}
