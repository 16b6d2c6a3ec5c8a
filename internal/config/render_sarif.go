package config

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// The parts of SARIF 2.1.0 that code scanning reads.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool                `json:"tool"`
	BaseIDs    map[string]sarifArtifact `json:"originalUriBaseIds"`
	ColumnKind string                   `json:"columnKind"`
	Results    []sarifResult            `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	Name             string    `json:"name"`
	ShortDescription sarifText `json:"shortDescription"`
	FullDescription  sarifText `json:"fullDescription"`
	Help             sarifText `json:"help"`
	HelpURI          string    `json:"helpUri"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI         string     `json:"uri,omitempty"`
	BaseID      string     `json:"uriBaseId,omitempty"`
	Description *sarifText `json:"description,omitempty"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

// Where things are. The root of the repository is for the reader to know:
// reports do not tell about the machine that made them.
const (
	sarifRoot   = "%SRCROOT%"
	homepage    = "https://github.com/twinset/twinset"
	helpPage    = homepage + "/blob/main/docs/diagnostics.md"
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

// SARIF writes the diagnostics for code scanning.
func (r Report) SARIF() ([]byte, error) {
	run := sarifRun{
		Tool:       sarifTool{Driver: sarifDriver{Name: "twinset", Version: r.Version, InformationURI: homepage, Rules: sarifRules(r.Diagnostics)}},
		BaseIDs:    map[string]sarifArtifact{sarifRoot: {Description: &sarifText{"The root of the repository."}}},
		ColumnKind: "utf16CodeUnits",
		Results:    []sarifResult{},
	}
	for _, d := range r.Diagnostics {
		id := ruleID(d.Summary)
		run.Results = append(run.Results, sarifResult{
			RuleID:    id,
			RuleIndex: slices.IndexFunc(run.Tool.Driver.Rules, func(rule sarifRule) bool { return rule.ID == id }),
			Level:     severity(d),
			Message:   sarifPlain(strings.TrimSuffix(d.Summary+": "+message(d), ": ")),
			Locations: []sarifLocation{{r.sarifPlace(d)}},
		})
	}
	b, err := json.MarshalIndent(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode diagnostics: %w", err)
	}
	return b, nil
}

// sarifRules describes the rules behind the diagnostics, sorted by id.
func sarifRules(diags Diagnostics) []sarifRule {
	summaries := map[string]string{}
	for _, d := range diags {
		summaries[ruleID(d.Summary)] = d.Summary
	}
	rules := []sarifRule{}
	for _, id := range sortedNames(summaries) {
		e, known := catalogEntry(summaries[id])
		rule := sarifRule{ID: id, Name: ruleName(id), ShortDescription: sarifPlain(summaries[id]), HelpURI: helpPage}
		rule.FullDescription, rule.Help = rule.ShortDescription, sarifPlain("The message says what is wrong and what to do.")
		if known {
			rule.FullDescription, rule.Help = sarifPlain(e.Means), sarifPlain(e.Means+" "+e.Mend)
			rule.HelpURI += "#" + id
		}
		rules = append(rules, rule)
	}
	return rules
}

func (r Report) sarifPlace(d *hcl.Diagnostic) sarifPhysical {
	s := r.spot(d)
	p := sarifPhysical{Artifact: sarifURI(s.path)}
	if s.directory {
		p.Artifact.URI = strings.TrimSuffix(p.Artifact.URI, "/") + "/"
		return p
	}
	p.Region = &sarifRegion{StartLine: s.line, StartColumn: s.column, EndLine: s.endLine, EndColumn: s.endColumn}
	return p
}

// sarifPlain is text without placeholders and links, which SARIF writes with
// braces and as [text](address).
func sarifPlain(text string) sarifText {
	return sarifText{strings.NewReplacer("{", "{{", "}", "}}", "](", "] (").Replace(text)}
}

// sarifURI is a path as a URI: below the root unless it is absolute.
func sarifURI(file string) sarifArtifact {
	if path.IsAbs(file) {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: file}).String()}
	}
	return sarifArtifact{URI: (&url.URL{Path: file}).String(), BaseID: sarifRoot}
}

// ruleID is the stable name of a kind of diagnostic: its summary in small
// letters with hyphens for spaces, without other characters. GitHub makes anchors
// the same way, so that it is also the anchor in docs/diagnostics.md.
func ruleID(summary string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		default:
			return -1
		}
	}, strings.ToLower(summary))
}

// ruleName is the id in Pascal case, as SARIF wants names.
func ruleName(id string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(id, "-") {
		b.WriteString(capital(part))
	}
	return b.String()
}
