package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/twinset/twinset/plan"
)

// uiVersion is the version of Terraform's machine-readable UI that the streams
// follow.
const uiVersion = "1.0"

// encodeLine is v as one line of JSON without control characters.
func encodeLine(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode line: %w", err)
	}
	return appendCleanJSON(make([]byte, 0, b.Len()), b.Bytes()), nil
}

// message is a line of the machine-readable UI. The members with an at sign are
// those of Terraform's log lines; Message is for people.
type message struct {
	Level     string `json:"@level"`
	Message   string `json:"@message"`
	Module    string `json:"@module"`
	Timestamp string `json:"@timestamp"`
	Type      string `json:"type"`

	Twinset    string         `json:"twinset,omitempty"` // version of the program; of type version
	UI         string         `json:"ui,omitempty"`
	Plan       *planInfo      `json:"plan,omitempty"`
	Change     *uiChange      `json:"change,omitempty"`
	Changes    *uiSummary     `json:"changes,omitempty"`
	Membership *plan.Member   `json:"membership,omitempty"`
	Cost       *cost          `json:"cost,omitempty"`
	Reading    *reading       `json:"reading,omitempty"`
	Progress   *applyProgress `json:"progress,omitempty"`
	Hook       *hook          `json:"hook,omitempty"`
	Diagnostic any            `json:"diagnostic,omitempty"` // *uiDiagnostic, or JSON of that shape

	*testMembers
}

type planInfo struct {
	Project     string `json:"project"`
	Environment string `json:"environment"`
	Owner       string `json:"owner"`
	Hub         string `json:"hub"`
}

func infoOf(h plan.Header) *planInfo {
	return &planInfo{Project: h.Project, Environment: h.Environment, Owner: h.Owner, Hub: h.Hub}
}

type uiResource struct {
	Addr         string  `json:"addr"`
	Module       string  `json:"module"` // Terraform's module path; always empty
	Resource     string  `json:"resource"`
	Provider     string  `json:"implied_provider"`
	ResourceType string  `json:"resource_type"`
	ResourceName string  `json:"resource_name"`
	ResourceKey  *string `json:"resource_key"`
	hubIDs
}

func uiResourceOf(c plan.Change) uiResource {
	r := resourceOf(c)
	u := uiResource{
		Addr: c.Name(), Resource: c.Name(), Provider: "twinset", ResourceType: r.Type, ResourceName: r.Name,
		hubIDs: hubIDsOf(c),
	}
	if r.Index != "" {
		u.ResourceKey = &r.Index
	}
	return u
}

type uiChange struct {
	Resource uiResource  `json:"resource"`
	Action   plan.Action `json:"action"`
	Adopt    bool        `json:"adopt,omitempty"`
	Leaves   []plan.Leaf `json:"leaves,omitempty"`
}

type uiSummary struct {
	Add       int    `json:"add"`
	Change    int    `json:"change"`
	Import    int    `json:"import"`
	Remove    int    `json:"remove"`
	Operation string `json:"operation"` // plan or apply
	Drift     int    `json:"drift,omitempty"`

	Unmanaged plan.Unmanaged `json:"unmanaged,omitempty"`

	Failed      int  `json:"failed,omitempty"`
	Conflicts   int  `json:"conflicts,omitempty"`
	Skipped     int  `json:"skipped,omitempty"`
	Interrupted bool `json:"interrupted,omitempty"`
}

// uiDiagnostic is a diagnostic as terraform validate -json has it.
type uiDiagnostic struct {
	Severity string       `json:"severity"` // error or warning
	Summary  string       `json:"summary"`
	Detail   string       `json:"detail"`
	Address  string       `json:"address,omitempty"`
	Range    *sourceRange `json:"range,omitempty"`
}

type sourceRange struct {
	Filename string   `json:"filename"`
	Start    position `json:"start"`
	End      position `json:"end"`
}

type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func rangeOf(c plan.Change) *sourceRange {
	if c.Origin.File == "" {
		return nil
	}
	at := position{Line: c.Origin.Line, Column: c.Origin.Column}
	return &sourceRange{Filename: c.Origin.File, Start: at, End: at}
}

// lineWriter writes messages. The first error sticks.
type lineWriter struct {
	w   io.Writer
	now func() time.Time
	err error
}

func (l *lineWriter) write(m message) {
	if l.err != nil {
		return
	}
	if m.Level == "" {
		m.Level = "info"
	}
	m.Module = "twinset.ui"
	m.Timestamp = l.now().UTC().Format("2006-01-02T15:04:05.000000Z")
	line, err := encodeLine(m)
	if err == nil {
		_, err = l.w.Write(line)
	}
	l.err = err
}

// version is the first line of each stream.
func (l *lineWriter) version(version string) {
	l.write(message{Type: "version", Message: "twinset " + version, Twinset: version, UI: uiVersion})
}

func (l *lineWriter) diagnostic(d uiDiagnostic) {
	level, word := "error", "Error: "
	if d.Severity == "warning" {
		level, word = "warn", "Warning: "
	}
	l.write(message{Type: "diagnostic", Level: level, Message: word + d.Summary, Diagnostic: &d})
}
