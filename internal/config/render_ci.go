package config

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// GitHub writes a workflow command for each diagnostic, which GitHub Actions
// shows as an annotation on the line. GitHub shows ten of each kind for a step;
// SARIF has no such bound.
func (r Report) GitHub() []byte {
	var b bytes.Buffer
	for _, d := range r.Diagnostics {
		fmt.Fprintf(&b, "::%s %s::%s\n", severity(d), r.githubProperties(d), githubData.Replace(messageOrSummary(d)))
	}
	return b.Bytes()
}

func (r Report) githubProperties(d *hcl.Diagnostic) string {
	s := r.spot(d)
	var list []string
	add := func(name string, value any) {
		list = append(list, name+"="+githubProperty.Replace(fmt.Sprint(value)))
	}
	if !s.directory {
		add("file", s.path)
		add("line", s.line)
		if s.line == s.endLine { // columns of two lines mean nothing to GitHub
			add("col", s.column)
		}
		add("endLine", s.endLine)
		if s.line == s.endLine {
			add("endColumn", max(s.endColumn-1, s.column)) // the last character
		}
	}
	add("title", d.Summary)
	return strings.Join(list, ",")
}

// What a workflow command must not hold as it is.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// AzureDevOps writes a logging command for each diagnostic, which Azure
// Pipelines lists among the errors and warnings of the run.
func (r Report) AzureDevOps() []byte {
	var b bytes.Buffer
	for _, d := range r.Diagnostics {
		text := d.Summary
		if m := message(d); m != "" {
			text += ": " + m
		}
		fmt.Fprintf(&b, "##vso[task.logissue %s]%s\n", r.azureProperties(d), azureData.Replace(text))
	}
	return b.Bytes()
}

func (r Report) azureProperties(d *hcl.Diagnostic) string {
	var b strings.Builder
	add := func(name string, value any) {
		fmt.Fprintf(&b, "%s=%s;", name, azureProperty.Replace(fmt.Sprint(value)))
	}
	add("type", severity(d))
	if s := r.spot(d); !s.directory {
		add("sourcepath", s.path)
		add("linenumber", s.line)
		add("columnnumber", s.column)
	}
	add("code", ruleID(d.Summary))
	return b.String()
}

// What a logging command must not hold as it is. The agent reads %AZP25 as a
// percent sign.
var (
	azureData     = strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A")
	azureProperty = strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A", "]", "%5D", ";", "%3B")
)

func messageOrSummary(d *hcl.Diagnostic) string {
	if m := message(d); m != "" {
		return m
	}
	return d.Summary
}
