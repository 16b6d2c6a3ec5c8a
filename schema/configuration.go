package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Configuration is an automatic configuration of devices or of modules, as
// declared (FACTS §6). It has exactly one of the two contents.
type Configuration struct {
	Targeting
	DeviceContent map[string]any // "properties.desired.night": value
	ModuleContent map[string]any
}

// Deployment is an automatic configuration of IoT Edge devices, as declared: what
// it writes to the modules of each.
type Deployment struct {
	Targeting
	ModulesContent map[string]any // module id: {"properties.desired": {...}}
	Passwords      []Secret       // of registries: their places hold [HiddenPassword]
}

// Targeting is what configurations and deployments share.
type Targeting struct {
	ID              string
	Priority        json.Number // a whole number; among equals the one created last wins
	TargetCondition string
	Labels          map[string]any // strings; nil: the label must be absent
	Metrics         map[string]any // queries by name; nil: the metric must be absent
	Lifecycle       Lifecycle
}

// The members of documents that hold content. Each is one leaf: the hub does not
// let content change (FACTS §6.2).
const (
	memberDeviceContent  = "device_content"
	memberModuleContent  = "module_content"
	memberModulesContent = "modules_content"
)

// ContentMembers are the names of the members that hold content.
func ContentMembers() []string {
	return []string{memberDeviceContent, memberModuleContent, memberModulesContent}
}

func isContent(name string) bool {
	return name == memberDeviceContent || name == memberModuleContent || name == memberModulesContent || name == MemberManifest
}

// ContentOf is the content of a configuration or deployment, canonical, with the
// kind of content it is.
func ContentOf(d Doc) Doc {
	for _, name := range ContentMembers() {
		if v := Lookup(d, Path{name}); v != nil {
			return append(append(AppendString(nil, name), ':'), v...)
		}
	}
	return nil
}

// ConfigurationAddress is the address of a configuration.
func ConfigurationAddress(id string) Address { return Address{Kind: KindConfiguration, ID: id} }

// DeploymentAddress is the address of a deployment.
func DeploymentAddress(id string) Address { return Address{Kind: KindDeployment, ID: id} }

const (
	successorMark   = "--"
	successorDigits = 8
)

// MaxTargetingID is how long an id may be that leaves room for a successor's.
const MaxTargetingID = MaxID - len(successorMark) - successorDigits

// SuccessorID is the id on the hub of a revision whose predecessor has the
// declared id: that id with a digest of the content. taken tells the ids that
// cannot be used.
func SuccessorID(id string, content Doc, taken func(string) bool) string {
	for n := 0; ; n++ {
		sum := sha256.Sum256(strconv.AppendInt(append([]byte(nil), content...), int64(n), 10))
		next := id + successorMark + hex.EncodeToString(sum[:successorDigits/2])
		if !taken(next) {
			return next
		}
	}
}

// Validate finds everything that the hub would refuse (FACTS §6.2).
func (c *Configuration) Validate() []Problem {
	v := problems(c.validate())
	condition := strings.TrimSpace(c.TargetCondition)
	forModules := len(condition) >= 4 && strings.EqualFold(condition[:4], "from")
	switch {
	case c.DeviceContent != nil && c.ModuleContent != nil:
		v.add(Path{memberModuleContent}, "Two contents", "A configuration writes to devices or to modules. Declare device_content or module_content, and the other one in a configuration of its own.")
	case c.DeviceContent == nil && c.ModuleContent == nil:
		v.add(nil, "Missing content", "Declare device_content or module_content: what the configuration writes.")
	case c.ModuleContent != nil && !forModules && condition != "":
		v.add(Path{"target_condition"}, "Invalid target condition", "The target of module_content is a condition on modules: write FROM devices.modules WHERE ... (FACTS §6.2).")
	case c.DeviceContent != nil && forModules:
		v.add(Path{"target_condition"}, "Invalid target condition", "A condition FROM devices.modules selects modules, and goes with module_content.")
	}
	v = append(v, validateContent(Path{memberDeviceContent}, c.DeviceContent, true)...)
	return append(v, validateContent(Path{memberModuleContent}, c.ModuleContent, true)...)
}

// Object is the configuration as a member of the desired stream.
func (c *Configuration) Object(o Origin) (Object, error) {
	m := c.document()
	if c.DeviceContent != nil {
		m[memberDeviceContent] = c.DeviceContent
	}
	if c.ModuleContent != nil {
		m[memberModuleContent] = c.ModuleContent
	}
	return declared(ConfigurationAddress(c.ID), m, o, nil, nil, nil, c.Lifecycle)
}

// Validate finds everything that the hub would refuse, and what the runtime of an
// edge device would not understand.
func (d *Deployment) Validate() []Problem {
	return append(d.validate(), validateManifest(Path{memberModulesContent}, d.ModulesContent, d.Passwords)...)
}

// Object is the deployment as a member of the desired stream.
func (d *Deployment) Object(o Origin) (Object, error) {
	m := d.document()
	m[memberModulesContent] = d.ModulesContent
	obj, err := declared(DeploymentAddress(d.ID), m, o, nil, nil, nil, d.Lifecycle)
	obj.Passwords = d.Passwords
	return obj, err
}

func (t *Targeting) document() map[string]any {
	m := map[string]any{"priority": t.Priority, "target_condition": t.TargetCondition}
	if len(t.Labels) > 0 {
		m["labels"] = t.Labels
	}
	if len(t.Metrics) > 0 {
		m["metrics"] = t.Metrics
	}
	return m
}

const targetingIDChars = "-+%_*!'"

func (t *Targeting) validate() []Problem {
	var v problems
	t.validateID(&v)
	if n, err := strconv.ParseInt(string(t.Priority), 10, 64); err != nil || n < 0 || n >= MaxPriority {
		v.add(Path{"priority"}, "Invalid priority", "%s is not a whole number from 0 to %d.", t.Priority, MaxPriority-1)
	}
	if strings.TrimSpace(t.TargetCondition) == "" {
		v.add(Path{"target_condition"}, "Invalid target condition", "The condition is empty. Write * for all devices.")
	}
	for _, name := range sortedKeys(t.Labels) {
		at := Path{"labels", name}
		switch _, text := t.Labels[name].(string); {
		case !text && t.Labels[name] != nil:
			v.add(at, "Invalid label", "Labels are strings; write %q in quotes.", name)
		case strings.HasPrefix(name, ReservedLabel):
			v.add(at, "Reserved label", "Labels that start with %q hold the ownership mark and cannot be set.", ReservedLabel)
		case name == "":
			v.add(at, "Invalid label", "The name of a label is empty.")
		}
	}
	if len(t.Metrics) > MaxMetrics {
		v.add(Path{"metrics"}, "Too many metrics", "There are %d metrics; the hub allows %d.", len(t.Metrics), MaxMetrics)
	}
	for _, name := range sortedKeys(t.Metrics) {
		if q, text := t.Metrics[name].(string); t.Metrics[name] != nil && (!text || strings.TrimSpace(q) == "") {
			v.add(Path{"metrics", name}, "Invalid metric", "A metric is a query: SELECT deviceId FROM devices WHERE ...")
		}
	}
	if r := t.Lifecycle.Replace; r != "" && r != ReplaceSuccessor && r != ReplaceInPlace {
		v.add(Path{"lifecycle", "replace"}, "Invalid value", "%q is neither successor nor in_place.", r)
	}
	if r := t.Lifecycle.OnRemove; r != "" && r != OnRemoveDelete && r != OnRemoveAbandon {
		v.add(Path{"lifecycle", "on_remove"}, "Invalid value", "%q is neither delete nor abandon.", r)
	}
	return v
}

func (t *Targeting) validateID(v *problems) {
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(targetingIDChars, r))
	}
	limit := MaxTargetingID
	if t.Lifecycle.Replace == ReplaceInPlace {
		limit = MaxID
	}
	switch i := strings.IndexFunc(t.ID, bad); {
	case t.ID == "":
		v.add(Path{"id"}, "Invalid id", "The id is empty.")
	case i >= 0:
		r, _ := utf8.DecodeRuneInString(t.ID[i:])
		v.add(Path{"id"}, "Invalid id", "The id %q holds %s. Ids of configurations and deployments are made of lower-case ASCII letters, digits and %s (FACTS §6.2).", t.ID, runeName(r), targetingIDChars)
	case len(t.ID) > limit:
		v.add(Path{"id"}, "Invalid id", "The id has %d characters; %s", len(t.ID), lengthAdvice(limit))
	}
}

func lengthAdvice(limit int) string {
	if limit == MaxID {
		return fmt.Sprintf("the hub allows %d.", MaxID)
	}
	return fmt.Sprintf("up to %d leave room for the id of a successor (the hub allows %d, which lifecycle { replace = \"in_place\" } can use).", limit, MaxID)
}
