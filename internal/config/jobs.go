package config

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// Jobs is the blob container through which a hub's import and export jobs go.
type Jobs struct {
	Container string           // URL, without a SAS
	SAS       schema.SecretRef // empty: the hub's managed identity, and Entra ID here
	Identity  string           // resource id of a user-assigned identity of the hub; empty: the system-assigned one
}

func (l *loader) decodeJobs(b *hcl.Block, r reader) *Jobs {
	content, diags := decode(b.Body, jobsDef)
	l.report(diags)
	var j Jobs
	var ok bool
	if j.Container, ok = r.required(content.Attributes["container"]); ok {
		l.checkContainer(content.Attributes["container"], j.Container)
	}
	j.SAS = l.sas(content.Attributes["sas"], r)
	if a := content.Attributes["identity"]; a != nil {
		j.Identity, _ = r.text(a)
		if j.SAS != "" {
			l.report(hcl.Diagnostics{errorAt(a.NameRange, "Invalid container", "A container is opened with a SAS, or by an identity of the hub. Remove sas or identity.")})
		}
	}
	return &j
}

// ownContainer refuses a container that another hub has: a hub leaves the errors of its
// imports there under a name that is always the same (FACTS §7.3).
func (l *loader) ownContainer(e *environment, at hcl.Range) {
	key := strings.ToLower(strings.TrimRight(e.Jobs.Container, "/"))
	first, taken := l.containers[key]
	switch {
	case key == "":
	case !taken:
		l.containers[key] = e
	case !strings.EqualFold(first.Hub, e.Hub):
		l.report(hcl.Diagnostics{errorAt(at, "Invalid container", fmt.Sprintf("%s and %s have the same container. Each hub leaves the errors of its imports there and needs one of its own.", first.Name, e.Name))})
	}
}

// checkContainer refuses what is no container, and a SAS in clear.
func (l *loader) checkContainer(a *hcl.Attribute, text string) {
	u, err := url.Parse(text)
	invalid := func(why string) { l.report(hcl.Diagnostics{errorAt(a.Expr.Range(), "Invalid container", why)}) }
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") == "":
		invalid("It is not the URL of a container. Write https://ACCOUNT.blob.core.windows.net/CONTAINER.")
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		l.report(hcl.Diagnostics{hiddenAt(a, `what follows the name of the container may be a SAS. Leave it out, and write sas = secret("env://NAME")`)})
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		invalid("Twins must not go over the network in clear. Write https.")
	}
}

// hiddenAt is an error whose line is not shown: a secret stands in it.
func hiddenAt(a *hcl.Attribute, why string) *hcl.Diagnostic {
	at := a.Expr.Range()
	return errorNowhere("Key in the configuration", fmt.Sprintf("%s line %d, %s: %s.", at.Filename, at.Start.Line, a.Name, why))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// sas reads a reference to a SAS, which must not be anything else.
func (l *loader) sas(a *hcl.Attribute, r reader) schema.SecretRef {
	v, ok := r.raw(a)
	if !ok || !v.IsKnown() {
		return ""
	}
	if bare, _ := v.Unmark(); bare.IsNull() {
		return ""
	}
	ref, whole := wholeSecret(v)
	if !whole {
		l.report(hcl.Diagnostics{hiddenAt(a, `a SAS must not stand in the configuration. Write secret("env://NAME") or secret("file://PATH"), and nothing else`)})
		return ""
	}
	return ref
}
