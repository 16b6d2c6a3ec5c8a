package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Manifest is what IoT Edge devices run, as declared in blocks. [Manifest.Content]
// is the same as the hub and the runtime read it.
type Manifest struct {
	Layered      bool        // adds to what other deployments declare
	Runtime      string      // tag of Microsoft's images of agent and hub; empty: System has images
	KeepMessages json.Number // seconds that messages wait for a route to work; empty: the runtime's default
	Modules      []ManifestModule
	System       []ManifestModule // edgeAgent and edgeHub
	Routes       []ManifestRoute
}

// ManifestModule is a module that the runtime keeps in a container. What is empty
// is not written.
type ManifestModule struct {
	ID              string
	Image           string
	Version         string
	Status          string // running or stopped
	RestartPolicy   string
	ImagePullPolicy string
	StartupOrder    json.Number
	Env             map[string]any // plain values by name
	CreateOptions   map[string]any
	Desired         map[string]any // of the module twin
}

// ManifestRoute is a route of the edge hub: FROM source INTO sink.
type ManifestRoute struct {
	ID         string
	Route      string
	Priority   json.Number
	TimeToLive json.Number // seconds
}

const (
	manifestVersion = "1.1"
	runtimeImage    = "mcr.microsoft.com/azureiotedge-"
)

// SystemModules are the ids of the modules that are the runtime.
func SystemModules() []string { return []string{"edgeAgent", "edgeHub"} }

// Content is the manifest as the content of a deployment.
func (m *Manifest) Content() (map[string]any, error) {
	agent, hub := map[string]any{}, map[string]any{}
	content := map[string]any{edgeAgent: agent}
	modules, system := map[string]any{}, map[string]any{}
	for _, mod := range m.Modules {
		v, err := mod.settings("running", "always")
		if err != nil {
			return nil, err
		}
		modules[mod.ID] = v
		if mod.Desired != nil {
			content[mod.ID] = map[string]any{desiredKey: mod.Desired}
		}
	}
	routes := map[string]any{}
	for _, r := range m.Routes {
		routes[r.ID] = r.value()
	}
	if m.Layered {
		for id, v := range modules {
			agent[desiredKey+".modules."+id] = v
		}
		for id, v := range routes {
			hub[desiredKey+".routes."+id] = v
		}
		if len(hub) > 0 {
			content[edgeHub] = hub
		}
		return content, nil
	}
	for _, mod := range m.runtime() {
		status, restart := "", ""
		if mod.ID == "edgeHub" {
			status, restart = "running", "always"
		}
		v, err := mod.settings(status, restart)
		if err != nil {
			return nil, err
		}
		system[mod.ID] = v
	}
	agent[desiredKey] = map[string]any{
		"schemaVersion": manifestVersion, "modules": modules, "systemModules": system,
		"runtime": map[string]any{"type": "docker", "settings": map[string]any{}},
	}
	hub[desiredKey] = m.hubProperties(routes)
	content[edgeHub] = hub
	return content, nil
}

func (m *Manifest) hubProperties(routes map[string]any) map[string]any {
	p := map[string]any{"schemaVersion": manifestVersion, "routes": routes}
	if m.KeepMessages != "" {
		p["storeAndForwardConfiguration"] = map[string]any{"timeToLiveSecs": m.KeepMessages}
	}
	return p
}

// runtime are both system modules, with Microsoft's images where none is given.
func (m *Manifest) runtime() []ManifestModule {
	var list []ManifestModule
	for _, id := range SystemModules() {
		mod := ManifestModule{ID: id}
		for _, declared := range m.System {
			if declared.ID == id {
				mod = declared
			}
		}
		if mod.Image == "" && m.Runtime != "" {
			mod.Image = runtimeImage + strings.ToLower(strings.TrimPrefix(id, "edge")) + ":" + m.Runtime
		}
		list = append(list, mod)
	}
	return list
}

// settings is the module as the runtime reads it.
func (m *ManifestModule) settings(status, restart string) (map[string]any, error) {
	settings := map[string]any{"image": m.Image}
	if m.CreateOptions != nil {
		if err := SetCreateOptions(settings, m.CreateOptions); err != nil {
			return nil, fmt.Errorf("module %s: %w", m.ID, err)
		}
	}
	v := map[string]any{"type": "docker", "settings": settings}
	for name, value := range map[string]string{
		"version": m.Version, "imagePullPolicy": m.ImagePullPolicy,
		"status": either(m.Status, status), "restartPolicy": either(m.RestartPolicy, restart),
	} {
		if value != "" {
			v[name] = value
		}
	}
	if m.StartupOrder != "" {
		v["startupOrder"] = m.StartupOrder
	}
	if len(m.Env) > 0 {
		env := map[string]any{}
		for name, value := range m.Env {
			env[name] = map[string]any{"value": value}
		}
		v["env"] = env
	}
	return v, nil
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

func (r *ManifestRoute) value() any {
	if r.Priority == "" && r.TimeToLive == "" {
		return r.Route
	}
	m := map[string]any{"route": r.Route}
	if r.Priority != "" {
		m["priority"] = r.Priority
	}
	if r.TimeToLive != "" {
		m["timeToLiveSecs"] = r.TimeToLive
	}
	return m
}

// createOptionsSize is how much of createOptions stands in one value. The runtime
// puts up to eight together.
const createOptionsSize = 512

// SetCreateOptions writes options for the container into settings: as JSON text,
// in parts when it is long.
func SetCreateOptions(settings map[string]any, options map[string]any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(options); err != nil {
		return fmt.Errorf("encode createOptions: %w", err)
	}
	text := strings.TrimSuffix(b.String(), "\n")
	for i := 0; ; i++ {
		n := min(len(text), createOptionsSize)
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		if i == maxCreateOptions {
			return fmt.Errorf("createOptions have more than %d bytes of JSON", maxCreateOptions*createOptionsSize)
		}
		settings[CreateOptionsPart(i)] = text[:n]
		if text = text[n:]; text == "" {
			return nil
		}
	}
}
